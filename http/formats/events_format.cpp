#include "http/formats/events_format.hpp"

#include "http/formats/json_reader.hpp"
#include "http/formats/ndjson.hpp"
#include "http/json_text.hpp"
#include "http/json_writer.hpp"

#include <boost/json/array.hpp>
#include <boost/json/monotonic_resource.hpp>
#include <boost/json/parser.hpp>

#include <algorithm>
#include <iterator>
#include <utility>

namespace kinora::http {

namespace {

namespace json = boost::json;

/// Reads JSON texts one after the other into memory that is freed at its end, as the values returned are. It
/// takes what `parse_json` refuses because one event must not sink the others: keys that repeat, of which
/// the last one counts, and numbers past a double's range, which become infinite.
class batch_reader {
public:
  /// `bytes`: about how much there is to read.
  explicit batch_reader(std::size_t bytes) : memory_{std::max(bytes, bytes_min)}, parser_{{}, options()} {}

  result<json::value> read(std::string_view text, std::string_view what) {
    if (text.empty())
      return invalid(std::string{what}, "is empty; JSON is expected");
    parser_.reset(&memory_);
    json::error_code ec;
    const auto read = parser_.write_some(text.data(), text.size(), ec);
    if (!ec && read < text.size())
      ec = json::error::extra_data;
    if (!ec)
      return parser_.release();
    return invalid(std::string{what},
                   "is not acceptable JSON at byte " + std::to_string(read) + ": " + ec.message());
  }

private:
  static constexpr std::size_t bytes_min = 4096;

  static json::parse_options options() {
    json::parse_options out;
    out.max_depth = json_depth_max;
    return out;
  }

  json::monotonic_resource memory_;
  json::parser parser_;
};

/// nullopt: a text that names no type.
result<std::optional<event_type>> parse_type(const json::value& value) {
  if (const auto* text = value.if_string())
    return event_type_of(*text);
  return invalid("", "must be a string");
}

result<std::chrono::milliseconds> parse_watched(const json::value& value) {
  constexpr std::chrono::milliseconds max{event_watch_max};
  const auto number = number_between{0.0, static_cast<double>(max.count())}(value);
  if (!number)
    return number.error();
  return std::chrono::milliseconds{static_cast<std::int64_t>(*number)};
}

std::string names_of_types() {
  std::string out;
  for (const auto name : event_type_names)
    out.append(out.empty() ? "" : ", ").append(name);
  return out;
}

/// The id of what may be no event; nullopt when it has none that is a text.
std::optional<std::string> id_of(const json::value& value) {
  const auto* members = value.if_object();
  const auto* id = members ? members->if_contains("event_id") : nullptr;
  const auto* text = id ? id->if_string() : nullptr;
  return text ? std::optional<std::string>{std::in_place, text->data(), text->size()} : std::nullopt;
}

/// Takes in one event after the other.
class batch {
public:
  batch(wall_time now, event_ages ages, std::size_t events)
      : oldest_{ages == event_ages::any ? wall_time::min() : now - event_age_max},
        latest_{now + event_lead_max} {
    out_.events.reserve(events);
  }

  void add(std::size_t index, const json::value& value) {
    event x;
    std::optional<event_type> type;
    object_reader in{value};
    in.require("event_id");
    in.read("event_id", x.event_id, text_between{1, event_id_bytes_max});
    in.require("type");
    in.read("type", type, parse_type);
    in.require("user_hash");
    in.read("user_hash", x.user, parse_user_hash);
    in.require("video_id");
    in.read("video_id", x.video_id, parse_video_id);
    in.require("occurred_at");
    in.read("occurred_at", x.occurred_at, parse_time);
    in.read("watch_ms", x.watched, parse_watched);
    in.read("tracking_token", x.tracking_token, text_between{0, tracking_token_bytes_max});
    if (const auto* why = in.fault())
      reject(index, id_of(value), event_fault::invalid_argument,
             (why->field.empty() ? "the event" : why->field) + ' ' + why->detail);
    else if (!type)
      reject(index, std::move(x.event_id), event_fault::unknown_type,
             "type must be one of " + names_of_types());
    else if (x.occurred_at < oldest_)
      reject(index, std::move(x.event_id), event_fault::too_old,
             "occurred_at is more than " + std::to_string(event_age_max.count()) + " days ago");
    else if (x.occurred_at > latest_)
      reject(index, std::move(x.event_id), event_fault::too_far_ahead,
             "occurred_at is more than " + std::to_string(event_lead_max.count()) + " minutes ahead");
    else {
      x.type = *type;
      out_.events.push_back(std::move(x));
    }
  }

