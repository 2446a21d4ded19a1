// What `serve` and the commands beside it make of the settings, and how they fail.
#pragma once

#include "config/settings.hpp"
#include "domain/result.hpp"
#include "domain/time.hpp"
#include "storage/rocksdb/rocksdb_stores.hpp"

#include <functional>
#include <string>

namespace kinora {

/// The system's, in milliseconds.
wall_time wall_clock();

/// BACKUP_DIR, or what stands for it.
std::string backup_folder(const settings& x);

/// The store in DATA_DIR. `on_note` is told what an operator should know.
rocksdb_options make_rocksdb_options(const settings& x, std::function<void(const std::string&)> on_note);

/// Prints a failure on stderr, as one line; returns what the process exits with.
int fail(const failure& x);

} // namespace kinora
