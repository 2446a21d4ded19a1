#define CAF_SUITE actors.port_gate
#include "tests/support/actor_test.hpp"

#include <thread>

using namespace kinora;
using namespace std::chrono_literals;

namespace {

using counter = std::shared_ptr<std::atomic<int>>;

/// Counts what it handles.
class counting_state {
public:
  static inline const char* name = "test.counting";
  counting_state(supervised_actor::pointer, counter seen) : seen_{std::move(seen)} {}
  supervised_actor::behavior_type make_behavior() {
    return {[this](ping_atom) { ++*seen_; }};
  }

private:
  counter seen_;
};

struct fixture : test::actor_fixture {
  counter seen = std::make_shared<std::atomic<int>>(0);
  record_ptr slot = slots->open("workers/0");
  supervised_actor worker = start_in<counting_state>(slot, seen);

  void ping() {
    port::tell(worker, ping_atom_v);
    settle();
  }

  /// Only the state and the test hold the counter.
  bool ended() const { return seen.use_count() == 1; }
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(port_gate_tests, fixture)

CAF_TEST(a held actor handles nothing and goes on when it is let go) {
  ping();
  slot->set_hang(true);
  ping();
  ping();
  CAF_CHECK_EQUAL(seen->load(), 1);
  slot->set_hang(false);
  settle();
  CAF_CHECK_EQUAL(seen->load(), 3);
  ping();
  CAF_CHECK_EQUAL(seen->load(), 4);
}

CAF_TEST(a held actor does not even end) {
  slot->set_hang(true);
  port::send_exit(caf::actor_cast<caf::actor>(worker), caf::exit_reason::kill);
  settle();
  CAF_CHECK(!ended());
  slot->set_hang(false);
  settle();
  CAF_CHECK(ended());
}

CAF_TEST(an actor that was let go before it had anything to do misses nothing) {
  slot->set_hang(true);
  slot->set_hang(false);
  ping();
  CAF_CHECK_EQUAL(seen->load(), 1);
}

CAF_TEST(letting go twice runs it once) {
  slot->set_hang(true);
  ping();
  slot->set_hang(false);
  slot->set_hang(false);
  settle();
  CAF_CHECK_EQUAL(seen->load(), 1);
}

CAF_TEST(an actor that is held again before it ran stays held) {
  slot->set_hang(true);
  ping();
  slot->set_hang(false);
  slot->set_hang(true);
  settle();
  CAF_CHECK_EQUAL(seen->load(), 0);
  slot->set_hang(false);
  settle();
  CAF_CHECK_EQUAL(seen->load(), 1);
}

CAF_TEST(an actor given up while it is held leaves nothing behind) {
  auto door = slot->open_instance(); // what is held from here on is another instance of the slot
  auto second = std::make_shared<std::atomic<int>>(0);
  auto hdl = port::spawn_supervised<counting_state>(sys, {door, {}, {}}, second);
  auto weak = caf::actor_cast<caf::actor_addr>(hdl);
  slot->attach(door, caf::actor_cast<caf::actor>(hdl));
  slot->mark_running(door, wall_now());
  settle();
  slot->set_hang(true);
  port::tell(hdl, ping_atom_v);
  settle();
  slot->mark_down(door, child_state::restarting, "actor_hung", wall_now());
  hdl = nullptr;
  settle();
  CAF_CHECK_EQUAL(second->load(), 0);
  CAF_CHECK_EQUAL(second.use_count(), 1);
  CAF_CHECK(!caf::actor_cast<caf::strong_actor_ptr>(weak));
}

CAF_TEST(a beat tells when the actor last ran) {
  auto before = slot->last_beat();
  advance_time(5ms);
  CAF_CHECK_EQUAL(slot->last_beat(), before);
  ping();
  CAF_CHECK_EQUAL(slot->last_beat(), now());
  slot->set_hang(true);
  advance_time(5ms);
  ping();
  CAF_CHECK_EQUAL(slot->last_beat(), now() - 5ms);
}

CAF_TEST_FIXTURE_SCOPE_END()

CAF_TEST(no wake up is lost while threads hold and let go an actor that gets messages) {
  constexpr int pings = 20'000;
  test::actor_config config;
  config.set("scheduler.max-threads", 2);
  caf::actor_system system{config};
  auto seen = std::make_shared<std::atomic<int>>(0);
  auto door = std::make_shared<port::gate>();
  auto worker = port::spawn_supervised<counting_state>(system, {door, {}, {}}, seen);
  auto hdl = caf::actor_cast<caf::actor>(worker);
  std::atomic<bool> done = false;
  std::thread toggles{[&] {
    while (!done) {
      door->hold();
      door->open(hdl);
    }
  }};
  for (int i = 0; i < pings; ++i)
    port::tell(worker, ping_atom_v);
  done = true;
  toggles.join();
  for (auto until = std::chrono::steady_clock::now() + 10s;
       *seen < pings && std::chrono::steady_clock::now() < until;)
    std::this_thread::sleep_for(1ms);
  CAF_CHECK_EQUAL(seen->load(), pings);
  port::send_exit(hdl, caf::exit_reason::kill);
}
