// What feeds are worth: how many of the positions that were served were seen, played, and played to their
// end.
#pragma once

#include "domain/event.hpp"
#include "domain/feed_type.hpp"
#include "domain/interval.hpp"
#include "domain/rollout.hpp"
#include "domain/time.hpp"
#include "domain/tracking.hpp"

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace kinora {

/// How long an hour's counts are kept after its end.
inline constexpr std::chrono::days stats_age_max{35};

/// The start of an hour, in UTC.
using stats_hour = std::chrono::sys_time<std::chrono::hours>;

/// Whether nobody is told of that hour any more.
constexpr bool is_over(stats_hour x, wall_time now) noexcept {
  return x + std::chrono::hours{1} + stats_age_max <= now;
}

/// What a user did with a position.
enum class engagement : std::uint8_t { impression, play, completion };

inline constexpr std::array<std::string_view, 3> engagement_names{"impression", "play", "completion"};

constexpr std::string_view to_string_view(engagement x) noexcept {
  return engagement_names[static_cast<std::size_t>(x)];
}

/// What an event of a type counts as; nullopt: as none of these.
std::optional<engagement> engagement_of(event_type x);

/// What an event adds to the statistics.
struct attribution {
  feed_type type = feed_type::trending;
  rollout_side side = rollout_side::none;
  engagement what = engagement::impression;
  std::string key; ///< Names position, user and `what`; counts once. Begins with a NUL, so it is no event id.
};

attribution attribute(const served_position& to, engagement what);

/// Counts of one kind of page. At most one of each for a position that was served.
struct engagement_counts {
  std::uint64_t impressions = 0;
  std::uint64_t plays = 0;
  std::uint64_t completions = 0;

  void add(engagement what, std::uint64_t count = 1) noexcept;
  engagement_counts& operator+=(const engagement_counts& x) noexcept;
  bool is_empty() const noexcept { return *this == engagement_counts{}; }
  bool operator==(const engagement_counts&) const = default;
};

/// Plays of impressions, 0..1. nullopt without impressions, and when there are more plays than them: then
/// somebody sends no impressions, and the share means nothing.
std::optional<double> click_through(const engagement_counts& x) noexcept;

/// Completions of plays; nullopt likewise.
std::optional<double> completion_rate(const engagement_counts& x) noexcept;

/// The click-through of `a` minus that of `b`, with the interval that holds the true difference 95 times of
/// 100 if what is done with one position says nothing of the others; nullopt where one of them has none.
std::optional<estimate> difference_of_click_through(const engagement_counts& a,
                                                    const engagement_counts& b) noexcept;

/// Counts by the page's feed type and the user's rollout side. They only add up, in any order.
struct feed_stats {
  static constexpr std::array types{feed_type::personalized, feed_type::trending};
  static constexpr std::array sides{rollout_side::none, rollout_side::in, rollout_side::out};

  std::array<engagement_counts, types.size() * sides.size()> cells{}; ///< Type by type.

  engagement_counts& at(feed_type type, rollout_side side) noexcept { return cells[index(type, side)]; }
  const engagement_counts& at(feed_type type, rollout_side side) const noexcept {
    return cells[index(type, side)];
  }

  engagement_counts of(feed_type type) const noexcept;
  engagement_counts of(rollout_side side) const noexcept;
  feed_stats& operator+=(const feed_stats& x) noexcept;
  bool operator==(const feed_stats&) const = default;

private:
  static constexpr std::size_t index(feed_type type, rollout_side side) noexcept {
    return static_cast<std::size_t>(type) * sides.size() + static_cast<std::size_t>(side);
  }
};

struct hourly_stats {
  stats_hour hour;
  feed_stats counts;
  bool operator==(const hourly_stats&) const = default;
};

} // namespace kinora
