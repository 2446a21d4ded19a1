#define CAF_SUITE http.rate_limiter
#include "tests/support/unit_test.hpp"

#include "http/rate_limiter.hpp"

#include "tests/support/plain_bucket.hpp"

#include <atomic>
#include <map>
#include <random>
#include <thread>

using namespace kinora;
using namespace kinora::http;
using namespace std::chrono_literals;
using test::plain_bucket;
using test::to_text;

namespace {

const steady_time start{1'000s};

rate_limiter_options options_with(std::size_t buckets, unsigned char secret = 7) {
  rate_limiter_options out;
  out.each = make_rate_limit(4.0, 3);
  out.buckets = buckets;
  for (std::size_t i = 0; i < out.secret.size(); ++i)
    out.secret[i] = static_cast<unsigned char>(secret + 31 * i);
  return out;
}

bool admits(rate_limiter& x, const std::string& tenant, const std::string& user, steady_time now = start) {
  return x.take(tenant, user, now).is_admitted;
}

/// Takes what a full bucket holds.
void drain(rate_limiter& x, const std::string& tenant, const std::string& user, steady_time now = start) {
  for (std::uint32_t i = 0; i < x.each().burst; ++i)
    x.take(tenant, user, now);
}

} // namespace

CAF_TEST(every user of every tenant has a bucket) {
  rate_limiter tested{options_with(1'000)};
  drain(tested, "a", "u");
  CAF_CHECK(!admits(tested, "a", "u"));
  CAF_CHECK(admits(tested, "b", "u"));
  CAF_CHECK(admits(tested, "a", "v"));
  drain(tested, "ab", "c"); // lengths tell them apart
  CAF_CHECK(admits(tested, "a", "bc"));
  CAF_CHECK(admits(tested, "a", "u", start + 250ms));
}

CAF_TEST(buckets say what as many without a bound would as long as they fit) {
  const auto seed = std::random_device{}();
  CAF_MESSAGE("seed " << seed);
  std::mt19937_64 random{seed};
  rate_limiter tested{options_with(8)}; // one set: eight users fit for sure
  std::map<std::string, plain_bucket> plain;
  auto now = start;
  for (int i = 0; i < 50'000; ++i) {
    now += std::chrono::milliseconds{random() % 40};
    const auto user = "u" + std::to_string(random() % 8);
    auto& expected = plain.try_emplace(user, tested.each()).first->second;
    const auto said = to_text(tested.take("t", user, now));
    const auto due = to_text(expected.take(now));
    if (said != due) // a check of each would take seconds
      CAF_FAIL(user << ": " << said << " instead of " << due);
  }
}

CAF_TEST(too many users get more and never less) {
  const auto seed = std::random_device{}();
  CAF_MESSAGE("seed " << seed);
  std::mt19937_64 random{seed};
  rate_limiter tested{options_with(64)};
  struct user {
    plain_bucket plain;
    int admitted = 0;
    int due = 0;
  };
  std::map<std::string, user> users;
  auto now = start;
  for (int i = 0; i < 100'000; ++i) {
    now += std::chrono::microseconds{random() % 2'000};
    const auto name = std::to_string(random() % (1 + random() % 400)); // some ask often, many hardly ever
    auto& x = users.try_emplace(name, user{plain_bucket{tested.each()}}).first->second;
    x.admitted += admits(tested, "t", name, now);
    x.due += x.plain.take(now).is_admitted;
    if (x.admitted < x.due)
      CAF_FAIL("user " << name << " got " << x.admitted << " of " << x.due);
  }
  int more = 0;
  for (const auto& [name, x] : users)
    more += x.admitted - x.due;
  CAF_CHECK_GREATER(more, 0); // or nobody was forgotten, and nothing was tested
}

CAF_TEST(a flood of users who ask once washes nobody out who asked more) {
  rate_limiter tested{options_with(64)};
  drain(tested, "neighbour", "u");
  for (int i = 0; i < 100'000; ++i)
    if (!admits(tested, "flooded", std::to_string(i)))
      CAF_FAIL("refused user " << i);
  CAF_CHECK(!admits(tested, "neighbour", "u"));
  CAF_CHECK(admits(tested, "neighbour", "v"));
}

CAF_TEST(who keeps within the limit is never refused whatever others do) {
  rate_limiter tested{options_with(64)};
  auto now = start;
  for (int i = 0; i < 100'000; ++i) {
    now += 1ms;
    drain(tested, "flooded", std::to_string(i), now);
    if (i % 250 == 0)
      for (int user = 0; user < 20; ++user)
        if (!admits(tested, "neighbour", std::to_string(user), now))
          CAF_FAIL("refused user " << user << " in turn " << i);
  }
}

CAF_TEST(emptier buckets stay and a new user is not held against anybody) {
  rate_limiter tested{options_with(8)};
  for (int i = 0; i < 8; ++i)
    drain(tested, "t", std::to_string(i));
  for (int i = 0; i < 10; ++i)
    CAF_CHECK_EQUAL(to_text(tested.take("t", "new", start)), "yes, 2 left, next in 250000000 ns");
  for (int i = 0; i < 8; ++i)
    CAF_CHECK(!admits(tested, "t", std::to_string(i)));
  for (int i = 0; i < 3; ++i) // they have filled up: there is room again
    CAF_CHECK(admits(tested, "t", "new", start + 1s));
  CAF_CHECK(!admits(tested, "t", "new", start + 1s));
}

CAF_TEST(where a bucket is depends on the secret) {
  auto survivors = [](unsigned char secret) {
    rate_limiter tested{options_with(64, secret)};
    for (int i = 0; i < 256; ++i)
      drain(tested, "t", std::to_string(i), start + std::chrono::nanoseconds{i});
    std::string out;
    for (int i = 0; i < 256; ++i)
      out += admits(tested, "t", std::to_string(i), start + 256ns) ? '.' : 'x';
    return out;
  };
  CAF_CHECK_EQUAL(survivors(1), survivors(1));
  CAF_CHECK(survivors(1) != survivors(2));
}

CAF_TEST(threads take no token twice) {
  auto options = options_with(8);
  options.each.burst = 100'000;
  rate_limiter tested{options};
  std::atomic<int> admitted{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i)
    threads.emplace_back([&] {
      for (int turn = 0; turn < 50'000; ++turn)
        admitted += admits(tested, "t", "u");
    });
  for (auto& x : threads)
    x.join();
  CAF_CHECK_EQUAL(admitted.load(), 100'000);
}
