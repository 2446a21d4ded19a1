#define CAF_SUITE domain.concurrency_limit
#include "tests/support/unit_test.hpp"

#include "domain/concurrency_limit.hpp"

#include <algorithm>
#include <deque>
#include <functional>
#include <optional>
#include <queue>
#include <random>

using namespace kinora;
using namespace std::chrono_literals;

namespace {

using nanoseconds = std::chrono::nanoseconds;

constexpr concurrency_limit_options options{.min = 2, .max = 32, .slack = 1ms};

/// A dependency whose calls all take, and wait, as long as they are told to.
struct fixture {
  concurrency_limit tested{options};
  steady_time now{};

  /// A window of calls, as many in flight as the limit allows unless told otherwise. One in `lost` is lost.
  void window(nanoseconds alone, nanoseconds waited, std::optional<std::size_t> in_flight = {},
              int lost = 1'000) {
    const auto at_once = in_flight.value_or(tested.limit());
    for (int i = 1; i <= 21; ++i) {
      now += 2'500us;
      tested.add({now, alone + waited, waited, at_once, i % lost == 0});
    }
  }

  void windows(int count, nanoseconds alone, nanoseconds waited) {
    for (int i = 0; i < count; ++i)
      window(alone, waited);
  }
};

/// What one caller gets out of a dependency, event by event: feeds come at random, wait until the limit lets
/// them ask, and want their answer within their time. `servers` work on calls, each in the order of its own
/// line, and drop those whose time is over.
class simulation {
public:
  struct setup {
    std::size_t servers = 2;
    double per_sec = 0;
    nanoseconds timeout{10ms};
    nanoseconds patience{50ms}; ///< Who waited for so long is not let in any more.
  };

  struct outcome {
    double per_sec;      ///< Answers in time.
    nanoseconds longest; ///< From coming to answer.
  };

  simulation(setup x, std::function<std::size_t()> limit, std::function<void(const finished_call&)> tell)
      : setup_{x}, limit_{std::move(limit)}, tell_{std::move(tell)}, servers_(x.servers) {}

  /// Runs on, with calls that take the dependency `service` on average, and looks at all but `unseen`.
  outcome run(nanoseconds service, nanoseconds duration, nanoseconds unseen = 0s) {
    service_ = service;
    const auto end = now_ + duration;
    seen_from_ = now_ + unseen;
    good_ = 0;
    longest_ = 0s;
    if (!is_arriving_)
      arrive();
    is_arriving_ = true;
    while (events_.top().at < end) {
      const auto next = events_.top();
      events_.pop();
      now_ = next.at;
      next.run();
    }
    now_ = end;
    return {static_cast<double>(good_) / std::chrono::duration<double>{duration - unseen}.count(), longest_};
  }

private:
  struct event {
    steady_time at;
    std::uint64_t order;
    std::function<void()> run;
    bool operator<(const event& other) const { return std::tie(other.at, other.order) < std::tie(at, order); }
  };

  struct call {
    steady_time came;
    steady_time began;
    std::optional<steady_time> taken_up{};
    bool is_over = false;
  };
  using call_ptr = std::shared_ptr<call>;

  struct server {
    std::deque<call_ptr> line;
    bool is_busy = false;
  };

  void after(nanoseconds delay, std::function<void()> run) {
    events_.push({now_ + delay, order_++, std::move(run)});
  }

  void arrive() {
    const auto gap = std::exponential_distribution{setup_.per_sec}(random_);
    after(std::chrono::duration_cast<nanoseconds>(std::chrono::duration<double>{gap}), [this] {
      waiting_.push_back(now_);
      let_in();
      arrive();
    });
  }

  void let_in() {
    while (!waiting_.empty() && in_flight_ < limit_()) {
      const auto came = waiting_.front();
      waiting_.pop_front();
      if (now_ - came >= setup_.patience)
        continue;
      ++in_flight_;
      const auto x = std::make_shared<call>(call{came, now_});
      auto& at = servers_[next_++ % servers_.size()];
      at.line.push_back(x);
      after(setup_.timeout, [this, x] { finish(*x, true); });
      work(at);
    }
  }

  void work(server& x) {
    while (!x.is_busy && !x.line.empty()) {
      const auto next = x.line.front();
      x.line.pop_front();
      if (next->is_over)
        continue;
      x.is_busy = true;
      next->taken_up = now_;
      const auto share = std::uniform_real_distribution{0.5, 1.5}(random_);
      after(std::chrono::duration_cast<nanoseconds>(service_ * share), [this, &x, next] {
        x.is_busy = false;
        if (!next->is_over && now_ >= seen_from_) {
          ++good_;
          longest_ = std::max<nanoseconds>(longest_, now_ - next->came);
        }
        finish(*next, false);
        work(x);
      });
    }
  }

  void finish(call& x, bool is_lost) {
    if (std::exchange(x.is_over, true))
      return;
    tell_({now_, now_ - x.began, x.taken_up.value_or(now_) - x.began, in_flight_, is_lost});
    --in_flight_;
    let_in();
  }

