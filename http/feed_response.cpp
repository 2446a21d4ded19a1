#include "http/feed_response.hpp"

#include "domain/base64url.hpp"
#include "domain/text.hpp"
#include "http/json_text.hpp"
#include "http/uri.hpp"

#include <boost/json/array.hpp>
#include <xxhash.h>

#include <array>
#include <charconv>
#include <cmath>

namespace kinora::http {

namespace {

namespace json = boost::json;

std::string playback_url(const video& x, const tenant_rules* rules) {
  if (!x.playback_url.empty() || !rules || rules->playback_url_template.empty())
    return x.playback_url;
  constexpr std::string_view hole = "{id}";
  auto out = rules->playback_url_template;
  auto id = percent_encode(x.id);
  for (auto at = out.find(hole); at != std::string::npos; at = out.find(hole, at + id.size()))
    out.replace(at, hole.size(), id);
  return out;
}

/// Opaque to clients: version, feed type, position in the session and a hash of the request's id.
std::string tracking_token(feed_type type, std::size_t position, std::string_view request_id) {
  auto hash = XXH3_64bits(request_id.data(), request_id.size());
  std::string bytes{'\x01', static_cast<char>(type), static_cast<char>(position >> 8),
                    static_cast<char>(position)};
  for (int shift = 56; shift >= 0; shift -= 8)
    bytes.push_back(static_cast<char>(hash >> shift));
  return base64url_encode(bytes);
}

/// null where diversity changed nothing.
json::value write_diversity(const std::optional<diversity_note>& note) {
  if (!note)
    return nullptr;
  json::object out;
  out["moved"] = nullptr;
  if (note->move != diversity_move::none)
    out["moved"] = note->move == diversity_move::up ? "up" : "down";
  out["rule"] = note->rule == diversity_rule::max_per_creator ? "max_per_creator" : "max_per_tag";
  out["value"] = note->value;
  out["exceeded"] = note->exceeded;
  return out;
}

json::object write_explanation(const slate_item& item) {
  json::object out;
  out["base"] = item.score.base;
  out["recency"] = item.score.recency;
  out["affinity"] = item.score.affinity;
  out["tag_multiplier"] = item.score.tag_multiplier;
  out["boost"] = item.score.boost;
  out["final"] = item.score.final;
  out["rank"] = item.rank;
  out["pinned"] = item.pinned;
  json::array tags;
  for (auto& tag : item.matched_tags)
    tags.emplace_back(tag);
  out["matched_tags"] = std::move(tags);
  out["diversity"] = write_diversity(item.diversity);
  return out;
}

/// The ETag covers feed type, `degraded`, ids in order, `has_more` and the slot of time in which a stored
/// cursor is good for at least half its life; nothing else.
std::string etag_of(const feed_answer& answer, const feed_request& request, std::chrono::seconds cursor_ttl) {
  std::string text;
  append_length_prefixed(text, to_string_view(answer.type));
  text += answer.degraded == degraded_reason::none ? '0' : '1';
  text += answer.page.has_more ? '1' : '0';
  auto slot = request.now.time_since_epoch() /
              (std::chrono::duration_cast<std::chrono::milliseconds>(cursor_ttl) / 2);
  append_length_prefixed(text, std::to_string(slot));
  for (auto& item : answer.page.items)
    append_length_prefixed(text, item.video->id);
  std::array<char, 16> digits{};
  auto end =
      std::to_chars(digits.data(), digits.data() + digits.size(), XXH3_64bits(text.data(), text.size()), 16)
          .ptr;
  return "W/\"" + std::string{digits.data(), end} + '"';
}

/// Weak comparison (RFC 9110, section 8.8.3.2) with the list of an If-None-Match.
bool names(std::string_view if_none_match, std::string_view etag) {
  auto opaque = [](std::string_view tag) { return tag.substr(tag.starts_with("W/") ? 2 : 0); };
  while (!if_none_match.empty()) {
    auto item = if_none_match.substr(0, if_none_match.find(','));
    if_none_match.remove_prefix(std::min(item.size() + 1, if_none_match.size()));
    item.remove_prefix(std::min(item.find_first_not_of(" \t"), item.size()));
    item = item.substr(0, item.find_last_not_of(" \t") + 1);
    if (item == "*" || (!item.empty() && opaque(item) == opaque(etag)))
      return true;
  }
  return false;
}

json::value next_cursor(const feed_answer& answer, const feed_request& request, const feed_format& format) {
  if (!answer.page.has_more)
    return nullptr;
  session next{answer.depends_on_user, request.now + format.cursor_ttl, request.page.served};
  for (auto& item : answer.page.items)
    next.served.push_back(item.hash);
  return json::value(format.cursors.encode(next, request.tenant, request.user));
}

std::string milliseconds(std::chrono::nanoseconds x) {
  std::array<char, 32> digits{};
  auto value = std::chrono::duration<double, std::milli>{x}.count();
  auto end =
      std::to_chars(digits.data(), digits.data() + digits.size(), value, std::chars_format::fixed, 3).ptr;
  return {digits.data(), end};
}

std::string server_timing(const stage_times& stages, std::chrono::nanoseconds took) {
  std::string out;
  if (stages.signals)
    out += "signals;dur=" + milliseconds(*stages.signals) + ", ";
  if (stages.ranking)
    out += "ranking;dur=" + milliseconds(*stages.ranking) + ", ";
  return out + "total;dur=" + milliseconds(took);
}

std::string write_body(const feed_answer& answer, const feed_request& request, const feed_format& format) {
  json::object body;
  body["items"] = write_items(answer.page, answer.rules.get(), answer.type, request.page.explain,
                              request.request_id, request.page.served.size());
  body["next_cursor"] = next_cursor(answer, request, format);
  body["has_more"] = answer.page.has_more;
  body["is_personalized"] = answer.type == feed_type::personalized;
  body["degraded"] = answer.degraded != degraded_reason::none;
  body["degraded_reason"] = nullptr;
  if (answer.degraded != degraded_reason::none)
    body["degraded_reason"] = to_string_view(answer.degraded);
  body["feed_type"] = to_string_view(answer.type);
  body["request_id"] = request.request_id;
  return to_text(body);
}

} // namespace

json::array write_items(const slate& page, const tenant_rules* rules, feed_type type, bool explain,
                        std::string_view request_id, std::size_t session_position) {
  json::array out;
  out.reserve(page.items.size());
  for (auto& item : page.items) {
    auto& x = *item.video;
    json::object entry;
    entry["id"] = x.id;
    entry["title"] = x.title;
    entry["playback_url"] = playback_url(x, rules);
    entry["thumbnail_url"] = x.thumbnail_url;
    entry["duration_seconds"] = x.duration_seconds;
    entry["creator_id"] = x.creator_id;
    entry["tracking_token"] = tracking_token(type, session_position + out.size(), request_id);
    entry["debug_score"] = std::round(item.score.final * 100.0) / 100.0;
    if (explain)
      entry["explain"] = write_explanation(item);
    out.emplace_back(std::move(entry));
  }
  return out;
}

response feed_response(const feed_answer& answer, const feed_request& request, std::string_view if_none_match,
                       const feed_format& format, std::chrono::nanoseconds took) {
  response out;
  auto etag = etag_of(answer, request, format.cursor_ttl);
  if (names(if_none_match, etag)) {
    out.status = 304;
  } else {
    out.body = write_body(answer, request, format);
    out.set("Content-Type", "application/json");
  }
  out.set("ETag", std::move(etag));
  if (answer.depends_on_user) {
    out.set("Cache-Control", "private, max-age=30");
    out.set("Vary", "X-User-Hash, X-Tenant-ID, Accept-Encoding");
  } else {
    out.set("Cache-Control", "public, max-age=30, stale-while-revalidate=15");
    out.set("Vary", "X-Tenant-ID, Accept-Encoding");
  }
  out.set("X-Personalized", answer.type == feed_type::personalized ? "true" : "false");
  out.set("X-Feed-Type", std::string{to_string_view(answer.type)});
  out.set("X-Degraded", answer.degraded != degraded_reason::none ? "true" : "false");
  out.set("Server-Timing", server_timing(answer.stages, took));
  return out;
}

} // namespace kinora::http
