#include "http/formats/video_format.hpp"

#include "domain/timestamp.hpp"
#include "http/formats/json_reader.hpp"
#include "http/formats/ndjson.hpp"
#include "http/json_text.hpp"

#include <boost/json/value_from.hpp>

#include <algorithm>
#include <optional>
#include <utility>

namespace kinora::http {

namespace {

namespace json = boost::json;

constexpr text_between url{0, video_url_bytes_max};

/// Every tag once, at its first place.
result<std::vector<std::string>> parse_tags(const json::value& value) {
  auto sent = text_list{video_tags_max, name_text}(value);
  if (!sent)
    return sent;
  std::vector<std::string> out;
  for (auto& tag : *sent)
    if (std::ranges::find(out, tag) == out.end())
      out.push_back(std::move(tag));
  return out;
}

result<std::string> parse_metadata(const json::value& value) {
  if (!value.is_object())
    return not_an_object();
  auto text = to_text(value);
  if (text.size() > video_metadata_bytes_max)
    return invalid("", "must have at most " + std::to_string(video_metadata_bytes_max) + " bytes, has " +
                           std::to_string(text.size()));
  return text;
}

json::value write_time(const std::optional<wall_time>& x) {
  return x ? json::value(to_rfc3339(*x)) : json::value();
}

/// The id of what may be no video; empty when it has no valid one.
std::string id_of(const json::value& value) {
  const auto* members = value.if_object();
  const auto* id = members ? members->if_contains("id") : nullptr;
  if (!id)
    return {};
  auto text = name_text(*id);
  return text ? *std::move(text) : std::string{};
}

void reject(ndjson_outcome& out, std::size_t line, std::string id, failure why) {
  ++out.rejected_count;
  if (out.rejected.size() == rejected_lines_max)
    return;
  if (why.field.empty())
    why.detail.insert(0, "the line ");
  out.rejected.push_back({line, std::move(id), std::move(why.field), std::move(why.detail)});
}

void read_line(ndjson_outcome& out, std::size_t number, std::string_view line, std::size_t videos_max) {
  if (line.size() > ndjson_line_bytes_max)
    return reject(out, number, {},
                  invalid("", "must have at most " + std::to_string(ndjson_line_bytes_max) + " bytes, has " +
                                  std::to_string(line.size())));
  const auto value = parse_json(line, "");
  if (!value)
    return reject(out, number, {}, value.error());
  auto x = parse_video(*value);
  if (!x)
    return reject(out, number, id_of(*value), x.error());
  if (out.videos.size() >= videos_max)
    return reject(
        out, number, std::move(x->id),
        invalid("", "is past the " + std::to_string(videos_max) + " videos that an upload may hold"));
  out.videos.push_back(std::make_shared<const video>(*std::move(x)));
  out.lines.push_back(number);
}

} // namespace

result<video> parse_video(const json::value& value) {
  video out;
  object_reader in{value};
  in.require("id");
  in.read("id", out.id, name_text);
  in.require("title");
  in.read("title", out.title, text_between{1, 1'024});
  in.read("tags", out.tags, parse_tags);
  in.read("creator_id", out.creator_id, text_between{0, 256});
  in.read("published_at", out.published_at, parse_time);
  in.read("score", out.score, number_between{0.0, 100.0});
  in.read("maturity_rating", out.maturity_rating, text_between{0, 64});
  in.read("duration_seconds", out.duration_seconds, number_between{0.0});
  in.read("thumbnail_url", out.thumbnail_url, url);
  in.read("playback_url", out.playback_url, url);
  in.read("language", out.language, text_between{0, 35});
  in.read("expires_at", out.expires_at, parse_time);
  in.read("metadata", out.metadata, parse_metadata);
  return in.finish(std::move(out));
}

json::object write_video(const video& x) {
  json::object out;
  out["id"] = x.id;
  out["title"] = x.title;
  out["tags"] = json::value_from(x.tags);
  out["creator_id"] = x.creator_id;
  out["published_at"] = write_time(x.published_at);
  out["score"] = x.score;
  out["maturity_rating"] = x.maturity_rating;
  out["duration_seconds"] = x.duration_seconds;
  out["thumbnail_url"] = x.thumbnail_url;
  out["playback_url"] = x.playback_url;
  out["language"] = x.language;
  out["expires_at"] = write_time(x.expires_at);
  out["metadata"] = x.metadata.empty() ? json::value() : parse_json(x.metadata, "metadata").value();
  return out;
}

ndjson_outcome parse_videos_ndjson(std::string_view body, std::size_t videos_max) {
  ndjson_outcome out;
  ndjson_lines lines{body};
  while (const auto line = lines.next())
    read_line(out, line->number, line->text, videos_max);
  return out;
}

} // namespace kinora::http
