#pragma once

#include "domain/time.hpp"

#include <optional>
#include <string>
#include <vector>

namespace kinora {

/// One video of a tenant's catalogue, as content managers upload it. Ids and titles are never empty;
/// every string is valid UTF-8.
struct video {
  // What an item of a feed shows lies together: every page reads it, of videos that lie anywhere.
  std::string id;    ///< 1..256 bytes.
  std::string title; ///< 1..1024 bytes.
  std::string playback_url;
  std::string thumbnail_url;
  std::string creator_id;        ///< May be empty.
  double duration_seconds = 0.0; ///< >= 0.

  std::vector<std::string> tags;         ///< At most 64, without repeats, in upload order.
  std::optional<wall_time> published_at; ///< Absent: published since ever, recency 0. Future: not yet due.
  double score = 50.0;                   ///< Editorial base popularity, 0..100.
  std::string maturity_rating;           ///< G, PG, PG-13, R, NC-17; anything else is "unknown".
  std::string language;                  ///< As uploaded, e.g. "en" or "en-US"; may be empty.
  std::optional<wall_time> expires_at;   ///< From this instant on it is in no feed.
  std::string metadata;                  ///< The uploaded JSON object as text; may be empty.
  bool operator==(const video&) const = default;
};

} // namespace kinora
