#pragma once

#include "domain/result.hpp"
#include "transfer/byte_source.hpp"
#include "transfer/row_kind.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace kinora {

/// How many lines of a file became what.
struct import_counts {
  std::uint64_t accepted = 0;
  std::uint64_t duplicates = 0; ///< They had been taken in before.
  std::uint64_t rejected = 0;
  bool operator==(const import_counts&) const = default;
};

/// How far an import has come. What it is one of (all but lines, counts and rejected lines) has to be the
/// same for a run to go on where another one was interrupted.
struct import_progress {
  struct file {
    row_kind kind = row_kind::events;
    std::string path;
    std::optional<input_identity> input; ///< nullopt: it cannot be read twice.
    std::uint64_t lines_done = 0;        ///< So many from the beginning on are stored, or rejected.
    import_counts counts;
    bool operator==(const file&) const = default;
  };

  std::string tenant;
  std::string target; ///< The server, or the folder of the store.
  bool shifts = false;
  std::optional<std::chrono::milliseconds> moved_by; ///< Once it is known.
  std::vector<file> files;
  std::uint64_t rejected_listed = 0;
  std::uint64_t rejected_bytes = 0; ///< Of the file of rejected lines.
  bool operator==(const import_progress&) const = default;

  /// Whether both are of the same import.
  bool is_same_import(const import_progress& x) const;
};

/// nullopt where there is no such file; a failure when it cannot be read as one.
result<std::optional<import_progress>> load_progress(const std::string& path);

/// Written beside what is there and renamed: whenever the process is killed, there is one of the two.
result<void> save_progress(const std::string& path, const import_progress& x);

} // namespace kinora
