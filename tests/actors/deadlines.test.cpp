#define CAF_SUITE actors.deadlines
#include "tests/support/actor_test.hpp"

#include "actors/deadlines.hpp"

using namespace kinora;
using namespace kinora::test;
using namespace std::chrono_literals;

namespace {

using asker_actor = port::actor_of<caf::result<void>(find_atom, std::uint64_t), caf::result<void>(tick_atom)>;

/// What became of the questions of an asker, by number.
using outcomes = std::map<std::uint64_t, std::string>;

/// Answers when it is told to.
class silent_state {
public:
  static inline const char* name = "silent";
  using protocol = port::actor_of<caf::result<std::string>(find_atom), caf::result<void>(tick_atom)>;

  explicit silent_state(protocol::pointer self) : self_{self} {}

  protocol::behavior_type make_behavior() {
    return {
        [this](find_atom) -> caf::result<std::string> {
          return waiting_.emplace_back(self_->make_response_promise<std::string>());
        },
        [this](tick_atom) {
          for (auto& x : std::exchange(waiting_, {}))
            x.deliver(std::string{"answer"});
        },
    };
  }

private:
  protocol::pointer self_;
  std::vector<caf::typed_response_promise<std::string>> waiting_;
};

/// Asks a silent actor, with that many milliseconds until the deadline.
class asker_state {
public:
  static inline const char* name = "asker";

  asker_state(asker_actor::pointer self, silent_state::protocol silent, std::shared_ptr<outcomes> out)
      : self_{self}, silent_{std::move(silent)}, out_{std::move(out)}, calls_{self} {}

  asker_actor::behavior_type make_behavior() {
    return {
        [this](find_atom, std::uint64_t deadline_ms) { on_find(deadline_ms); },
        [this](tick_atom) {
          ++ticks;
          calls_.expire();
        },
    };
  }

  std::size_t ticks = 0;

private:
  void on_find(std::uint64_t deadline_ms) {
    auto answer = port::ask_untimed(self_, silent_, find_atom_v);
    auto open = calls_.open(answer.id(), self_->clock().now() + std::chrono::milliseconds{deadline_ms});
    answer.then(
        [this, open, deadline_ms](const std::string& text) {
          calls_.close(open);
          (*out_)[deadline_ms] += text;
        },
        [this, open, deadline_ms](const caf::error& why) {
          calls_.close(open);
          (*out_)[deadline_ms] += to_errc(why) == errc::timeout ? "timeout" : "error";
        });
  }

  asker_actor::pointer self_;
  silent_state::protocol silent_;
  std::shared_ptr<outcomes> out_;
  deadlines calls_;
};

struct fixture : actor_fixture {
  std::shared_ptr<outcomes> seen = std::make_shared<outcomes>();
  silent_state::protocol silent = start<silent_state>();
  asker_actor asker = start<asker_state>(silent, seen);

  void ask_for(std::uint64_t deadline_ms) {
    port::tell(asker, find_atom_v, deadline_ms);
    settle();
  }

  std::string outcome_of(std::uint64_t deadline_ms) { return (*seen)[deadline_ms]; }
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(deadlines_tests, fixture)

CAF_TEST(each question fails at its own deadline whatever the order they were asked in) {
  for (auto ms : {30u, 10u, 20u})
    ask_for(ms);
  pass(9ms, 1ms);
  CAF_CHECK_EQUAL(outcome_of(10), "");
  pass(1ms);
  CAF_CHECK_EQUAL(outcome_of(10), "timeout");
  pass(9ms, 1ms);
  CAF_CHECK_EQUAL(outcome_of(20), "");
  pass(1ms);
  CAF_CHECK_EQUAL(outcome_of(20), "timeout");
  CAF_CHECK_EQUAL(outcome_of(30), "");
  pass(10ms);
  CAF_CHECK_EQUAL(outcome_of(30), "timeout");
}

CAF_TEST(what is answered in time fails no more and a late answer goes nowhere) {
  ask_for(10);
  port::tell(silent, tick_atom_v);
  pass(50ms);
  CAF_CHECK_EQUAL(outcome_of(10), "answer");
  ask_for(20);
  pass(20ms);
  port::tell(silent, tick_atom_v);
  pass(50ms);
  CAF_CHECK_EQUAL(outcome_of(20), "timeout");
}

CAF_TEST(many questions share few timers and none is left when nothing is open) {
  for (std::uint64_t i = 0; i < 100; ++i) {
    ask_for(1'000 + i);
    port::tell(silent, tick_atom_v);
    pass(1ms, 1ms);
  }
  CAF_CHECK(sched.clock().schedule().size() <= 1u);
  ask_for(5'000); // never answered
  pass(6s, 100ms);
  CAF_CHECK_EQUAL(outcome_of(5'000), "timeout");
  CAF_CHECK(sched.clock().schedule().empty());
  auto ticks = state_of<asker_state>(asker).ticks;
  CAF_CHECK(ticks <= 3u);
}

CAF_TEST_FIXTURE_SCOPE_END()
