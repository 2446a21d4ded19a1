#define CAF_SUITE domain.restart_policy
#include "tests/support/unit_test.hpp"

#include "domain/restart_policy.hpp"

#include <set>
#include <vector>

using namespace kinora;
using namespace std::chrono_literals;
using std::chrono::milliseconds;

namespace {

constexpr std::uint64_t seed = 42;

constexpr steady_time at(milliseconds x) {
  return steady_time{} + x;
}

/// The crashes of a child that falls over as soon as it is started, `count` of them.
std::vector<restart_policy::decision> crash_on_start(restart_policy& policy, int count) {
  std::vector<restart_policy::decision> decisions;
  auto now = at(0ms);
  for (int i = 0; i < count; ++i) {
    decisions.push_back(policy.on_crash(now));
    now += decisions.back().delay;
  }
  return decisions;
}

bool is_about(milliseconds delay, milliseconds nominal) {
  return delay * 10 >= nominal * 8 && delay * 10 <= nominal * 12;
}

} // namespace

CAF_TEST(the first restart is immediate and each further one waits about twice as long) {
  restart_policy policy{{.intensity = 100, .period = 10min}, seed};
  const auto decisions = crash_on_start(policy, 12);
  CAF_CHECK(decisions[0] == (restart_policy::decision{false, 0ms}));
  const milliseconds nominal[] = {50ms,    100ms,   200ms,    400ms,    800ms,   1'600ms,
                                  3'200ms, 6'400ms, 10'000ms, 10'000ms, 10'000ms};
  for (std::size_t i = 0; i < std::size(nominal); ++i) {
    CAF_CHECK(!decisions[i + 1].quarantined);
    CAF_CHECK(is_about(decisions[i + 1].delay, nominal[i]));
  }
}

CAF_TEST(past the intensity the child is in quarantine and probed) {
  restart_policy policy{{}, seed};
  const auto decisions = crash_on_start(policy, 200);
  for (std::size_t i = 0; i < 5; ++i)
    CAF_CHECK(!decisions[i].quarantined);
  for (std::size_t i = 5; i < decisions.size(); ++i)
    CAF_CHECK(decisions[i] == (restart_policy::decision{true, 2'000ms}));
}

CAF_TEST(quarantine lasts while probes are fewer in a period than the intensity) {
  restart_policy policy{{.period = 5s}, seed};
  const auto decisions = crash_on_start(policy, 50);
  for (std::size_t i = 5; i < decisions.size(); ++i)
    CAF_CHECK(decisions[i].quarantined);
}

CAF_TEST(a child that lived for longer than a period is forgiven) {
  restart_policy policy{{}, seed};
  for (int i = 0; i < 6; ++i)
    static_cast<void>(policy.on_crash(at(0ms)));
  CAF_CHECK(policy.on_crash(at(30s)).quarantined);
  CAF_CHECK(policy.on_crash(at(60'001ms)) == (restart_policy::decision{false, 0ms}));
  CAF_CHECK(is_about(policy.on_crash(at(60'002ms)).delay, 50ms));
}

CAF_TEST(crashes further apart than the period always restart at once) {
  restart_policy policy{{}, seed};
  for (int i = 0; i < 20; ++i)
    CAF_CHECK(policy.on_crash(at(i * 30'001ms)) == (restart_policy::decision{false, 0ms}));
}

CAF_TEST(the budget counts crashes within any period not within fixed ones) {
  restart_policy policy{{.intensity = 2, .period = 10s}, seed};
  CAF_CHECK(!policy.on_crash(at(0s)).quarantined);
  CAF_CHECK(!policy.on_crash(at(8s)).quarantined);
  CAF_CHECK(!policy.on_crash(at(12s)).quarantined);
  CAF_CHECK(policy.on_crash(at(17s)).quarantined);
}

CAF_TEST(the delay goes on growing while crashes stay within the period) {
  restart_policy policy{{.intensity = 3, .period = 10s}, seed};
  const milliseconds nominal[] = {0ms, 50ms, 100ms, 200ms, 400ms, 800ms};
  for (int i = 0; i < 6; ++i)
    CAF_CHECK(is_about(policy.on_crash(at(i * 4s)).delay, nominal[i]));
}

CAF_TEST(the seed decides the jitter) {
  const auto delays = [](std::uint64_t x) {
    restart_policy policy{{}, x};
    std::vector<milliseconds> all;
    for (const auto& d : crash_on_start(policy, 5))
      all.push_back(d.delay);
    return all;
  };
  CAF_CHECK(delays(1) == delays(1));
  std::set<std::vector<milliseconds>> different;
  for (std::uint64_t x = 0; x < 20; ++x)
    different.insert(delays(x));
  CAF_CHECK_GREATER(different.size(), 15u);
}

CAF_TEST(an intensity of zero allows probes only) {
  restart_policy policy{{.intensity = 0}, seed};
  for (const auto& d : crash_on_start(policy, 3))
    CAF_CHECK(d.quarantined);
}
