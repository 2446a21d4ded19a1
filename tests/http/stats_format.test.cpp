#define CAF_SUITE http.stats_format
#include "tests/support/unit_test.hpp"

#include "domain/timestamp.hpp"
#include "http/formats/stats_format.hpp"
#include "http/json_text.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

using namespace kinora;
using namespace kinora::http;
using namespace std::chrono_literals;

namespace {

const wall_time now = *parse_rfc3339("2024-05-31T18:30:00Z");
const std::vector<std::string> declared{"from", "to"};

result<stats_range> range_of(std::string_view query) {
  return read_stats_range(parse_query(query, declared).value(), now);
}

/// "first end", or the field at fault.
std::string shown(std::string_view query) {
  const auto x = range_of(query);
  return x ? to_rfc3339(x->first) + ' ' + to_rfc3339(x->end) : x.error().field;
}

hourly_stats hour(int n, feed_type type, rollout_side side, engagement_counts counts) {
  hourly_stats out{stats_hour{std::chrono::hours{475'000 + n}}, {}};
  out.counts.at(type, side) = counts;
  return out;
}

} // namespace

CAF_TEST(without a range the last seven days are told of) {
  CAF_CHECK_EQUAL(shown(""), "2024-05-24T18:00:00Z 2024-05-31T19:00:00Z");
  CAF_CHECK_EQUAL(shown("to=2024-05-10T00:00:00Z"), "2024-05-03T00:00:00Z 2024-05-10T00:00:00Z");
  CAF_CHECK_EQUAL(shown("from=2024-05-31T18:00:00Z"), "2024-05-31T18:00:00Z 2024-07-05T18:00:00Z");
}

CAF_TEST(a range is the whole hours that it touches) {
  CAF_CHECK_EQUAL(shown("from=2024-05-30T10:00:00Z&to=2024-05-30T11:00:00Z"),
                  "2024-05-30T10:00:00Z 2024-05-30T11:00:00Z");
  CAF_CHECK_EQUAL(shown("from=2024-05-30T10:59:59.999Z&to=2024-05-30T11:00:00.001Z"),
                  "2024-05-30T10:00:00Z 2024-05-30T12:00:00Z");
  CAF_CHECK_EQUAL(shown("from=2024-05-30T10:15:00Z&to=2024-05-30T10:15:00.001Z"),
                  "2024-05-30T10:00:00Z 2024-05-30T11:00:00Z");
}

CAF_TEST(a time is written as in a body) {
  for (const auto* from :
       {"1717142400", "1717142400000", "2024-05-31T08:00:00Z", "2024-05-31T10:00:00%2B02:00", "1.7171424e9"})
    CAF_CHECK_EQUAL(shown("to=1717146000&from=" + std::string{from}),
                    "2024-05-31T08:00:00Z 2024-05-31T09:00:00Z");
  for (const auto* wrong : {"", "yesterday", "1717142400x", "nan", "inf", "1e300", "2024-05-31", "-"}) {
    CAF_CHECK_EQUAL(shown("from=" + std::string{wrong}), "from");
    CAF_CHECK_EQUAL(shown("to=" + std::string{wrong}), "to");
  }
}

CAF_TEST(a range begins before its end and is at most 35 days long) {
  CAF_CHECK_EQUAL(shown("from=1717142400&to=1717142400"), "from");
  CAF_CHECK_EQUAL(shown("from=1717142401&to=1717142400"), "from");
  const std::string to = "&to=2024-05-31T18:30:00Z";
  CAF_CHECK_EQUAL(shown("from=2024-06-30T00:00:00Z" + to), "from");
  CAF_CHECK_EQUAL(shown("from=2024-04-26T18:30:00Z" + to), "2024-04-26T18:00:00Z 2024-05-31T19:00:00Z");
  CAF_CHECK_EQUAL(shown("from=2024-04-26T18:29:59.999Z" + to), "from");
  CAF_CHECK(range_of("from=2024-01-01T00:00:00Z" + to).error().detail.find("35 days") != std::string::npos);
  for (const auto* far : {"from=9999-12-31T23:59:59Z", "to=0001-01-01T00:00:00Z", "from=-62135596800"})
    CAF_CHECK(range_of(far).has_value());
}

CAF_TEST(an answer adds the hours up and compares) {
  const stats_range range{stats_hour{475'000h}, stats_hour{475'002h}};
  const auto text = write_stats(range, {hour(0, feed_type::personalized, rollout_side::in, {30, 26, 6}),
                                        hour(1, feed_type::personalized, rollout_side::in, {40, 30, 7}),
                                        hour(1, feed_type::trending, rollout_side::out, {80, 48, 0})});
  const auto body = parse_json(text, "body").value();
  CAF_CHECK_EQUAL(
      to_text(body.at("totals")),
      R"([{"feed_type":"personalized","rollout":"in","impressions":70,"plays":56,"completions":13,)"
      R"("click_through":0.8,"completion_rate":0.23214285714285715},)"
      R"({"feed_type":"trending","rollout":"out","impressions":80,"plays":48,"completions":0,)"
      R"("click_through":0.6,"completion_rate":0}])");
  CAF_CHECK_EQUAL(body.at("hours").as_array().size(), 3u);
  CAF_CHECK_EQUAL(body.at("hours").at(0).at("hour").as_string(), to_rfc3339(range.first));
  CAF_CHECK_EQUAL(body.at("from").as_string(), to_rfc3339(range.first));
  CAF_CHECK_EQUAL(body.at("to").as_string(), to_rfc3339(range.end));
  for (const auto* what : {"in_minus_out", "personalized_minus_trending"}) {
    const auto& x = body.at("difference").at(what);
    CAF_CHECK(std::abs(x.at("value").to_number<double>() - 0.2) < 1e-12);
    CAF_CHECK(std::abs(x.at("low").to_number<double>() - 0.0524) < 0.00005);
    CAF_CHECK(std::abs(x.at("high").to_number<double>() - 0.3339) < 0.00005);
    CAF_CHECK_EQUAL(x.at("confidence").to_number<double>(), 0.95);
  }
}

CAF_TEST(what cannot be compared is null) {
  const stats_range range{stats_hour{475'000h}, stats_hour{475'001h}};
  const auto nothing = parse_json(write_stats(range, {}), "body").value();
  CAF_CHECK_EQUAL(to_text(nothing.at("totals")), "[]");
  CAF_CHECK_EQUAL(to_text(nothing.at("hours")), "[]");
  CAF_CHECK_EQUAL(to_text(nothing.at("difference")),
                  R"({"in_minus_out":null,"personalized_minus_trending":null})");
  const auto no_impressions =
      parse_json(write_stats(range, {hour(0, feed_type::personalized, rollout_side::in, {0, 3, 4}),
                                     hour(0, feed_type::trending, rollout_side::out, {80, 48, 0})}),
                 "body")
          .value();
  CAF_CHECK(no_impressions.at("totals").at(0).at("click_through").is_null());
  CAF_CHECK(no_impressions.at("totals").at(0).at("completion_rate").is_null());
  CAF_CHECK(no_impressions.at("difference").at("in_minus_out").is_null());
}
