#define CAF_SUITE http.events_format
#include "tests/support/unit_test.hpp"

#include "http/formats/events_format.hpp"

#include "domain/ids.hpp"
#include "domain/timestamp.hpp"
#include "http/json_text.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/value_from.hpp>

#include <map>

using namespace kinora;
using namespace kinora::http;
using namespace std::chrono_literals;

namespace json = boost::json;

namespace {

const wall_time now{std::chrono::seconds{1'800'000'000}};

/// A good event with other members; null removes one.
json::object sample(const json::object& changes = {}) {
  json::object out{{"event_id", "e1"},
                   {"type", "view"},
                   {"user_hash", "u1"},
                   {"video_id", "v1"},
                   {"occurred_at", 1'800'000'000}};
  for (const auto& member : changes)
    out[member.key()] = member.value();
  return out;
}

events_upload read(const json::array& events) {
  return parse_events(to_text(events), now).value();
}

/// The only event of a batch.
event only(const json::object& x) {
  auto out = read({x});
  CAF_REQUIRE_EQUAL(out.events.size(), 1u);
  return out.events.front();
}

/// "accepted", or the code and detail of the only event of a batch.
std::string verdict(const json::value& x) {
  const auto out = read(json::array(1, x));
  if (out.rejected.empty())
    return out.events.size() == 1 ? "accepted" : "lost";
  const auto& why = out.rejected.front();
  return std::string{event_fault_names[static_cast<std::size_t>(why.code)]} + ": " + why.detail;
}

std::string verdict_of(const char* member, const json::value& value) {
  return verdict(sample({{member, value}}));
}

bool is_bad(const char* member, const json::value& value) {
  return verdict_of(member, value).starts_with(std::string{"invalid_argument: "} + member + " must ");
}

/// The failure of a whole body.
failure refusal(std::string_view body) {
  const auto out = parse_events(body, now);
  return out ? failure{errc::none, {}, "accepted"} : out.error();
}

} // namespace

CAF_TEST(every field is read) {
  const auto x = only({{"event_id", "e"},
                       {"type", "share"},
                       {"user_hash", "ü"},
                       {"video_id", "日本"},
                       {"occurred_at", 1'799'999'999},
                       {"watch_ms", 1'234.9},
                       {"tracking_token", "AQ"}});
  CAF_CHECK((x == event{"e", event_type::share, "ü", "日本", now - 1s, 1'234ms, "AQ"}));
}

CAF_TEST(what is optional may be absent or null and what is unknown is ignored) {
  const event bare{"e1", event_type::view, "u1", "v1", now, std::nullopt, ""};
  CAF_CHECK(only(sample()) == bare);
  CAF_CHECK(only(sample({{"watch_ms", nullptr}, {"tracking_token", nullptr}})) == bare);
  CAF_CHECK(only(sample({{"session", json::array{1, 2}}, {"", nullptr}, {"rules", json::object{}}})) == bare);
}

CAF_TEST(a batch is an array or an object with events) {
  CAF_CHECK_EQUAL(parse_events("[]", now)->events.size(), 0u);
  CAF_CHECK_EQUAL(parse_events(R"({"events":[]})", now)->events.size(), 0u);
  const auto text = to_text(json::object{{"sent_by", "sdk"}, {"events", {sample()}}, {"rejected", 1}});
  CAF_CHECK_EQUAL(parse_events(text, now)->events.size(), 1u);
  for (const auto* wrong : {"1", "null", "\"[]\"", "true"})
    CAF_CHECK_EQUAL(refusal(wrong).field, "body");
  for (const auto* wrong : {"{}", R"({"events":null})", R"({"events":{}})", R"({"event":[]})"})
    CAF_CHECK_EQUAL(refusal(wrong), invalid("events", "must be an array of events"));
}

CAF_TEST(a body that is no JSON is refused) {
  for (const auto* wrong :
       {"", "[", "[]x", "[1,]", "{\"events\":[]", "nope", "\xEF\xBB\xBF[]", "[\"\xFF\"]"}) {
    CAF_CHECK(refusal(wrong).code == errc::invalid_argument);
    CAF_CHECK_EQUAL(refusal(wrong).field, "body");
  }
  CAF_CHECK_EQUAL(refusal("[1,]").detail.substr(0, 34), "is not acceptable JSON at byte 3: ");
  const auto deep = std::string(json_depth_max + 1, '[') + std::string(json_depth_max + 1, ']');
  CAF_CHECK_EQUAL(refusal(deep).field, "body");
}

CAF_TEST(one bad event does not sink the others) {
  const auto out = read({sample(), 7, sample({{"user_hash", ""}}), sample({{"event_id", "e4"}})});
  CAF_REQUIRE_EQUAL(out.events.size(), 2u);
  CAF_CHECK_EQUAL(out.events.back().event_id, "e4");
  CAF_REQUIRE_EQUAL(out.rejected.size(), 2u);
  CAF_CHECK((out.rejected[0] == rejected_event{1, std::nullopt, event_fault::invalid_argument,
                                               "the event must be a JSON object"}));
  CAF_CHECK((out.rejected[1] ==
             rejected_event{2, "e1", event_fault::invalid_argument, "user_hash must not be empty"}));
}

CAF_TEST(an event with a key twice or a number past all bounds does not sink the others) {
  const std::string rest = R"("user_hash":"u","video_id":"v","occurred_at":1800000000})";
  const auto text = R"([{"event_id":"a","type":"like","type":"share",)" + rest +
                    R"(,{"event_id":"b","type":"view","watch_ms":1e999,)" + rest +
                    R"(,{"event_id":"c","type":"view",)" + rest + "]";
  const auto out = parse_events(text, now).value();
  CAF_REQUIRE_EQUAL(out.events.size(), 2u);
  CAF_CHECK(out.events.front().type == event_type::share);
  CAF_REQUIRE_EQUAL(out.rejected.size(), 1u);
  CAF_CHECK(out.rejected.front().event_id == "b");
}

CAF_TEST(a required field that is missing is named) {
  for (const auto* name : {"event_id", "type", "user_hash", "video_id", "occurred_at"}) {
    const auto expected = std::string{"invalid_argument: "} + name + " is missing";
    auto without = sample();
    without.erase(name);
    CAF_CHECK_EQUAL(verdict(without), expected);
    CAF_CHECK_EQUAL(verdict_of(name, nullptr), expected);
  }
}

CAF_TEST(texts are bounded and printable) {
  const std::map<const char*, std::size_t> sizes{{"event_id", event_id_bytes_max},
                                                 {"user_hash", user_hash_bytes_max},
                                                 {"video_id", video_id_bytes_max},
                                                 {"tracking_token", tracking_token_bytes_max}};
  for (const auto& [name, max] : sizes) {
    CAF_CHECK_EQUAL(verdict_of(name, json::value(std::string(max, 'x'))), "accepted");
    CAF_CHECK(is_bad(name, json::value(std::string(max + 1, 'x'))));
    for (const json::value& wrong : {json::value("a\nb"), json::value("\x7f"), json::value(1),
                                     json::value(json::array{"x"}), json::value(true)})
      CAF_CHECK(is_bad(name, wrong));
  }
  for (const auto* name : {"event_id", "user_hash", "video_id"})
    CAF_CHECK(is_bad(name, ""));
  CAF_CHECK_EQUAL(verdict_of("tracking_token", ""), "accepted");
}

CAF_TEST(every type has its name and no other is known) {
  for (std::size_t i = 0; i < event_type_names.size(); ++i) {
    const std::string name{event_type_names[i]};
    CAF_CHECK(only(sample({{"type", name}})).type == static_cast<event_type>(i));
  }
  for (const auto* wrong : {"", "View", "views", "watch", "view "})
    CAF_CHECK_EQUAL(verdict_of("type", wrong),
                    "unknown_type: type must be one of impression, view, complete, like, share, skip, "
                    "dislike, follow");
  for (const json::value& wrong : {json::value(1), json::value(json::object{}), json::value(false)})
    CAF_CHECK(is_bad("type", wrong));
}

CAF_TEST(times are numbers of seconds or milliseconds or texts) {
  CAF_CHECK(only(sample({{"occurred_at", 1'799'999'999.25}})).occurred_at == now - 750ms);
  CAF_CHECK(only(sample({{"occurred_at", 1'799'999'999'250}})).occurred_at == now - 750ms);
  CAF_CHECK(only(sample({{"occurred_at", to_rfc3339(now - 750ms)}})).occurred_at == now - 750ms);
  CAF_CHECK(only(sample({{"occurred_at", "2027-01-15T09:00:00+01:00"}})).occurred_at == now);
  for (const json::value& wrong : {json::value("1800000000"), json::value("yesterday"), json::value(""),
                                   json::value(true), json::value(1e300), json::value(json::array{})})
    CAF_CHECK(is_bad("occurred_at", wrong));
}

CAF_TEST(times are taken up to their limits and refused beyond) {
  const auto at = [](wall_time x) { return verdict_of("occurred_at", x.time_since_epoch().count()); };
  CAF_CHECK_EQUAL(at(now - 7 * 24h), "accepted");
  CAF_CHECK_EQUAL(at(now - 7 * 24h - 1ms), "too_old: occurred_at is more than 7 days ago");
  CAF_CHECK_EQUAL(at(now + 5min), "accepted");
  CAF_CHECK_EQUAL(at(now + 5min + 1ms), "too_far_ahead: occurred_at is more than 5 minutes ahead");
  CAF_CHECK(verdict_of("occurred_at", 0).starts_with("too_old"));
  CAF_CHECK(verdict_of("occurred_at", "9999-12-31T23:59:59Z").starts_with("too_far_ahead"));
}

CAF_TEST(watching lasts from nothing to a day) {
  CAF_CHECK(only(sample({{"watch_ms", 0}})).watched == 0ms);
  CAF_CHECK(only(sample({{"watch_ms", 86'400'000}})).watched == 24h);
  for (const json::value& wrong : {json::value(-1), json::value(-0.5), json::value(86'400'001),
                                   json::value("1"), json::value(false), json::value(1e300)})
    CAF_CHECK(is_bad("watch_ms", wrong));
}

CAF_TEST(the id of a bad event is shown whenever it is a text) {
  const auto id_of = [](const json::value& x) { return read(json::array(1, x)).rejected.at(0).event_id; };
  const std::string long_id(300, 'x');
  CAF_CHECK(id_of(sample({{"event_id", long_id}})) == long_id);
  CAF_CHECK(id_of(sample({{"event_id", ""}})) == "");
  CAF_CHECK(id_of(sample({{"type", "x"}})) == "e1");
  CAF_CHECK(id_of(sample({{"occurred_at", 0}})) == "e1");
  CAF_CHECK(!id_of(sample({{"event_id", 7}})));
  CAF_CHECK(!id_of(sample({{"event_id", nullptr}})));
  CAF_CHECK(!id_of(json::array{"event_id"}));
}

CAF_TEST(a batch has at most a thousand events good or bad) {
  CAF_CHECK_EQUAL(read(json::array(1'000, sample())).events.size(), 1'000u);
  CAF_CHECK_EQUAL(read(json::array(1'000, 7)).rejected.size(), 1'000u);
  const auto past = refusal(to_text(json::array(1'001, sample())));
  CAF_CHECK(past.code == errc::payload_too_large);
  CAF_CHECK_EQUAL(past.field, "body");
  CAF_CHECK_EQUAL(refusal(to_text(json::object{{"events", json::array(1'001, 7)}})).field, "events");
  std::string lines;
  for (int i = 0; i < 1'000; ++i)
    lines += to_text(sample()) + "\n\n";
  CAF_CHECK_EQUAL(parse_events_ndjson(lines, now)->events.size(), 1'000u);
  CAF_CHECK(parse_events_ndjson(lines + "x", now).error().code == errc::payload_too_large);
}

CAF_TEST(lines are counted without the blank ones) {
  const auto good = to_text(sample());
  const auto out =
      parse_events_ndjson("\xEF\xBB\xBF\r\n" + good + "\r\n \t\n{\n[]\n\n" + good + "x\n" + good, now)
          .value();
  CAF_CHECK_EQUAL(out.events.size(), 2u);
  CAF_REQUIRE_EQUAL(out.rejected.size(), 3u);
  CAF_CHECK_EQUAL(out.rejected[0].index, 1u);
  CAF_CHECK(out.rejected[0].code == event_fault::invalid_json);
  CAF_CHECK(!out.rejected[0].event_id);
  CAF_CHECK_EQUAL(out.rejected[0].detail.substr(0, 43), "the line is not acceptable JSON at byte 1: ");
  CAF_CHECK_EQUAL(out.rejected[1].index, 2u);
  CAF_CHECK(out.rejected[1].code == event_fault::invalid_argument);
  CAF_CHECK_EQUAL(out.rejected[2].index, 3u);
  CAF_CHECK(out.rejected[2].code == event_fault::invalid_json);
  for (const auto* empty : {"", "\n", " \r\n\t"})
    CAF_CHECK(parse_events_ndjson(empty, now)->events.empty());
}

CAF_TEST(the answer counts and lists) {
  CAF_CHECK_EQUAL(write_events_result(0, 0, {}), R"({"accepted":0,"duplicates":0,"rejected":[]})");
  CAF_CHECK_EQUAL(write_events_result(998, 1,
                                      {{4, "a\"b", event_fault::too_old, "why"},
                                       {7, std::nullopt, event_fault::invalid_json, ""}}),
                  R"({"accepted":998,"duplicates":1,"rejected":[)"
                  R"({"index":4,"event_id":"a\"b","code":"too_old","detail":"why"},)"
                  R"({"index":7,"event_id":null,"code":"invalid_json","detail":""}]})");
}

CAF_TEST(good events can be rejected afterwards and all stand by index) {
  auto out = read({sample({{"event_id", "a"}, {"user_hash", "u1"}}), sample({{"type", "applaud"}}),
                   sample({{"event_id", "c"}, {"user_hash", "u2"}}), sample({{"event_id", 4}}),
                   sample({{"event_id", "e"}, {"user_hash", "u1"}}), json::value(6)});
  reject_events(out, event_fault::rate_limited, [](const event& x) {
    return x.user == "u1" ? std::optional<std::string>{"user_hash asks too often"} : std::nullopt;
  });
  CAF_REQUIRE_EQUAL(out.events.size(), 1u);
  CAF_CHECK_EQUAL(out.events.front().event_id, "c");
  CAF_REQUIRE_EQUAL(out.rejected.size(), 5u);
  std::string seen;
  for (const auto& x : out.rejected)
    seen += std::to_string(x.index) + x.event_id.value_or("-") + ' ' +
            std::string{event_fault_names[static_cast<std::size_t>(x.code)]} + '\n';
  CAF_CHECK_EQUAL(seen, "0a rate_limited\n1e1 unknown_type\n3- invalid_argument\n4e rate_limited\n"
                        "5- invalid_argument\n");
  CAF_CHECK_EQUAL(out.rejected.front().detail, "user_hash asks too often");
  reject_events(out, event_fault::rate_limited, [](const event&) { return std::nullopt; });
  CAF_CHECK_EQUAL(out.events.size() + out.rejected.size(), 6u);
}

CAF_TEST(users and videos that no path could name are refused) {
  for (const auto* field : {"user_hash", "video_id"}) {
    auto text =
        std::string{R"([{"event_id":"e","type":"like","user_hash":"u","video_id":"v","occurred_at":)"} +
        std::to_string(now.time_since_epoch().count()) + R"(,")" + field + R"(x":1}])";
    const auto key = '"' + std::string{field} + "\":\"";
    text.replace(text.find(key) + key.size(), 1, "..");
    const auto out = parse_events(text, now).value();
    CAF_REQUIRE_EQUAL(out.rejected.size(), 1u);
    CAF_CHECK(out.rejected[0].detail.starts_with(field));
  }
}
