#include "demo/tenant.hpp"

#include <sstream>

namespace kinora::demo {

namespace {

std::vector<std::string> split(const char* words) {
  std::istringstream in{words};
  std::vector<std::string> out;
  for (std::string word; in >> word;)
    out.push_back(word);
  return out;
}

video make_video(const video_row& row, wall_time now) {
  video out;
  out.id = row.id;
  out.title = row.title;
  out.tags = split(row.tags);
  out.creator_id = row.creator;
  if (row.age)
    out.published_at = now - *row.age;
  out.score = row.score;
  out.maturity_rating = row.rating;
  out.duration_seconds = row.duration_seconds;
  out.thumbnail_url = "https://demo.invalid/thumbnails/" + out.id + ".jpg";
  out.playback_url = row.playback_url;
  out.language = row.language;
  if (row.expires_in)
    out.expires_at = now + *row.expires_in;
  out.metadata = row.metadata;
  return out;
}

} // namespace

std::vector<video> make_videos(std::span<const video_row> rows, wall_time now) {
  std::vector<video> out;
  out.reserve(rows.size());
  for (auto& row : rows)
    out.push_back(make_video(row, now));
  return out;
}

} // namespace kinora::demo
