#pragma once

#include "domain/event.hpp"

#include <array>
#include <cstddef>

namespace kinora {

/// How a tenant learns from events. Every number is finite.
struct learning_rules {
  /// What an event is worth, by type, -100..100: added to the user's affinities to the video's tags and
  /// creator, and to the video's popularity.
  std::array<double, event_type_names.size()> weights{0.0, 1.0, 1.0, 2.0, 3.0, -0.5, -3.0, 3.0};
  /// From this watched share on, 0..1, a view counts as watched.
  double watched_fraction = 0.3;
  /// 0.1..8,760: after this time half of a video's popularity is gone.
  double popularity_half_life_hours = 72.0;
  /// β, 0..1: how much of the way from its own score to 100 popularity may raise a video.
  double popularity_weight = 1.0;
  /// k, 0.001..1e9: the popularity that raises it half of that.
  double popularity_k = 50.0;

  double weight_of(event_type x) const noexcept { return weights[static_cast<std::size_t>(x)]; }
  bool operator==(const learning_rules&) const = default;
};

} // namespace kinora
