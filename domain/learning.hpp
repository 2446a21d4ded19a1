#pragma once

#include "domain/event.hpp"
#include "domain/learning_rules.hpp"
#include "domain/stats.hpp"
#include "domain/video.hpp"

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

namespace kinora {

/// What one event changes, worked out once, when it comes in.
struct event_effect {
  std::string event_id;
  std::string user;
  std::string video_id;
  std::int64_t at_ms = 0;                ///< When it occurred: Unix milliseconds.
  double amount = 0.0;                   ///< What is added to the sums; 0: they are not touched.
  bool watched = false;                  ///< The video counts as watched.
  bool disliked = false;                 ///< The video does not come back.
  std::optional<attribution> attributed; ///< Added to the statistics; nullopt: it says of no position.
  std::shared_ptr<const video> about;    ///< Whose tags and creator it speaks for; nullptr: nobody knows it.
};

/// The hour whose statistics an event belongs to.
inline stats_hour hour_of(const event_effect& x) {
  return std::chrono::floor<std::chrono::hours>(wall_time{std::chrono::milliseconds{x.at_ms}});
}

/// The share of a video that was watched, 0..1; nullopt when nobody can tell: without `watch_ms`. A video
/// without a duration counts as a minute long.
std::optional<double> watched_fraction(const event& x, const video* about);

/// What `x` changes under `rules`; `about` nullptr: the catalogue does not know the video. A view is worth
/// its weight times the watched fraction (half of it when that is not known), all else its weight.
event_effect effect_of(event x, std::shared_ptr<const video> about, const learning_rules& rules);

/// After which time half of a video's popularity is gone.
std::chrono::milliseconds popularity_half_life(const learning_rules& rules);

} // namespace kinora
