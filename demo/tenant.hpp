// What the demo is made of: tables of videos, rules and users of one tenant a file.
#pragma once

#include "domain/tenant_rules.hpp"
#include "domain/time.hpp"
#include "domain/user_signals.hpp"
#include "domain/video.hpp"

#include <chrono>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace kinora::demo {

/// One video of a table, as somebody who looks after content would write it down. "" is "not given".
struct video_row {
  using duration = std::optional<std::chrono::minutes>;

  const char* id;
  const char* title;
  const char* creator;
  const char* tags;         ///< Separated by single spaces.
  double score;             ///< 0..100
  int duration_seconds;     ///< 0 or more.
  const char* rating;       ///< G, PG, PG-13, R, NC-17, or whatever somebody else calls it.
  const char* language;     ///< "en", "pt-BR"
  duration age;             ///< Since its publication; negative: it falls due after the start; none: unknown.
  duration expires_in = {}; ///< From the start; negative: it has expired by then; none: never.
  const char* playback_url = ""; ///< Where the tenant's template is not to be used.
  const char* metadata = "";     ///< A JSON object, without spaces between its parts.
};

/// What is known of a user when the demo starts.
struct demo_user {
  std::string hash;
  user_signals signals;
};

struct demo_tenant {
  std::string id;
  tenant_rules rules;
  std::vector<video> videos;
  std::vector<demo_user> users;
};

/// The rows as videos of a server that starts at `now`, in the same order.
std::vector<video> make_videos(std::span<const video_row> rows, wall_time now);

/// tenant_sports: five videos, for a first look at ranking.
demo_tenant sports(wall_time now);

/// tenant_news: four videos under other rules.
demo_tenant news(wall_time now);

/// tenant_showcase: a video app of some size, where every rule shows something.
demo_tenant showcase(wall_time now);

/// The videos of tenant_showcase, one creator after the other.
std::span<const video_row> showcase_videos();

} // namespace kinora::demo
