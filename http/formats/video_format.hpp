// Videos as JSON: one object each, and uploads of one object a line (NDJSON).
#pragma once

#include "domain/result.hpp"
#include "domain/video.hpp"

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include <cstddef>
#include <limits>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace kinora::http {

inline constexpr std::size_t video_tags_max = 64;
inline constexpr std::size_t video_url_bytes_max = 2'048;
inline constexpr std::size_t video_metadata_bytes_max = 16'384;

/// Reads a video, its fields named as in domain/video.hpp. `id` and `title` are required; what else is absent
/// or null has its default; unknown keys are ignored. `published_at` and `expires_at`: Unix seconds or
/// milliseconds, or RFC 3339. Repeated tags are dropped. Any maturity rating of at most 64 bytes is kept as
/// it is. `metadata` is an object of at most `video_metadata_bytes_max` bytes as `to_text` writes it. Strings
/// are printable; creator_id is at most 256 bytes, language 35, a URL `video_url_bytes_max`. Fails on the
/// field at fault.
result<video> parse_video(const boost::json::value& value);

/// Writes every field; times as RFC 3339 in UTC, null where there is none; no metadata is null.
/// `parse_video` reads it back unchanged.
boost::json::object write_video(const video& x);

/// Longest line of an upload, without its end.
inline constexpr std::size_t ndjson_line_bytes_max = 65'536;

/// How many rejected lines an outcome lists.
inline constexpr std::size_t rejected_lines_max = 1'000;

/// A line of an upload that was left out, and why.
struct rejected_line {
  std::size_t line;  ///< From 1.
  std::string id;    ///< Of the video; empty when it has no valid one.
  std::string field; ///< The path at fault; empty when it is the whole line.
  std::string detail;
  bool operator==(const rejected_line&) const = default;
};

/// What an upload holds.
struct ndjson_outcome {
  std::vector<std::shared_ptr<const video>> videos; ///< In the order sent; ids may repeat.
  std::vector<std::size_t> lines;                   ///< The line of each video, from 1.
  std::vector<rejected_line> rejected;              ///< The first `rejected_lines_max`.
  std::size_t rejected_count = 0;                   ///< All of them.
};

/// Reads one video a line. Lines end with \n or \r\n, the last one may lack its end; blank lines count as
/// lines and hold nothing; a byte order mark at the start is skipped. A bad line is rejected and the others
/// are kept; good ones past `videos_max` are rejected too.
ndjson_outcome parse_videos_ndjson(std::string_view body,
                                   std::size_t videos_max = std::numeric_limits<std::size_t>::max());

} // namespace kinora::http
