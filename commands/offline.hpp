// The commands beside `serve` that read or write a store: one that no server has open or, with --server, a
// running server's. Each blocks until it is done, prints what came of it, and returns what the process exits
// with. All but `check` end early on SIGINT and SIGTERM, for which they set the process's handlers.
#pragma once

#include "config/command_line.hpp"

namespace kinora {

/// Reads all of the store and changes nothing.
int check(const check_store& asked);

/// Returns 1 when some lines were left out.
int import_rows(const import_data& asked);

int export_rows(const export_data& asked);
int back_up(const make_backup& asked);
int restore(const restore_store& asked);

} // namespace kinora
