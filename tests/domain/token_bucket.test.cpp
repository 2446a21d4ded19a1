#define CAF_SUITE domain.token_bucket
#include "tests/support/unit_test.hpp"

#include "domain/token_bucket.hpp"

#include "tests/support/plain_bucket.hpp"

#include <random>

using namespace kinora;
using namespace std::chrono_literals;
using test::plain_bucket;
using test::to_text;

namespace {

const steady_time start{1'000s};

/// Four requests a second, three at once.
const rate_limit four_a_second = make_rate_limit(4.0, 3);

struct fixture {
  token_bucket tested;

  std::string take(std::chrono::nanoseconds after) {
    return to_text(tested.take(four_a_second, start + after));
  }
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(token_bucket_tests, fixture)

CAF_TEST(a burst is taken at once and then a token each interval) {
  CAF_CHECK_EQUAL(take(0ms), "yes, 2 left, next in 250000000 ns");
  CAF_CHECK_EQUAL(take(0ms), "yes, 1 left, next in 250000000 ns");
  CAF_CHECK_EQUAL(take(0ms), "yes, 0 left, next in 250000000 ns");
  CAF_CHECK_EQUAL(take(0ms), "no, 0 left, next in 250000000 ns");
  CAF_CHECK_EQUAL(take(249'999'999ns), "no, 0 left, next in 1 ns");
  CAF_CHECK_EQUAL(take(250ms), "yes, 0 left, next in 250000000 ns");
  CAF_CHECK_EQUAL(take(499'999'999ns), "no, 0 left, next in 1 ns");
  CAF_CHECK_EQUAL(take(900ms), "yes, 1 left, next in 100000000 ns"); // 2.6 tokens had come
}

CAF_TEST(a bucket holds no more than a burst however long it rests) {
  for (int i = 0; i < 3; ++i)
    take(0ms);
  CAF_CHECK_EQUAL(take(24h), "yes, 2 left, next in 250000000 ns");
}

CAF_TEST(what is refused costs nothing) {
  for (int i = 0; i < 3; ++i)
    take(0ms);
  for (int i = 0; i < 1'000; ++i)
    CAF_CHECK_EQUAL(take(100ms), "no, 0 left, next in 150000000 ns");
  CAF_CHECK_EQUAL(take(250ms), "yes, 0 left, next in 250000000 ns");
}

CAF_TEST(a clock that goes back makes no tokens and takes none away for good) {
  CAF_CHECK_EQUAL(take(10s), "yes, 2 left, next in 250000000 ns");
  CAF_CHECK_EQUAL(take(10s), "yes, 1 left, next in 250000000 ns");
  CAF_CHECK_EQUAL(take(9s), "no, 0 left, next in 1000000000 ns"); // the last token was there from 10 s on
  CAF_CHECK_EQUAL(take(10s), "yes, 0 left, next in 250000000 ns");
  CAF_CHECK_EQUAL(take(0s), "no, 0 left, next in 10250000000 ns");
  CAF_CHECK_EQUAL(take(10'250ms), "yes, 0 left, next in 250000000 ns");
}

CAF_TEST(the settings make a limit) {
  CAF_CHECK(four_a_second.interval == 250ms);
  CAF_CHECK(four_a_second.fill_time() == 750ms);
  CAF_CHECK_EQUAL(make_rate_limit(4.0, 0).burst, 8u);
  CAF_CHECK_EQUAL(make_rate_limit(0.7, 0).burst, 2u);
  CAF_CHECK_EQUAL(make_rate_limit(0.001, 0).burst, 1u);
  CAF_CHECK(make_rate_limit(0.001, 0).interval == 1'000s);
  CAF_CHECK(make_rate_limit(rate_per_sec_max, 1).interval == 1us);
  CAF_CHECK(make_rate_limit(3.0, 1).interval == 333'333'333ns);
  CAF_CHECK_EQUAL(make_rate_limit(rate_per_sec_max, 0).burst, 2'000'000u);
}

CAF_TEST(the slowest and largest bucket does not overflow) {
  const auto slowest = make_rate_limit(rate_per_sec_min, rate_burst_max);
  for (std::uint32_t i = 0; i < rate_burst_max; ++i)
    if (!tested.take(slowest, start).is_admitted)
      CAF_FAIL("refused at " << i);
  CAF_CHECK_EQUAL(to_text(tested.take(slowest, start)), "no, 0 left, next in 1000000000000 ns");
}

CAF_TEST(it says what a plainly written bucket says) {
  const auto seed = std::random_device{}();
  CAF_MESSAGE("seed " << seed);
  std::mt19937_64 random{seed};
  auto pick = [&](std::uint64_t max) { return random() % (max + 1); };
  for (int round = 0; round < 200; ++round) {
    const rate_limit by{std::chrono::nanoseconds{1 + pick(1'000)}, static_cast<std::uint32_t>(1 + pick(9))};
    token_bucket bucket;
    plain_bucket plain{by};
    auto now = start;
    for (int i = 0; i < 500; ++i) {
      now += std::chrono::nanoseconds{pick(1) * pick(static_cast<std::uint64_t>(by.interval.count()) * 3)};
      const auto said = to_text(bucket.take(by, now));
      const auto expected = to_text(plain.take(now));
      if (said != expected) // a check of each would take seconds
        CAF_FAIL(said << " instead of " << expected);
    }
  }
}

CAF_TEST(who keeps to a burst in any time to fill is never refused) {
  const auto seed = std::random_device{}();
  CAF_MESSAGE("seed " << seed);
  std::mt19937_64 random{seed};
  std::vector<steady_time> asked; // when
  auto now = start;
  for (int i = 0; i < 20'000; ++i) {
    now += std::chrono::milliseconds{random() % 200};
    const auto recent =
        std::ranges::count_if(asked, [&](auto at) { return at > now - four_a_second.fill_time(); });
    if (recent >= four_a_second.burst)
      continue;
    if (!tested.take(four_a_second, now).is_admitted)
      CAF_FAIL("refused at request " << i);
    asked.push_back(now);
    if (asked.size() > 10)
      asked.erase(asked.begin());
  }
}

CAF_TEST_FIXTURE_SCOPE_END()
