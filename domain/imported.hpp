// What an import adds to users and videos as a whole, beside the events that it brings. Everything here has a
// name made of what it says, so that whatever is imported twice counts once.
#pragma once

#include "domain/decay.hpp"
#include "domain/event.hpp"
#include "domain/user_record.hpp"
#include "domain/user_signals.hpp"

#include <chrono>
#include <optional>
#include <string>
#include <vector>

namespace kinora {

/// A row of signals that were gathered elsewhere, or that an export wrote.
struct signals_row {
  std::string user;
  user_signals signals;                  ///< Without a record: with `last_active`.
  std::vector<std::string> long_watched; ///< They count as completed at `last_active`; without repeats.
  std::chrono::milliseconds moved{0};    ///< By how much `last_active` was moved; names are made without it.
  std::optional<user_record> record; ///< Of an export: all there is of the user; nothing else is set then.
  bool operator==(const signals_row&) const = default;
};

/// What is merged into a user's record, once.
struct user_part {
  std::string id; ///< No event has such an id.
  std::string user;
  user_record record;
  bool is_copy = false; ///< Of a whole record: where just that is stored already, nothing is added.
  bool operator==(const user_part&) const = default;
};

/// What is merged into a video's popularity, once, and not where just that is stored already.
struct popularity_part {
  std::string id; ///< No event has such an id.
  std::string video_id;
  popularity_sum sum;
  bool operator==(const popularity_part&) const = default;
};

/// What a row adds to its user, written at `now`: videos watched up to `last_active`, and affinities, if it
/// has some, as set then; or the record of an export as it is.
user_part part_of(const signals_row& x, wall_time now);

/// The completions of the videos that a row calls long watched.
std::vector<event> completions_of(const signals_row& x);

/// The popularity of a video by an export.
popularity_part part_of(std::string video_id, const popularity_sum& x);

} // namespace kinora
