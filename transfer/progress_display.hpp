#pragma once

#include "domain/time.hpp"

#include <cstdint>
#include <iosfwd>
#include <string>

namespace kinora {

/// Shows how far an import has come: on a terminal in one line that changes, elsewhere in a line every ten
/// seconds.
class progress_display {
public:
  /// What there is to show.
  struct state {
    std::string file;
    std::uint64_t lines = 0;    ///< Done in this run.
    std::uint64_t rejected = 0; ///< Of all runs.
    std::uint64_t bytes_done = 0;
    std::uint64_t bytes_total = 0; ///< 0: not known.
  };

  progress_display(std::ostream& to, bool is_terminal, steady_time start);

  /// Shows it when it is time to.
  void update(const state& x, steady_time now);

  /// Ends the line that changes, so that something else can be written.
  void finish();

private:
  std::ostream& to_;
  bool is_terminal_;
  steady_time start_;
  steady_time next_;
  bool is_line_open_ = false;
};

/// "3 min 20 s", "45 s".
std::string duration_text(std::chrono::seconds x);

} // namespace kinora
