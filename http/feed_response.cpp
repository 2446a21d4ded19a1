#include "http/feed_response.hpp"

#include "domain/catalogue.hpp"
#include "domain/prefetch.hpp"
#include "domain/text.hpp"
#include "http/inputs.hpp"
#include "http/uri.hpp"

#include <xxhash.h>

#include <array>
#include <charconv>
#include <cmath>
#include <cstring>

namespace kinora::http {

namespace {

/// Of a feed on the wire; the rest come from the router and the listener.
constexpr std::size_t headers_expected = 16;

constexpr std::string_view hole = "{id}"; ///< Of a template of URLs.

void write_playback_url(json_writer& out, const video& x, const tenant_rules* rules) {
  if (!x.playback_url.empty() || !rules || rules->playback_url_template.empty()) {
    out.value(x.playback_url);
    return;
  }
  auto url = rules->playback_url_template;
  auto id = percent_encode(x.id);
  for (auto at = url.find(hole); at != std::string::npos; at = url.find(hole, at + id.size()))
    url.replace(at, hole.size(), id);
  out.value(url);
}

/// Whether an item has more bytes than a catalogue keeps of it, whatever they are. Looks no further than to
/// find out: tenants have templates of hundreds of holes, and ids of hundreds of bytes.
bool is_too_long(const video& x, const tenant_rules& rules) {
  constexpr auto most = catalogue::item_text_bytes_max;
  const auto id = x.id.size();
  const auto bytes = id + x.title.size() + x.thumbnail_url.size() + x.creator_id.size();
  if (!x.playback_url.empty())
    return bytes + x.playback_url.size() > most;
  const std::string_view pattern = rules.playback_url_template;
  auto with_url = bytes + pattern.size();
  for (auto at = pattern.find(hole); at != std::string_view::npos && (with_url <= most || id < hole.size());
       at = pattern.find(hole, at + hole.size()))
    with_url = with_url + id - hole.size();
  return with_url > most;
}

/// What is the same for everyone, in an object that goes on.
void begin_item(json_writer& out, const video& x, const tenant_rules* rules) {
  out.begin_object().member("id", x.id).member("title", x.title).key("playback_url");
  write_playback_url(out, x, rules);
  out.member("thumbnail_url", x.thumbnail_url)
      .member("duration_seconds", x.duration_seconds)
      .member("creator_id", x.creator_id);
}

/// A body that others may get from a cache binds no user.
page_tokens tracking_tokens(const feed_answer& answer, const feed_request& request,
                            const tracking_codec& tracking) {
  const tracked_page page{answer.depends_on_user,           answer.type, answer.rollout_share,
                          request_hash(request.request_id), request.now, request.page.served.size(),
                          answer.page.items.size()};
  return tracking.sign(page, request.tenant, request.user);
}

/// null where diversity changed nothing.
void write_diversity(json_writer& out, const std::optional<diversity_note>& note) {
  if (!note) {
    out.value(nullptr);
    return;
  }
  out.begin_object().key("moved");
  switch (note->move) {
  case diversity_move::none: out.value(nullptr); break;
  case diversity_move::up: out.value("up"); break;
  case diversity_move::down: out.value("down"); break;
  }
  out.member("rule", note->rule == diversity_rule::max_per_creator ? "max_per_creator" : "max_per_tag")
      .member("value", note->value)
      .member("exceeded", note->exceeded)
      .end_object();
}

void write_explanation(json_writer& out, const slate_item& item) {
  out.begin_object()
      .member("base", item.score.base)
      .member("popularity", item.score.popularity)
      .member("recency", item.score.recency)
      .member("affinity", item.score.affinity)
      .member("tag_multiplier", item.score.tag_multiplier)
      .member("boost", item.score.boost)
      .member("final", item.score.final)
      .member("rank", item.rank)
      .member("pinned", item.pinned)
      .key("matched_tags")
      .begin_array();
  for (auto& tag : item.matched_tags)
    out.value(tag);
  out.end_array();
  write_diversity(out.key("diversity"), item.diversity);
  out.end_object();
}

/// The ETag covers feed type, `degraded`, ids in order, `has_more` and the slot of time in which a stored
/// cursor is good for at least half its life; nothing else.
std::string etag_of(const feed_answer& answer, const feed_request& request, std::chrono::seconds cursor_ttl) {
  std::string text;
  text.reserve(64 + sizeof(std::uint64_t) * answer.page.items.size());
  append_length_prefixed(text, to_string_view(answer.type));
  text += answer.degraded == degraded_reason::none ? '0' : '1';
  text += answer.page.has_more ? '1' : '0';
  auto slot = request.now.time_since_epoch() /
              (std::chrono::duration_cast<std::chrono::milliseconds>(cursor_ttl) / 2);
  append_length_prefixed(text, std::to_string(slot));
  for (auto& item : answer.page.items) {
    std::array<char, sizeof item.hash> bytes; // of its id
    std::memcpy(bytes.data(), &item.hash, bytes.size());
    text.append(bytes.data(), bytes.size());
  }
  std::array<char, 16> digits{};
  auto end =
      std::to_chars(digits.data(), digits.data() + digits.size(), XXH3_64bits(text.data(), text.size()), 16)
          .ptr;
  return "W/\"" + std::string{digits.data(), end} + '"';
}

std::string next_cursor(const feed_answer& answer, const feed_request& request, const feed_format& format) {
  session next{answer.depends_on_user, request.now + format.cursor_ttl, {}};
  next.served.reserve(request.page.served.size() + answer.page.items.size());
  next.served = request.page.served;
  for (auto& item : answer.page.items)
    next.served.push_back(item.hash);
  return format.cursors.encode(next, request.tenant, request.user);
}

/// `;dur=` in milliseconds.
void append_duration(std::string& out, std::chrono::nanoseconds x) {
  auto micros = std::chrono::duration_cast<std::chrono::microseconds>(x).count();
  std::array<char, 32> digits{};
  auto end = std::to_chars(digits.data(), digits.data() + digits.size(), micros / 1000).ptr;
  *end++ = '.';
  for (auto unit : {100, 10, 1})
    *end++ = static_cast<char>('0' + micros / unit % 10);
  out += ";dur=";
  out.append(digits.data(), end);
}

std::string write_body(const feed_answer& answer, const feed_request& request, const feed_format& format) {
  const auto tokens = tracking_tokens(answer, request, format.tracking);
  json_writer out{1'024 + 512 * answer.page.items.size()};
  out.begin_object().key("items");
  write_items(out, answer.page, answer.rules.get(), &tokens, request.page.explain);
  out.key("next_cursor");
  if (answer.page.has_more)
    out.value(next_cursor(answer, request, format));
  else
    out.value(nullptr);
  out.member("has_more", answer.page.has_more)
      .member("is_personalized", answer.type == feed_type::personalized)
      .member("degraded", answer.degraded != degraded_reason::none)
      .key("degraded_reason");
  if (answer.degraded != degraded_reason::none)
    out.value(to_string_view(answer.degraded));
  else
    out.value(nullptr);
  out.member("feed_type", to_string_view(answer.type)).member("request_id", request.request_id).end_object();
  return out.take();
}

} // namespace

std::string write_item(const video& x, const tenant_rules& rules) {
  if (is_too_long(x, rules))
    return {};
  json_writer out{512};
  begin_item(out, x, &rules);
  return out.take();
}

void write_items(json_writer& out, const slate& page, const tenant_rules* rules, const page_tokens* tokens,
                 bool explain) {
  for (auto& item : page.items)
    if (item.text.empty())
      for (auto* text : {&item.video->title, &item.video->playback_url, &item.video->thumbnail_url})
        prefetch(text->data(), text->size());
  std::string token;
  out.begin_array();
  for (std::size_t i = 0; i < page.items.size(); ++i) {
    auto& item = page.items[i];
    if (tokens)
      tokens->write(i, token);
    if (item.text.empty())
      begin_item(out, *item.video, rules);
    else
      out.resume(item.text);
    out.key("tracking_token")
        .plain(token)
        .member("debug_score", std::round(item.score.final * 100.0) / 100.0);
    if (explain)
      write_explanation(out.key("explain"), item);
    out.end_object();
  }
  out.end_array();
}

std::string server_timing(const stage_times& stages, bool is_reduced, std::chrono::nanoseconds took) {
  std::string out;
  out.reserve(96);
  if (stages.signals) {
    append_duration(out += "signals", *stages.signals);
    out += ", ";
  }
  if (stages.ranking) {
    append_duration(out += "ranking", *stages.ranking);
    out += is_reduced ? ";desc=\"reduced\", " : ", ";
  }
  append_duration(out += "total", took);
  return out;
}

void set_caching(response& out, bool depends_on_user, bool by_key) {
  if (by_key) {
    out.set("Cache-Control", "private, max-age=30");
    out.set("Vary", "Authorization, X-User-Hash, X-Tenant-ID, Accept-Encoding");
  } else if (depends_on_user) {
    out.set("Cache-Control", "private, max-age=30");
    out.set("Vary", "X-User-Hash, X-Tenant-ID, Accept-Encoding");
  } else {
    out.set("Cache-Control", "public, max-age=30, stale-while-revalidate=15");
    out.set("Vary", "X-Tenant-ID, Accept-Encoding");
  }
}

response feed_response(const feed_answer& answer, const feed_request& request, std::string_view if_none_match,
                       const feed_format& format, std::chrono::nanoseconds took) {
  response out;
  out.headers.reserve(headers_expected);
  auto etag = etag_of(answer, request, format.cursor_ttl);
  if (names_etag(if_none_match, etag)) {
    out.status = 304;
  } else {
    out.body = write_body(answer, request, format);
    out.set("Content-Type", "application/json");
  }
  out.set("ETag", std::move(etag));
  set_caching(out, answer.depends_on_user, request.by_key);
  out.set("X-Personalized", answer.type == feed_type::personalized ? "true" : "false");
  out.set("X-Feed-Type", std::string{to_string_view(answer.type)});
  out.set("X-Degraded", answer.degraded != degraded_reason::none ? "true" : "false");
  out.set("Server-Timing", server_timing(answer.stages, answer.page.is_reduced, took));
  return out;
}

} // namespace kinora::http
