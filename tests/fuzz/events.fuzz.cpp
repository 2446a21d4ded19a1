// The body of POST /v1/events, as JSON and as one event a line.
#include "tests/fuzz/check.hpp"

#include "domain/ids.hpp"
#include "http/formats/events_format.hpp"

using namespace kinora;
using namespace kinora::http;

namespace {

constexpr wall_time now{std::chrono::milliseconds{1'790'000'000'000}};

void check_upload(const result<events_upload>& found) {
  if (!found)
    return;
  check(found->events.size() + found->rejected.size() <= events_per_batch_max,
        "more events than a batch has");
  for (const auto& x : found->events) {
    check(!x.event_id.empty() && !check_user_hash(x.user) && !check_video_id(x.video_id, "video_id"),
          "an id that is none");
    check(x.occurred_at <= now + event_lead_max && x.occurred_at >= now - event_age_max,
          "a time out of range");
    check(!x.watched || x.watched->count() >= 0, "watched for less than nothing");
  }
  (void)write_events_result(found->events.size(), 0, found->rejected);
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  const std::string_view body{reinterpret_cast<const char*>(data), size};
  check_upload(parse_events(body, now));
  check_upload(parse_events_ndjson(body, now));
  return 0;
}