  setup setup_;
  std::function<std::size_t()> limit_;
  std::function<void(const finished_call&)> tell_;
  nanoseconds service_{};
  std::vector<server> servers_;
  std::size_t next_ = 0;
  std::deque<steady_time> waiting_;
  std::size_t in_flight_ = 0;
  steady_time now_{};
  steady_time seen_from_{};
  std::uint64_t order_ = 0;
  std::uint64_t good_ = 0;
  nanoseconds longest_{};
  bool is_arriving_ = false;
  std::priority_queue<event> events_;
  std::mt19937_64 random_{7};
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(concurrency_limit_tests, fixture)

CAF_TEST(it begins at its least and grows while calls do not wait) {
  CAF_CHECK_EQUAL(tested.limit(), 2u);
  window(300us, 0us);
  CAF_CHECK_EQUAL(tested.limit(), 4u);
  window(300us, 0us);
  CAF_CHECK_EQUAL(tested.limit(), 8u);
  windows(10, 300us, 0us);
  CAF_CHECK_EQUAL(tested.limit(), 32u);
}

CAF_TEST(it falls when calls wait and grows again when they do not ) {
  windows(10, 300us, 0us);
  window(300us, 5ms);
  CAF_CHECK_EQUAL(tested.limit(), 21u); // 32 / 2 + √32
  window(300us, 5ms);
  CAF_CHECK_LESS(tested.limit(), 16u);
  windows(10, 300us, 0us);
  CAF_CHECK_EQUAL(tested.limit(), 32u);
}

CAF_TEST(it never leaves its bounds) {
  std::mt19937_64 random{3};
  auto some = [&](int max_us) {
    return std::chrono::microseconds{std::uniform_int_distribution{0, max_us}(random)};
  };
  for (int i = 0; i < 2'000; ++i) {
    window(some(50'000), some(50'000), std::uniform_int_distribution<std::size_t>{1, 40}(random),
           std::uniform_int_distribution{1, 10}(random));
    if (tested.limit() < 2 || tested.limit() > 32)
      CAF_FAIL("the limit is " << tested.limit());
  }
  CAF_CHECK_GREATER_OR_EQUAL(tested.limit(), 2u);
}

CAF_TEST(waiting within the slack is no queue) {
  windows(10, 10us, 900us); // ninety times as long as alone
  CAF_CHECK_EQUAL(tested.limit(), 32u);
}

CAF_TEST(a dependency that is slow by itself gets as many calls as before) {
  windows(10, 300us, 0us);
  windows(10, 20ms, 500us);
  CAF_CHECK_EQUAL(tested.limit(), 32u);
}

CAF_TEST(quick calls among slow ones hold nobody back) {
  windows(10, 300us, 0us);
  std::mt19937_64 random{5};
  for (int i = 0; i < 5'000; ++i) {
    now += 2'500us;
    const auto took = random() % 2 == 0 ? 8ms : 0ms;
    tested.add({now, took + 300us, 300us, 32});
    if (tested.limit() != 32)
      CAF_FAIL("the limit is " << tested.limit());
  }
  CAF_CHECK_EQUAL(tested.limit(), 32u);
}

CAF_TEST(a limit that is not used falls so that no burst meets a slow dependency) {
  windows(10, 300us, 0us);
  window(300us, 0us, 5);
  CAF_CHECK_EQUAL(tested.limit(), 10u);
  window(300us, 0us, 1);
  CAF_CHECK_EQUAL(tested.limit(), 2u);
}

CAF_TEST(few calls close a window as well after a while) {
  tested.add({now, 1ms, 0ms, 2});
  tested.add({now + 249ms, 1ms, 0ms, 2});
  CAF_CHECK_EQUAL(tested.limit(), 2u);
  tested.add({now + 250ms, 1ms, 0ms, 2});
  CAF_CHECK_EQUAL(tested.limit(), 4u);
}

CAF_TEST(where calls are lost for waiting half of the limit is left and it stays for a while) {
  windows(10, 300us, 0us);
  for (auto left : {16u, 8u}) {
    window(300us, 1'100us, 32, 3);
    CAF_CHECK_EQUAL(tested.limit(), left);
  }
  windows(3, 300us, 0us);
  CAF_CHECK_EQUAL(tested.limit(), 8u);
  window(300us, 0us);
  CAF_CHECK_EQUAL(tested.limit(), 16u);
}

CAF_TEST(a few lost calls are no news and neither are those that did not wait) {
  windows(10, 300us, 0us);
  window(300us, 1'100us, 32, 8);
  CAF_CHECK_EQUAL(tested.limit(), 32u);
  window(20ms, 100us, 32, 1);
  CAF_CHECK_EQUAL(tested.limit(), 32u);
}

CAF_TEST(a dependency that becomes ten times slower and back gives what the best constant gets out of it) {
  const simulation::setup crowd{.per_sec = 6'000};
  for (auto fast : {200us, 500us}) {
    concurrency_limit limit{options};
    simulation adaptive{crowd, [&] { return limit.limit(); }, [&](auto& x) { limit.add(x); }};
    for (const nanoseconds service : {fast, 10 * fast, fast}) {
      simulation::outcome best{};
      std::size_t best_constant = 0;
      for (std::size_t constant : {1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 64}) {
        simulation fixed{crowd, [&] { return constant; }, [](auto&) {}};
        if (const auto x = fixed.run(service, 4s, 1s); x.per_sec > best.per_sec) {
          best = x;
          best_constant = constant;
        }
      }
      const auto found = adaptive.run(service, 4s, 500ms);
      CAF_MESSAGE(service.count() / 1'000 << " us: " << found.per_sec << "/s, at most "
                                          << found.longest.count() / 1'000 << " us; best constant "
                                          << best_constant << ": " << best.per_sec << "/s");
      CAF_CHECK_GREATER_OR_EQUAL(found.per_sec, 0.9 * best.per_sec);
      CAF_CHECK_LESS(found.longest, crowd.patience + crowd.timeout);
    }
  }
}

CAF_TEST_FIXTURE_SCOPE_END()
