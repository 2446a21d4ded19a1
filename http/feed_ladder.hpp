#pragma once

#include <chrono>

namespace kinora::http {

/// What is done less and less for a feed the longer it has waited already, because work comes in faster than
/// it gets done. In order of what it gives up:
///
/// | waited, of the budget | from then on |
/// |---|---|
/// | an eighth | it is ranked from the best candidates alone, if its turn comes only now |
/// | a quarter | it is not made to wait for its turn: the trending page unless its turn is at once |
/// | half | it is not worked on: the trending page |
/// | all of it | the deadline has answered |
struct feed_ladder {
  std::chrono::nanoseconds budget; ///< FEED_BUDGET_MS.
  std::chrono::nanoseconds waited; ///< Since the request was received.

  bool has_time_for_all() const noexcept { return 8 * waited < budget; }
  bool may_wait() const noexcept { return 4 * waited < budget; }
  bool may_be_worked_on() const noexcept { return 2 * waited < budget; }
};

} // namespace kinora::http
