#define CAF_SUITE domain.stats
#include "tests/support/unit_test.hpp"

#include "domain/stats.hpp"

#include <set>

using namespace kinora;
using namespace std::chrono_literals;

namespace {

constexpr stats_hour one_hour = std::chrono::sys_days{std::chrono::year{2024} / 5 / 31} + 18h;

} // namespace

CAF_TEST(only impressions and views and completions count) {
  CAF_CHECK(engagement_of(event_type::impression) == engagement::impression);
  CAF_CHECK(engagement_of(event_type::view) == engagement::play);
  CAF_CHECK(engagement_of(event_type::complete) == engagement::completion);
  for (const auto type :
       {event_type::like, event_type::share, event_type::skip, event_type::dislike, event_type::follow})
    CAF_CHECK(!engagement_of(type));
}

CAF_TEST(an attribution has the position in its key and is no id of an event) {
  served_position position;
  std::set<std::string> keys;
  for (const auto* key : {"a", "b"})
    for (const auto what : {engagement::impression, engagement::play, engagement::completion}) {
      position.key = key;
      const auto x = attribute(position, what);
      CAF_CHECK(x.key.front() == '\0'); // ids are printable
      CAF_CHECK(x.what == what);
      keys.insert(x.key);
    }
  CAF_CHECK_EQUAL(keys.size(), 6u);
}

CAF_TEST(counts add up by feed type and by side) {
  feed_stats x;
  std::uint64_t n = 1;
  for (const auto type : feed_stats::types)
    for (const auto side : feed_stats::sides) {
      x.at(type, side).add(engagement::impression, n);
      n *= 10;
    }
  CAF_CHECK_EQUAL(x.of(feed_type::personalized).impressions, 111u);
  CAF_CHECK_EQUAL(x.of(feed_type::trending).impressions, 111'000u);
  CAF_CHECK_EQUAL(x.of(rollout_side::none).impressions, 1'001u);
  CAF_CHECK_EQUAL(x.of(rollout_side::out).impressions, 100'100u);
  auto twice = x;
  twice += x;
  CAF_CHECK_EQUAL(twice.of(rollout_side::in).impressions, 20'020u);
}

CAF_TEST(a share that cannot be one is none) {
  CAF_CHECK(!click_through({0, 0, 0}));
  CAF_CHECK(!click_through({0, 5, 0}));
  CAF_CHECK(!click_through({4, 5, 0}));
  CAF_CHECK_EQUAL(click_through({4, 1, 0}).value(), 0.25);
  CAF_CHECK_EQUAL(click_through({4, 4, 0}).value(), 1.0);
  CAF_CHECK(!completion_rate({4, 0, 0}));
  CAF_CHECK(!completion_rate({4, 1, 2}));
  CAF_CHECK_EQUAL(completion_rate({4, 2, 1}).value(), 0.5);
}

CAF_TEST(two kinds are compared where both have a click through) {
  const auto x = difference_of_click_through({70, 56, 0}, {80, 48, 0});
  CAF_REQUIRE(x.has_value());
  CAF_CHECK(std::abs(x->value - 0.2) < 1e-12);
  CAF_CHECK(!difference_of_click_through({0, 0, 0}, {80, 48, 0}));
  CAF_CHECK(!difference_of_click_through({70, 56, 0}, {0, 0, 0}));
  CAF_CHECK(!difference_of_click_through({70, 56, 0}, {80, 81, 0}));
}

CAF_TEST(an hour is over 35 days after its end) {
  const wall_time end = one_hour + 1h + 24h * 35;
  CAF_CHECK(!is_over(one_hour, end - 1ms));
  CAF_CHECK(is_over(one_hour, end));
}
