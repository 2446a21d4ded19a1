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

/// A dependency whose calls all take as long as they are told to.
struct fixture {
  concurrency_limit tested{options};
  steady_time now{};

  /// A window of calls, as many in flight as the limit allows unless told otherwise.
  void window(nanoseconds took, std::optional<std::size_t> in_flight = {}) {
    const auto at_once = in_flight.value_or(tested.limit());
    for (int i = 0; i < 21; ++i) {
      now += 2'500us;
      tested.add({now - took, now, at_once});
    }
    now += took; // what began in this window is not of the next
  }

  void windows(int count, nanoseconds took) {
    for (int i = 0; i < count; ++i)
      window(took);
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
    tell_({x.began, now_, in_flight_, is_lost});
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

CAF_TEST(it begins at its least and grows while calls take no longer) {
  CAF_CHECK_EQUAL(tested.limit(), 2u);
  window(300us);
  CAF_CHECK_EQUAL(tested.limit(), 4u);
  window(300us);
  CAF_CHECK_EQUAL(tested.limit(), 8u);
  windows(10, 300us);
  CAF_CHECK_EQUAL(tested.limit(), 32u);
}

CAF_TEST(it falls when calls take longer and grows again when they do not ) {
  windows(10, 300us);
  window(3ms);
  CAF_CHECK_EQUAL(tested.limit(), 21u); // 32 / 2 + √32
  window(3ms);
  CAF_CHECK_LESS(tested.limit(), 16u);
  windows(10, 300us);
  CAF_CHECK_EQUAL(tested.limit(), 32u);
}

CAF_TEST(it never leaves its bounds) {
  std::mt19937_64 random{3};
  for (int i = 0; i < 2'000; ++i) {
    window(nanoseconds{std::uniform_int_distribution{0, 50'000'000}(random)},
           std::uniform_int_distribution<std::size_t>{1, 40}(random));
    CAF_REQUIRE(tested.limit() >= 2 && tested.limit() <= 32);
  }
}

CAF_TEST(what a call takes within the slack is no queue) {
  windows(10, 10us);
  windows(10, 900us); // ninety times as long
  CAF_CHECK_EQUAL(tested.limit(), 32u);
}

CAF_TEST(a dependency that stays slower is measured anew and gets its calls again) {
  windows(10, 300us);
  windows(3, 20ms);
  CAF_CHECK_EQUAL(tested.limit(), 2u); // to see what a call takes alone
  window(20ms);
  CAF_CHECK_GREATER(tested.limit(), 2u);
  windows(20, 20ms);
  CAF_CHECK_EQUAL(tested.limit(), 32u); // it is slow, but not for having so many
}

CAF_TEST(calls from before do not count as measured alone) {
  windows(10, 300us);
  windows(3, 20ms);
  for (int i = 0; i < 100; ++i) // they began when 32 were in flight
    tested.add({now - 300ms, now + i * 3ms, 2});
  CAF_CHECK_EQUAL(tested.limit(), 2u);
  now += 300ms;
  window(300us);
  CAF_CHECK_EQUAL(tested.limit(), 4u);
}

CAF_TEST(what a call takes alone is measured again after a minute) {
  windows(10, 300us);
  std::size_t lowest = 32;
  for (const auto begin = now; now - begin < 61s;) {
    window(300us);
    lowest = std::min(lowest, tested.limit());
  }
  CAF_CHECK_EQUAL(lowest, 2u);
  windows(6, 300us);
  CAF_CHECK_EQUAL(tested.limit(), 32u);
}

CAF_TEST(where few calls come nothing is ever held back to measure) {
  windows(3, 300us);
  for (int i = 0; i < 3'000; ++i) {
    window(i % 2 == 0 ? 300us : 400us, 2);
    CAF_REQUIRE_GREATER_OR_EQUAL(tested.limit(), 4u); // room for twice as many as come
  }
}

CAF_TEST(a limit that is not used falls so that no burst meets a slow dependency) {
  windows(10, 300us);
  window(300us, 5);
  CAF_CHECK_EQUAL(tested.limit(), 10u);
  window(300us, 1);
  CAF_CHECK_EQUAL(tested.limit(), 2u);
}

CAF_TEST(few calls close a window as well after a while) {
  tested.add({now, now + 1ms, 2});
  tested.add({now + 1ms, now + 2ms, 2});
  CAF_CHECK_EQUAL(tested.limit(), 2u);
  tested.add({now + 250ms, now + 251ms, 2});
  CAF_CHECK_EQUAL(tested.limit(), 4u);
}

CAF_TEST(where calls are lost half of the limit is left and it stays for a while) {
  windows(10, 300us);
  for (auto left : {16u, 8u}) {
    for (int i = 0; i < 21; ++i) {
      now += 2'500us;
      tested.add({now - 300us, now, 32, i % 3 == 0});
    }
    CAF_CHECK_EQUAL(tested.limit(), left);
    now += 1ms;
  }
  windows(2, 300us);
  CAF_CHECK_EQUAL(tested.limit(), 8u);
  window(300us);
  CAF_CHECK_EQUAL(tested.limit(), 16u);
}

CAF_TEST(a few lost calls are no news) {
  windows(10, 300us);
  for (int i = 0; i < 21; ++i) {
    now += 2'500us;
    tested.add({now - 300us, now, 32, i % 5 == 0});
  }
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
