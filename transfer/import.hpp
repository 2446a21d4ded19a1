#pragma once

#include "domain/result.hpp"
#include "domain/time.hpp"
#include "transfer/destination.hpp"
#include "transfer/import_progress.hpp"
#include "transfer/progress_display.hpp"

#include <functional>
#include <string>
#include <vector>

namespace kinora {

struct import_file {
  row_kind kind;
  std::string path; ///< "-" is standard input.
};

struct import_options {
  std::string tenant;
  std::string target;             ///< The server, or the folder of the store: how it is told from others.
  std::vector<import_file> files; ///< At least one, at most one of each kind.
  bool shift_to_now = false;      ///< The newest time of all files becomes now, and all others move along.
  std::string rejected_path;      ///< Where lines that are left out go; the progress is kept beside it.
  std::function<wall_time()> wall_clock;
  std::function<steady_time()> steady_clock;
  std::function<bool()> is_stopped; ///< Somebody wants the process to end.
};

/// What an import has done, with what earlier runs of it did.
struct import_summary {
  bool made_tenant = false;
  std::uint64_t lines_before = 0; ///< Done by earlier runs.
  std::uint64_t lines = 0;        ///< Done by this one.
  import_progress done;
  std::chrono::steady_clock::duration took{};

  std::uint64_t rejected() const;
};

/// Checks what options say on their own: which files can go together. The failure names the flag.
result<void> check_import(const import_options& x);

/// Takes in the files, in the order of `row_kind`. Where an earlier run of the same import was interrupted it
/// goes on there; a failure says why this one could not, and the same import can be run again. Memory does
/// not grow with the files.
result<import_summary> run_import(const import_options& x, destination& to, progress_display& display);

/// The summary as lines for people.
std::string to_text(const import_options& x, const import_summary& done);

} // namespace kinora
