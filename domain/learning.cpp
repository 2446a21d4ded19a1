#include "domain/learning.hpp"

#include <algorithm>

namespace kinora {

namespace {

constexpr double duration_unknown_s = 60.0;
constexpr double fraction_unknown = 0.5;

} // namespace

std::optional<double> watched_fraction(const event& x, const video* about) {
  if (x.type == event_type::complete)
    return 1.0;
  if (!x.watched)
    return std::nullopt;
  auto duration = about && about->duration_seconds > 0.0 ? about->duration_seconds : duration_unknown_s;
  return std::min(1.0, static_cast<double>(x.watched->count()) / (1000.0 * duration));
}

event_effect effect_of(event x, std::shared_ptr<const video> about, const learning_rules& rules) {
  event_effect out;
  auto fraction = watched_fraction(x, about.get());
  out.amount = rules.weight_of(x.type);
  if (x.type == event_type::view)
    out.amount *= fraction.value_or(fraction_unknown);
  out.watched = x.type == event_type::complete ||
                (x.type == event_type::view && fraction && *fraction >= rules.watched_fraction);
  out.disliked = x.type == event_type::dislike;
  out.at_ms = x.occurred_at.time_since_epoch().count();
  out.event_id = std::move(x.event_id);
  out.user = std::move(x.user);
  out.video_id = std::move(x.video_id);
  out.about = std::move(about);
  return out;
}

std::chrono::milliseconds popularity_half_life(const learning_rules& rules) {
  using hours = std::chrono::duration<double, std::chrono::hours::period>;
  return std::chrono::round<std::chrono::milliseconds>(hours{rules.popularity_half_life_hours});
}

} // namespace kinora
