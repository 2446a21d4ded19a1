#pragma once

#include "domain/learning.hpp"
#include "domain/user_signals.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace kinora {

/// What is stored of one user: what was set through the admin API, and beside it the sums of what events
/// added. Records merge in any order and grouping to the same signals, to rounding, as long as they stay
/// within the limits below. Times are Unix milliseconds; every list is in order of its key.
struct user_record {
  static constexpr std::size_t disliked_max = 1'000; ///< The latest ones are kept.
  static constexpr std::size_t sums_max = 1'000;     ///< Of tags, and of creators; the largest are kept.
  static constexpr std::int64_t half_life_ms = 30LL * 24 * 3'600'000;
  static constexpr double affinity_k = 2.0;     ///< A sum of this size is an affinity of one half.
  static constexpr double set_value_max = 0.99; ///< A set affinity that events go on from is at most this.

  struct sum {
    std::string key;
    double value = 0.0;        ///< As of `reference_ms`; may be below zero.
    std::int64_t first_ms = 0; ///< When the first event touched it.
    bool operator==(const sum&) const = default;
  };

  struct timed_id {
    std::string key;
    std::int64_t at_ms = 0; ///< The latest time.
    bool operator==(const timed_id&) const = default;
  };

  struct set_affinity {
    std::string key;
    double value = 0.0; ///< 0..1
    bool operator==(const set_affinity&) const = default;
  };

  /// What was set as a whole.
  struct set_part {
    std::int64_t at_ms = 0;
    std::vector<set_affinity> tags;
    std::vector<set_affinity> creators;
    bool operator==(const set_part&) const = default;
  };

  std::int64_t reference_ms = 0; ///< Of every sum.
  std::vector<sum> tags;
  std::vector<sum> creators;
  std::vector<timed_id> watched;  ///< The latest `user_signals::watched_max`.
  std::vector<timed_id> disliked; ///< The latest `disliked_max`.
  std::optional<set_part> set;
  std::optional<std::int64_t> last_active_ms; ///< When the latest event occurred, or as set.
  std::int64_t touched_ms = 0;                ///< When it was last written: what retention counts from.
  std::int64_t since_ms = 0;                  ///< When it was first written; 0: not known.
  bool operator==(const user_record&) const = default;
};

/// A record of one event, written at `now`.
user_record record_of(const event_effect& x, wall_time now);

/// A record of what is set as a whole at `now`.
user_record record_of(const user_signals& x, wall_time now);

/// Adds `x` to `into`. Of two set parts the later one holds. Of two records between which nothing was written
/// for longer than `retention` only the later one stays: the user had been forgotten. (So merging in any
/// order takes records that are not further apart.)
void merge(user_record& into, const user_record& x,
           std::chrono::hours retention = std::chrono::hours{24 * 36'500});

/// What ranking looks at, at `now`. A set affinity reads as set until an event has touched its key; from then
/// on `min(value, set_value_max)` is a part of the sum, and decays with it.
user_signals signals_at(const user_record& x, wall_time now);

} // namespace kinora
