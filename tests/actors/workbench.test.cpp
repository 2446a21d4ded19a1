#define CAF_SUITE actors.workbench
#include "tests/support/actor_test.hpp"

#include "actors/workbench.hpp"

using namespace kinora;
using namespace kinora::test;
using namespace std::chrono_literals;

namespace {

using bench_actor = port::extend<supervised_actor, caf::result<std::uint64_t>(rank_atom),
                                 caf::result<void>(late_atom, std::uint64_t)>;

/// What the worker of a test finds when it is asked.
struct script {
  std::optional<fault> injected;
  std::function<caf::expected<std::uint64_t>()> work;
};

class bench_state {
public:
  static inline const char* name = "test.bench";
  bench_state(bench_actor::pointer self, std::shared_ptr<script> x)
      : script_{std::move(x)}, bench_{self, 42} {}
  bench_actor::behavior_type make_behavior() {
    return {
        [](ping_atom) {},
        [this](rank_atom) { return bench_.run(script_->injected, script_->work); },
        [this](late_atom, std::uint64_t id) { bench_.on_late(id); },
    };
  }

private:
  std::shared_ptr<script> script_;
  workbench<bench_actor::base, std::uint64_t> bench_;
};

struct fixture : actor_fixture {
  std::shared_ptr<script> play = std::make_shared<script>();
  int worked = 0;
  bench_actor worker;

  fixture() {
    play->work = [this]() -> caf::expected<std::uint64_t> { return static_cast<std::uint64_t>(++worked); };
    worker = start<bench_state>(play);
  }

  caf::expected<std::uint64_t> work() { return ask<std::uint64_t>(worker, rank_atom_v); }
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(workbench_tests, fixture)

CAF_TEST(without a fault the work is done and its outcome answered) {
  CAF_CHECK_EQUAL(work(), 1u);
  play->work = []() -> caf::expected<std::uint64_t> { return caf::make_error(errc::timeout); };
  CAF_CHECK_EQUAL(code_of(work()), errc::timeout);
}

CAF_TEST(an exception fails that piece of work and nothing else) {
  play->work = []() -> caf::expected<std::uint64_t> { throw std::runtime_error{"division by zero"}; };
  auto outcome = work();
  CAF_CHECK_EQUAL(code_of(outcome), errc::work_failed);
  CAF_CHECK_EQUAL(detail_of(outcome.error()), "division by zero");
  play->work = []() -> caf::expected<std::uint64_t> { throw 42; };
  CAF_CHECK_EQUAL(code_of(work()), errc::work_failed);
  play->work = []() -> caf::expected<std::uint64_t> { return std::uint64_t{7}; };
  CAF_CHECK_EQUAL(work(), 7u);
}

CAF_TEST(at an error rate of one all work fails without being done) {
  play->injected = fault{.error_rate = 1.0};
  for (int i = 0; i < 100; ++i)
    CAF_CHECK_EQUAL(code_of(work()), errc::injected_fault);
  CAF_CHECK_EQUAL(worked, 0);
}

CAF_TEST(an error rate is the share of the work that fails) {
  play->injected = fault{.error_rate = 0.25};
  int failed = 0;
  for (int i = 0; i < 2'000; ++i)
    failed += work() ? 0 : 1;
  CAF_CHECK_GREATER(failed, 400);
  CAF_CHECK_LESS(failed, 600);
}

CAF_TEST(a delayed answer comes that much later and blocks nobody meanwhile) {
  play->injected = fault{.delay = 30ms};
  auto late = self->request(worker, caf::infinite, rank_atom_v);
  settle();
  play->injected.reset();
  CAF_CHECK_EQUAL(work(), 1u);
  advance_time(29ms);
  settle();
  CAF_CHECK(!answered());
  advance_time(1ms);
  settle();
  CAF_CHECK_EQUAL(answer_to<std::uint64_t>(late), 2u);
}

CAF_TEST(a busy worker answers late and does nothing else meanwhile) {
  play->injected = fault{.busy = 20ms};
  const auto began = std::chrono::steady_clock::now(); // its thread sleeps, whatever the test's clock says
  CAF_CHECK_EQUAL(work(), 1u);
  CAF_CHECK(std::chrono::steady_clock::now() - began >= 20ms);
  play->injected = fault{.error_rate = 1.0, .busy = 1ms};
  CAF_CHECK_EQUAL(code_of(work()), errc::injected_fault);
}

CAF_TEST(delayed work can fail like any other) {
  play->injected = fault{.delay = 10ms, .error_rate = 1.0};
  auto failing = self->request(worker, caf::infinite, rank_atom_v);
  settle();
  play->injected = fault{.delay = 10ms, .throws = true};
  auto throwing = self->request(worker, caf::infinite, rank_atom_v);
  settle();
  advance_time(10ms);
  settle();
  CAF_CHECK_EQUAL(code_of(answer_to<std::uint64_t>(failing)), errc::injected_fault);
  CAF_CHECK_EQUAL(code_of(answer_to<std::uint64_t>(throwing)), errc::work_failed);
}

CAF_TEST(a hang withholds the answer and keeps the worker) {
  play->injected = fault{.hang = true};
  auto withheld = self->request(worker, 50ms, rank_atom_v);
  pass(40ms);
  CAF_CHECK(!answered());
  play->injected.reset();
  CAF_CHECK_EQUAL(work(), 1u);
  pass(10ms);
  CAF_CHECK_EQUAL(code_of(answer_to<std::uint64_t>(withheld)), errc::timeout);
}

CAF_TEST(a throw is an exception in the middle of the work) {
  play->injected = fault{.throws = true};
  auto outcome = work();
  CAF_CHECK_EQUAL(code_of(outcome), errc::work_failed);
  CAF_CHECK_EQUAL(detail_of(outcome.error()), "injected fault: throw");
  play->injected.reset();
  CAF_CHECK(work());
}

CAF_TEST_FIXTURE_SCOPE_END()

CAF_TEST(a fault of one tenant goes before the one for all) {
  fault_board board;
  CAF_CHECK(!board.active("a"));
  board.set("", fault{.hang = true});
  board.set("a", fault{.throws = true});
  CAF_CHECK(board.active("a")->throws);
  CAF_CHECK(!board.active("a")->hang);
  CAF_CHECK(board.active("b")->hang);
  board.clear();
  CAF_CHECK(!board.active("a"));
  CAF_CHECK(!board.active("b"));
}

CAF_TEST(a fault of one tenant concerns no other) {
  fault_board board;
  board.set("a", fault{.throws = true});
  CAF_CHECK(board.active("a"));
  CAF_CHECK(!board.active("b"));
}
