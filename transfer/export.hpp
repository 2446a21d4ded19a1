#pragma once

#include "domain/result.hpp"
#include "domain/time.hpp"
#include "storage/stores.hpp"
#include "transfer/row_kind.hpp"

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace kinora {

struct export_file {
  row_kind kind;    ///< All but events, of which the store keeps only that they were there.
  std::string path; ///< "-" is standard output.
};

struct export_options {
  std::string tenant;
  std::vector<export_file> files; ///< At least one, at most one of each kind.
  std::chrono::hours signal_retention{24 * 90};
  wall_time now; ///< Users untouched for `signal_retention` by then are forgotten: left out.
  std::function<bool()> is_stopped; ///< Somebody wants the process to end.
};

/// How many rows each file got, in the order of the options.
using export_counts = std::vector<std::uint64_t>;

/// Checks what options say on their own. The failure names the flag.
result<void> check_export(const export_options& x);

/// Writes what is kept of a tenant, one JSON object a line, in order of ids, so that the same content makes
/// the same bytes. A file appears under its name once it is whole and on disk.
result<export_counts> run_export(const export_options& x, const stores& from);

} // namespace kinora
