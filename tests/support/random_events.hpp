// Events drawn at random from few users and videos, so that every key is touched more than once.
#pragma once

#include "domain/learning.hpp"
#include "tests/support/random_world.hpp"

#include <cmath>
#include <map>
#include <string>
#include <vector>

namespace kinora::test {

/// Draws what `count` events change, with ids that count up; spread over the last days before `noon`.
inline std::vector<event_effect> draw_effects(random_world& world, std::size_t count) {
  std::vector<video_ptr> videos;
  for (int i = 0; i < 20; ++i)
    videos.push_back(share(world.draw_video("video" + std::to_string(i), noon)));
  std::vector<event_effect> out;
  for (std::size_t i = 0; i < count; ++i) {
    event x;
    x.event_id = "event" + std::to_string(i);
    x.type = static_cast<event_type>(world.below(event_type_names.size()));
    x.user = "user" + std::to_string(world.below(5));
    auto about = world.pick(videos);
    x.video_id = about->id;
    x.occurred_at = noon - std::chrono::seconds{world.below(6 * 24 * 3'600)};
    if (world.chance(0.8))
      x.watched = std::chrono::milliseconds{world.below(90'000)};
    out.push_back(effect_of(std::move(x), world.chance(0.1) ? nullptr : about, {}));
  }
  return out;
}

inline bool close(double a, double b) {
  return std::abs(a - b) <= 1e-9 * std::max({1.0, std::abs(a), std::abs(b)});
}

inline bool close(const std::map<std::string, double>& a, const std::map<std::string, double>& b) {
  return a.size() == b.size() && std::equal(a.begin(), a.end(), b.begin(), [](auto& x, auto& y) {
           return x.first == y.first && close(x.second, y.second);
         });
}

/// Equal, to rounding.
inline bool close(const user_signals& a, const user_signals& b) {
  return a.watched_ids == b.watched_ids && a.disliked_ids == b.disliked_ids &&
         a.last_active == b.last_active && close(a.affinities, b.affinities) &&
         close(a.creator_affinities, b.creator_affinities);
}

} // namespace kinora::test
