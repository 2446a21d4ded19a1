#define CAF_SUITE domain.circuit_breaker
#include "tests/support/unit_test.hpp"

#include "domain/circuit_breaker.hpp"

#include <algorithm>
#include <random>
#include <vector>

using namespace kinora;
using namespace std::chrono_literals;

namespace {

constexpr bool probe = true;
constexpr bool ordinary = false;

constexpr breaker_options options{.failure_threshold = 3,
                                  .recovery_timeout = 1'000ms,
                                  .probes_max = 3,
                                  .successes_to_close = 3,
                                  .permit_ttl = 100ms};

constexpr steady_time at(std::chrono::milliseconds x) {
  return steady_time{} + x;
}

struct fixture {
  circuit_breaker breaker{options};

  /// Opens it with calls one after another; the last one ends at 30 ms, so it may be tried again at 1,030 ms.
  void open() {
    for (auto begin = 0ms; begin < 30ms; begin += 10ms)
      breaker.on_failure(at(begin), at(begin + 10ms), ordinary);
    CAF_REQUIRE(breaker.state(at(30ms)) == breaker_state::open);
  }
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(circuit_breaker_tests, fixture)

CAF_TEST(a new breaker is closed and pristine and lets calls go) {
  CAF_CHECK(breaker.state(at(0ms)) == breaker_state::closed);
  CAF_CHECK(breaker.pristine());
  CAF_CHECK(breaker.acquire_probe(at(0ms)));
  CAF_CHECK(breaker.pristine());
}

CAF_TEST(as many consecutive failures as the threshold open it) {
  breaker.on_failure(at(0ms), at(10ms), ordinary);
  breaker.on_failure(at(10ms), at(20ms), ordinary);
  CAF_CHECK(breaker.state(at(20ms)) == breaker_state::closed);
  CAF_CHECK_EQUAL(breaker.consecutive_failures(), 2u);
  CAF_CHECK(!breaker.pristine());
  breaker.on_failure(at(20ms), at(30ms), ordinary);
  CAF_CHECK(breaker.state(at(30ms)) == breaker_state::open);
  CAF_CHECK_EQUAL(breaker.consecutive_failures(), 3u);
  CAF_CHECK(breaker.retry_at() == at(1'030ms));
}

CAF_TEST(failures of calls in flight together count once) {
  for (int i = 0; i < 50; ++i)
    breaker.on_failure(at(0ms), at(10ms), ordinary);
  breaker.on_failure(at(9ms), at(19ms), ordinary);
  CAF_CHECK_EQUAL(breaker.consecutive_failures(), 1u);
  breaker.on_failure(at(10ms), at(20ms), ordinary);
  CAF_CHECK_EQUAL(breaker.consecutive_failures(), 2u);
}

CAF_TEST(a success between failures starts the count anew) {
  breaker.on_failure(at(0ms), at(10ms), ordinary);
  breaker.on_failure(at(10ms), at(20ms), ordinary);
  breaker.on_success(at(20ms), at(21ms), ordinary);
  CAF_CHECK(breaker.pristine());
  breaker.on_failure(at(21ms), at(31ms), ordinary);
  breaker.on_failure(at(31ms), at(41ms), ordinary);
  CAF_CHECK(breaker.state(at(41ms)) == breaker_state::closed);
}

CAF_TEST(a late success of a call that began before the last failure resets nothing) {
  breaker.on_failure(at(0ms), at(10ms), ordinary);
  breaker.on_failure(at(10ms), at(20ms), ordinary);
  breaker.on_success(at(19ms), at(25ms), ordinary);
  CAF_CHECK_EQUAL(breaker.consecutive_failures(), 2u);
}

CAF_TEST(an open breaker admits nobody before its recovery time) {
  open();
  CAF_CHECK(!breaker.acquire_probe(at(30ms)));
  CAF_CHECK(!breaker.acquire_probe(at(1'029ms)));
  CAF_CHECK(breaker.state(at(1'029ms)) == breaker_state::open);
  CAF_CHECK(breaker.state(at(1'030ms)) == breaker_state::half_open);
  CAF_CHECK(breaker.acquire_probe(at(1'030ms)));
}

CAF_TEST(outcomes of ordinary calls change nothing while it is not closed) {
  open();
  for (const auto now : {40ms, 1'030ms}) {
    static_cast<void>(breaker.acquire_probe(at(now)));
    for (const auto began : {0ms, 29ms, 35ms})
      for (int i = 0; i < 5; ++i) {
        breaker.on_success(at(began), at(now), ordinary);
        breaker.on_failure(at(began), at(now), ordinary);
      }
    CAF_CHECK(breaker.state(at(now)) == (now == 40ms ? breaker_state::open : breaker_state::half_open));
    CAF_CHECK_EQUAL(breaker.consecutive_failures(), 3u);
    CAF_CHECK(breaker.retry_at() == at(1'030ms));
  }
}

CAF_TEST(no more than the permitted number of probes are out) {
  open();
  for (int i = 0; i < 3; ++i)
    CAF_CHECK(breaker.acquire_probe(at(1'030ms)));
  CAF_CHECK(!breaker.acquire_probe(at(1'031ms)));
  breaker.on_success(at(1'030ms), at(1'035ms), probe);
  CAF_CHECK(breaker.acquire_probe(at(1'035ms)));
  CAF_CHECK(!breaker.acquire_probe(at(1'035ms)));
}

CAF_TEST(successful probes close it) {
  open();
  for (const auto now : {1'030ms, 1'040ms, 1'050ms}) {
    CAF_CHECK(breaker.state(at(now)) == breaker_state::half_open);
    CAF_REQUIRE(breaker.acquire_probe(at(now)));
    breaker.on_success(at(now), at(now + 5ms), probe);
  }
  CAF_CHECK(breaker.state(at(1'055ms)) == breaker_state::closed);
  CAF_CHECK(breaker.pristine());
}

CAF_TEST(one failed probe opens it again and takes away earlier successes) {
  open();
  for (const auto now : {1'030ms, 1'040ms, 1'050ms})
    CAF_REQUIRE(breaker.acquire_probe(at(now)));
  breaker.on_success(at(1'030ms), at(1'051ms), probe);
  breaker.on_success(at(1'040ms), at(1'051ms), probe);
  breaker.on_failure(at(1'050ms), at(1'060ms), probe);
  CAF_CHECK(breaker.state(at(1'060ms)) == breaker_state::open);
  CAF_CHECK_EQUAL(breaker.consecutive_failures(), 4u);
  CAF_CHECK(breaker.retry_at() == at(2'060ms));
  CAF_CHECK(!breaker.acquire_probe(at(2'059ms)));
  CAF_REQUIRE(breaker.acquire_probe(at(2'060ms)));
  breaker.on_success(at(2'060ms), at(2'061ms), probe);
  CAF_CHECK(breaker.state(at(2'061ms)) == breaker_state::half_open);
}

CAF_TEST(probes of an earlier recovery decide nothing in a later one) {
  open();
  CAF_REQUIRE(breaker.acquire_probe(at(1'030ms)));
  CAF_REQUIRE(breaker.acquire_probe(at(1'031ms)));
  breaker.on_failure(at(1'030ms), at(1'040ms), probe);
  breaker.dependency_restarted(at(1'050ms));
  CAF_REQUIRE(breaker.acquire_probe(at(1'060ms)));
  breaker.on_failure(at(1'031ms), at(1'070ms), probe);
  CAF_CHECK(breaker.state(at(1'070ms)) == breaker_state::half_open);
  CAF_CHECK_EQUAL(breaker.consecutive_failures(), 4u);
}

CAF_TEST(a permit keeps its place when the breaker opens again) {
  open();
  for (int i = 0; i < 3; ++i)
    CAF_REQUIRE(breaker.acquire_probe(at(1'030ms)));
  breaker.on_failure(at(1'030ms), at(1'040ms), probe);
  breaker.dependency_restarted(at(1'050ms));
  CAF_CHECK(breaker.acquire_probe(at(1'050ms)));
  CAF_CHECK(!breaker.acquire_probe(at(1'050ms)));
  breaker.on_success(at(1'030ms), at(1'060ms), probe);
  CAF_CHECK(breaker.acquire_probe(at(1'060ms)));
}

CAF_TEST(a permit whose outcome never came is free again after its time) {
  open();
  for (int i = 0; i < 3; ++i)
    CAF_REQUIRE(breaker.acquire_probe(at(1'030ms)));
  CAF_CHECK(!breaker.acquire_probe(at(1'129ms)));
  for (int i = 0; i < 3; ++i)
    CAF_CHECK(breaker.acquire_probe(at(1'130ms)));
  CAF_CHECK(!breaker.acquire_probe(at(1'130ms)));
}

CAF_TEST(the outcome of an expired permit is ignored and frees no place of another) {
  open();
  CAF_REQUIRE(breaker.acquire_probe(at(1'030ms)));
  for (int i = 0; i < 3; ++i)
    CAF_REQUIRE(breaker.acquire_probe(at(1'130ms)));
  breaker.on_failure(at(1'030ms), at(1'131ms), probe);
  CAF_CHECK(breaker.state(at(1'131ms)) == breaker_state::half_open);
  CAF_CHECK(!breaker.acquire_probe(at(1'131ms)));
}

CAF_TEST(a restart of the dependency ends the waiting time) {
  open();
  breaker.dependency_restarted(at(50ms));
  CAF_CHECK(breaker.state(at(50ms)) == breaker_state::half_open);
  CAF_CHECK(breaker.acquire_probe(at(50ms)));
}

CAF_TEST(a restart of the dependency changes nothing unless it is open) {
  breaker.on_failure(at(0ms), at(10ms), ordinary);
  breaker.dependency_restarted(at(10ms));
  CAF_CHECK(breaker.state(at(10ms)) == breaker_state::closed);
  CAF_CHECK_EQUAL(breaker.consecutive_failures(), 1u);
  breaker.reset();
  open();
  for (int i = 0; i < 3; ++i)
    CAF_REQUIRE(breaker.acquire_probe(at(1'030ms)));
  breaker.on_success(at(1'030ms), at(1'035ms), probe);
  breaker.on_success(at(1'030ms), at(1'035ms), probe);
  breaker.dependency_restarted(at(1'040ms));
  breaker.on_success(at(1'030ms), at(1'045ms), probe);
  CAF_CHECK(breaker.state(at(1'045ms)) == breaker_state::closed);
}

CAF_TEST(a failure from before it opened does not count after it has closed) {
  open();
  for (int i = 0; i < 3; ++i)
    CAF_REQUIRE(breaker.acquire_probe(at(1'030ms)));
  for (int i = 0; i < 3; ++i)
    breaker.on_success(at(1'030ms), at(1'035ms), probe);
  breaker.on_failure(at(25ms), at(1'040ms), ordinary);
  CAF_CHECK(breaker.pristine());
}

CAF_TEST(a probe that is still out when it closes is an ordinary call) {
  breaker = circuit_breaker{{.failure_threshold = 3,
                             .recovery_timeout = 1'000ms,
                             .probes_max = 3,
                             .successes_to_close = 1,
                             .permit_ttl = 100ms}};
  open();
  CAF_REQUIRE(breaker.acquire_probe(at(1'030ms)));
  CAF_REQUIRE(breaker.acquire_probe(at(1'030ms)));
  breaker.on_success(at(1'030ms), at(1'035ms), probe);
  breaker.on_failure(at(1'030ms), at(1'040ms), probe);
  CAF_CHECK(breaker.state(at(1'040ms)) == breaker_state::closed);
  CAF_CHECK_EQUAL(breaker.consecutive_failures(), 1u);
}

CAF_TEST(closing frees every permit for the next recovery) {
  breaker = circuit_breaker{{.failure_threshold = 1,
                             .recovery_timeout = 10ms,
                             .probes_max = 3,
                             .successes_to_close = 1,
                             .permit_ttl = 100ms}};
  breaker.on_failure(at(0ms), at(5ms), ordinary);
  for (int i = 0; i < 3; ++i)
    CAF_REQUIRE(breaker.acquire_probe(at(15ms)));
  breaker.on_success(at(15ms), at(16ms), probe);
  breaker.on_failure(at(16ms), at(20ms), ordinary);
  for (int i = 0; i < 3; ++i)
    CAF_CHECK(breaker.acquire_probe(at(30ms)));
}

CAF_TEST(a reset makes it as new) {
  open();
  breaker.reset();
  CAF_CHECK(breaker.pristine());
  CAF_CHECK(breaker.state(at(31ms)) == breaker_state::closed);
  breaker.on_failure(at(31ms), at(41ms), ordinary);
  CAF_CHECK_EQUAL(breaker.consecutive_failures(), 1u);
}

CAF_TEST_FIXTURE_SCOPE_END()

namespace {

struct call {
  steady_time began;
  bool probe;
};

/// Random callers of one breaker: begins calls as a board would let them, ends them in any order, loses some,
/// and watches every step.
class random_world {
public:
  explicit random_world(std::uint64_t seed) : random_{seed} {}

  /// Returns what went wrong, or nothing.
  const char* step() {
    now_ += std::chrono::milliseconds{chance(20) ? random_() % 1'500 : random_() % 8};
    const auto before = breaker_.state(now_);
    switch (random_() % 10) {
    case 0: return chance(5) ? restart(before) : nullptr;
    case 1:
    case 2:
    case 3:
    case 4: return begin(before);
    default: return end(before);
    }
  }

  int openings = 0;
  int closings = 0;

private:
  bool chance(std::uint64_t percent) { return random_() % 100 < percent; }

  const char* restart(breaker_state before) {
    breaker_.dependency_restarted(now_);
    const auto expected = before == breaker_state::open ? breaker_state::half_open : before;
    return breaker_.state(now_) == expected ? nullptr : "a restart may only turn open into half-open";
  }

  const char* begin(breaker_state before) {
    if (before == breaker_state::closed) {
      in_flight_.push_back({now_, false});
      return nullptr;
    }
    if (chance(10)) // a caller with an outdated view of the breaker
      in_flight_.push_back({now_, false});
    std::erase_if(permits_, [&](steady_time x) { return now_ - x >= options.permit_ttl; });
    const bool expected = before == breaker_state::half_open && permits_.size() < options.probes_max;
    const bool admitted = breaker_.acquire_probe(now_);
    if (admitted && before == breaker_state::open)
      return "an open breaker admitted a call before its recovery time";
    if (admitted && permits_.size() >= options.probes_max)
      return "too many probes are out";
    if (admitted != expected)
      return "a probe was refused though there was room";
    if (admitted) {
      permits_.push_back(now_);
      in_flight_.push_back({now_, true});
    }
    return nullptr;
  }

  const char* end(breaker_state before) {
    if (in_flight_.empty())
      return nullptr;
    const auto chosen = in_flight_.begin() + static_cast<std::ptrdiff_t>(random_() % in_flight_.size());
    const auto ended = *chosen;
    in_flight_.erase(chosen);
    if (chance(5))
      return nullptr; // its outcome is lost
    if (ended.probe)
      if (const auto x = std::ranges::find(permits_, ended.began); x != permits_.end())
        permits_.erase(x);
    const auto failures_before = breaker_.consecutive_failures();
    const bool failed = chance(40);
    if (failed)
      breaker_.on_failure(ended.began, now_, ended.probe);
    else
      breaker_.on_success(ended.began, now_, ended.probe);
    const auto after = breaker_.state(now_);
    if (after == breaker_state::closed && before != after) {
      permits_.clear();
      ++closings;
    }
    openings += after == breaker_state::open && before != after;
    return judge(before, after, failures_before, failed, ended.probe);
  }

  const char* judge(breaker_state before, breaker_state after, std::uint32_t failures_before, bool failed,
                    bool was_probe) const {
    const auto failures = breaker_.consecutive_failures();
    if (failures > failures_before + 1)
      return "one outcome counted more than once";
    if (after == breaker_state::closed && failures >= options.failure_threshold)
      return "closed with as many failures as the threshold";
    if (before == breaker_state::open && after != before)
      return "an outcome ended the waiting time";
    if (before == breaker_state::closed && after != before &&
        (!failed || failures < options.failure_threshold))
      return "opened without enough failures";
    if (before != breaker_state::closed && !was_probe && (after != before || failures != failures_before))
      return "an ordinary call counted though the breaker was not closed";
    if (before == breaker_state::half_open && after == breaker_state::closed && failed)
      return "a failure closed it";
    return nullptr;
  }

  std::mt19937_64 random_;
  circuit_breaker breaker_{options};
  steady_time now_ = at(0ms);
  std::vector<call> in_flight_;
  std::vector<steady_time> permits_; ///< Given and neither returned nor expired.
};

} // namespace

CAF_TEST(no sequence of outcomes breaks the rules) {
  const auto seed = std::random_device{}();
  int openings = 0;
  int closings = 0;
  for (std::uint64_t run = 0; run < 50; ++run) {
    random_world world{seed + run};
    for (int i = 0; i < 5'000; ++i)
      if (const auto* broken = world.step())
        CAF_FAIL("seed " << seed + run << ", step " << i << ": " << broken);
    openings += world.openings;
    closings += world.closings;
  }
  CAF_CHECK_GREATER(openings, 100);
  CAF_CHECK_GREATER(closings, 100);
}