  void reject(std::size_t index, std::optional<std::string> id, event_fault code, std::string detail) {
    out_.rejected.push_back({index, std::move(id), code, std::move(detail)});
  }

  events_upload take() { return std::move(out_); }

private:
  wall_time oldest_;
  wall_time latest_;
  events_upload out_;
};

failure too_many_events(std::string field) {
  return {errc::payload_too_large, std::move(field),
          "there are more than " + std::to_string(events_per_batch_max) + " events; send them in parts"};
}

/// nullptr when there is none.
const json::array* events_in(const json::value& body) {
  if (const auto* members = body.if_object()) {
    const auto* list = members->if_contains("events");
    return list ? list->if_array() : nullptr;
  }
  return body.if_array();
}

} // namespace

result<events_upload> parse_events(std::string_view body, wall_time now, event_ages ages) {
  batch_reader reader{body.size()};
  const auto value = reader.read(body, "body");
  if (!value)
    return value.error();
  const auto* list = events_in(*value);
  if (!list && value->is_object())
    return invalid("events", "must be an array of events");
  if (!list)
    return invalid("body", R"(must be an array of events, or {"events": [...]})");
  if (list->size() > events_per_batch_max)
    return too_many_events(value->is_object() ? "events" : "body");
  batch out{now, ages, list->size()};
  for (std::size_t i = 0; i < list->size(); ++i)
    out.add(i, (*list)[i]);
  return out.take();
}

result<events_upload> parse_events_ndjson(std::string_view body, wall_time now, event_ages ages) {
  batch_reader reader{body.size()};
  batch out{now, ages, 0};
  ndjson_lines lines{body};
  std::size_t index = 0;
  while (const auto line = lines.next()) {
    if (index == events_per_batch_max)
      return too_many_events("body");
    if (const auto value = reader.read(line->text, "the line"))
      out.add(index, *value);
    else
      out.reject(index, std::nullopt, event_fault::invalid_json,
                 value.error().field + ' ' + value.error().detail);
    ++index;
  }
  return out.take();
}

void reject_events(events_upload& sent, event_fault code,
                   const std::function<std::optional<std::string>(const event&)>& why) {
  events_upload out;
  out.events.reserve(sent.events.size());
  auto bad = sent.rejected.begin();
  std::size_t index = 0;
  for (auto& x : sent.events) {
    for (; bad != sent.rejected.end() && bad->index == index; ++bad, ++index)
      out.rejected.push_back(std::move(*bad));
    if (auto detail = why(x))
      out.rejected.push_back({index, std::move(x.event_id), code, std::move(*detail)});
    else
      out.events.push_back(std::move(x));
    ++index;
  }
  std::move(bad, sent.rejected.end(), std::back_inserter(out.rejected));
  sent = std::move(out);
}

std::string write_events_result(std::size_t accepted, std::size_t duplicates,
                                const std::vector<rejected_event>& rejected) {
  json_writer out;
  out.begin_object().member("accepted", accepted).member("duplicates", duplicates);
  out.key("rejected").begin_array();
  for (const auto& x : rejected) {
    out.begin_object().member("index", x.index).key("event_id");
    if (x.event_id)
      out.value(*x.event_id);
    else
      out.value(nullptr);
    out.member("code", event_fault_names[static_cast<std::size_t>(x.code)])
        .member("detail", x.detail)
        .end_object();
  }
  return out.end_array().end_object().take();
}

} // namespace kinora::http
