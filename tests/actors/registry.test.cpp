#define CAF_SUITE actors.registry
#include "tests/support/actor_test.hpp"

using namespace kinora;
using namespace std::chrono_literals;

namespace {

class idle_state {
public:
  static inline const char* name = "test.idle";
  explicit idle_state(supervised_actor::pointer) {}
  supervised_actor::behavior_type make_behavior() {
    return {[](ping_atom) {}};
  }
};

struct fixture : test::actor_fixture {
  record_ptr slot = slots->open("workers/0");

  struct instance {
    port::gate_ptr door;
    caf::actor hdl;
  };

  /// As a supervisor starts one, up to where it says that it runs.
  instance spawn_one() {
    auto door = slot->open_instance();
    auto hdl = caf::actor_cast<caf::actor>(port::spawn_supervised<idle_state>(sys, {door, {}, {}}));
    slot->attach(door, hdl);
    track(hdl);
    settle();
    return {door, hdl};
  }

  instance run_one() {
    auto out = spawn_one();
    slot->mark_running(out.door, wall_now());
    return out;
  }

  bool ended(const caf::actor& hdl) {
    return deref<caf::monitorable_actor>(hdl).getf(caf::abstract_actor::is_terminated_flag);
  }
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(registry_tests, fixture)

CAF_TEST(a slot is reached once its actor runs and not before) {
  CAF_CHECK(!slot->handle());
  CAF_CHECK_EQUAL(slot->info().state, child_state::restarting);
  auto x = spawn_one();
  CAF_CHECK(!slot->handle());
  slot->mark_running(x.door, wall_now());
  CAF_CHECK_EQUAL(slot->handle(), x.hdl);
  CAF_CHECK_EQUAL(slot->info().state, child_state::running);
  CAF_CHECK_EQUAL(slot->info().path, "workers/0");
  CAF_CHECK_EQUAL(slot->info().since, wall_now());
}

CAF_TEST(the first start is no restart and each further one is) {
  auto first = run_one();
  CAF_CHECK_EQUAL(slot->info().restarts, 0u);
  slot->mark_down(first.door, child_state::restarting, "boom", wall_now());
  auto second = run_one();
  CAF_CHECK_EQUAL(slot->info().restarts, 1u);
  CAF_CHECK_EQUAL(slot->info().last_reason, "boom");
}

CAF_TEST(an instance that is marked as down is out of reach and ends) {
  auto x = run_one();
  slot->mark_down(x.door, child_state::quarantined, "boom", wall_now());
  CAF_CHECK(!slot->handle());
  CAF_CHECK_EQUAL(slot->info().state, child_state::quarantined);
  CAF_CHECK_EQUAL(slot->info().last_reason, "boom");
  settle();
  CAF_CHECK(ended(x.hdl));
}

CAF_TEST(a held instance that is marked as down ends too) {
  auto x = run_one();
  slot->set_hang(true);
  slot->mark_down(x.door, child_state::restarting, "actor_hung", wall_now());
  settle();
  CAF_CHECK(ended(x.hdl));
}

CAF_TEST(the time of the state changes with the state alone) {
  auto x = run_one();
  auto up_since = wall_now();
  advance_time(1s);
  CAF_CHECK_EQUAL(slot->info().since, up_since);
  slot->mark_down(x.door, child_state::restarting, "boom", wall_now());
  auto down_since = wall_now();
  CAF_CHECK_EQUAL(slot->info().since, down_since);
  advance_time(1s);
  auto again = spawn_one();
  slot->mark_down(again.door, child_state::restarting, "boom again", wall_now());
  CAF_CHECK_EQUAL(slot->info().since, down_since);
  CAF_CHECK_EQUAL(slot->info().last_reason, "boom again");
}

CAF_TEST(what is said of an earlier instance changes nothing for the one that runs) {
  auto old = run_one();
  slot->mark_down(old.door, child_state::restarting, "boom", wall_now());
  auto current = run_one();
  slot->mark_down(old.door, child_state::quarantined, "late", wall_now());
  slot->attach(old.door, old.hdl);
  slot->mark_running(old.door, wall_now());
  CAF_CHECK_EQUAL(slot->handle(), current.hdl);
  CAF_CHECK_EQUAL(slot->info().state, child_state::running);
  CAF_CHECK_EQUAL(slot->info().last_reason, "boom");
  CAF_CHECK_EQUAL(slot->info().restarts, 1u);
  settle();
  CAF_CHECK(!ended(current.hdl));
}

CAF_TEST(a suspect is cleared when it is seen to run) {
  auto x = run_one();
  advance_time(1ms);
  CAF_CHECK(!slot->suspected());
  slot->suspect(now());
  CAF_CHECK(slot->suspected());
  advance_time(1ms);
  CAF_CHECK(slot->suspected());
  port::tell(caf::actor_cast<supervised_actor>(x.hdl), ping_atom_v);
  settle();
  CAF_CHECK(!slot->suspected());
}

CAF_TEST(a suspect is cleared by its restart) {
  auto x = run_one();
  slot->suspect(now() + 1h);
  CAF_CHECK(slot->suspected());
  slot->mark_down(x.door, child_state::restarting, "actor_hung", wall_now());
  run_one();
  CAF_CHECK(!slot->suspected());
}

CAF_TEST(holding an empty slot has no effect on the next instance) {
  slot->set_hang(true);
  auto x = run_one();
  CAF_CHECK(!x.door->held());
}

CAF_TEST(only what runs below a path is orphaned) {
  auto x = run_one();
  auto other = slots->open("workers2/0");
  auto door = other->open_instance();
  other->mark_running(door, wall_now());
  slots->orphan_below("workers", wall_now());
  settle();
  CAF_CHECK(ended(x.hdl));
  CAF_CHECK(!slot->handle());
  CAF_CHECK_EQUAL(slot->info().state, child_state::restarting);
  CAF_CHECK_EQUAL(slot->info().last_reason, "its supervisor ended");
  CAF_CHECK_EQUAL(other->info().state, child_state::running);
}

CAF_TEST(a slot in quarantine without an instance stays so when its supervisor ends) {
  auto x = run_one();
  slot->mark_down(x.door, child_state::quarantined, "boom", wall_now());
  slots->orphan_below("workers", wall_now());
  CAF_CHECK_EQUAL(slot->info().state, child_state::quarantined);
  CAF_CHECK_EQUAL(slot->info().last_reason, "boom");
}

CAF_TEST(there is one slot for each path until it is closed) {
  CAF_CHECK_EQUAL(slots->open("workers/0"), slot);
  CAF_CHECK_EQUAL(slots->find("workers/0"), slot);
  CAF_CHECK(!slots->find("workers/1"));
  slots->close("workers/0");
  CAF_CHECK(!slots->find("workers/0"));
  CAF_CHECK_NOT_EQUAL(slots->open("workers/0"), slot);
}

CAF_TEST(slots are listed in order of path) {
  slots->open("a");
  slots->open("z");
  slots->open("b/1");
  std::vector<std::string> paths;
  for (auto& x : slots->list())
    paths.push_back(x->path());
  CAF_CHECK_EQUAL(paths, (std::vector<std::string>{"a", "b/1", "workers/0", "z"}));
}

CAF_TEST_FIXTURE_SCOPE_END()
