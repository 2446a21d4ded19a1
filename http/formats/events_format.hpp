// What users did, as SDKs send it: the body of POST /v1/events, and its answer.
#pragma once

#include "domain/event.hpp"
#include "domain/result.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace kinora::http {

/// Why an event is left out.
enum class event_fault : std::uint8_t {
  invalid_json,     ///< The line is no JSON.
  invalid_argument, ///< A field is missing, has the wrong type or is out of its range.
  unknown_type,     ///< There is no such type of event.
  too_old,          ///< It happened more than `event_age_max` ago.
  too_far_ahead,    ///< It happens more than `event_lead_max` from now.
  rate_limited,     ///< Its user sends too often; it may be sent again.
};

/// Their names in answers, in the order of the values.
inline constexpr std::array<std::string_view, 6> event_fault_names{
    "invalid_json", "invalid_argument", "unknown_type", "too_old", "too_far_ahead", "rate_limited"};

struct rejected_event {
  std::size_t index;                   ///< From 0; in NDJSON of the lines that are not blank.
  std::optional<std::string> event_id; ///< As sent; nullopt when there is none, or it is no string.
  event_fault code;
  std::string detail; ///< Names the field at fault.
  bool operator==(const rejected_event&) const = default;
};

/// What a batch holds.
struct events_upload {
  std::vector<event> events;            ///< The good ones, in the order sent; ids may repeat.
  std::vector<rejected_event> rejected; ///< By index; indices that are not here belong to `events`.
};

/// How old events may be.
enum class event_ages : std::uint8_t {
  recent, ///< At most `event_age_max`.
  any,    ///< As imports have them.
};

/// Reads an array of events, or `{"events": [...]}` whose other members are ignored. An event is
/// `{event_id, type, user_hash, video_id, occurred_at, watch_ms, tracking_token}`, the last two optional; a
/// member that is null counts as absent, unknown ones are ignored, and of a key that repeats the last one
/// counts. `occurred_at` is a time as in uploads, near `now` (domain/event.hpp); `watch_ms` a number of
/// milliseconds, of which whole ones count. A bad event is rejected and the others are kept. Fails when the
/// body is no JSON or has no array of events, and with `payload_too_large` past `events_per_batch_max`.
result<events_upload> parse_events(std::string_view body, wall_time now,
                                   event_ages ages = event_ages::recent);

/// The same with one event a line. Fails with `payload_too_large` only.
result<events_upload> parse_events_ndjson(std::string_view body, wall_time now,
                                          event_ages ages = event_ages::recent);

/// Rejects good events afterwards: those of which `why` says a detail.
void reject_events(events_upload& sent, event_fault code,
                   const std::function<std::optional<std::string>(const event&)>& why);

/// The answer to a batch.
std::string write_events_result(std::size_t accepted, std::size_t duplicates,
                                const std::vector<rejected_event>& rejected);

} // namespace kinora::http
