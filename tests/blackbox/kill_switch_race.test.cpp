#define CAF_SUITE blackbox.kill_switch_race
#include "tests/support/unit_test.hpp"

#include "tests/blackbox/support/chaos.hpp"
#include "tests/blackbox/support/judge.hpp"

using namespace kinora::blackbox;
using namespace std::chrono_literals;

namespace {

using clock_type = std::chrono::steady_clock;

constexpr std::size_t requests_wanted = 10'000;
constexpr std::size_t handlers = 4;

/// A time in which no request that starts may be personalized.
struct switched_off {
  clock_type::time_point from; ///< The PATCH that threw the switch had returned.
  clock_type::time_point to;   ///< The one that lifts it had not been sent.
};

void set_kill_switch(const server& of, bool on) {
  const auto answer = of.admin().patch("/admin/v1/flags", on ? R"({"kill_switch_active": true})"
                                                             : R"({"kill_switch_active": false})");
  CAF_REQUIRE_EQUAL(answer.status, 200);
}

/// Waits for so many more answers.
void let_through(const load& clients, std::size_t count) {
  const auto enough = clients.answered() + count;
  CAF_REQUIRE(eventually(60s, [&] { return clients.answered() >= enough; }));
}

} // namespace

CAF_TEST(no request that starts after the switch was thrown is personalized) {
  server tested{
      chaos_args({"--handlers", std::to_string(handlers), "--hang-timeout-ms", "600", "--restart-intensity",
                  "1000", "--signal-store-timeout-ms", "40", "--ranking-timeout-ms", "40"})};
  stall_watch machine{tested.child().pid()};
  auto options = clients_of("tenant_sports", 8);
  options.pause = 0us;
  load clients{tested.api().port(), options};
  clients.start();
  std::vector<switched_off> times;
  for (std::size_t turn = 0; clients.answered() < requests_wanted; ++turn) {
    let_through(clients, 300);
    // One handler hangs and another one is killed, both with requests in their hands.
    hurt_actor(tested, "handlers/" + std::to_string(turn % handlers), R"({"hang": true})");
    kill_actor(tested, "handlers/" + std::to_string((turn + 1) % handlers));
    set_kill_switch(tested, true);
    const auto from = clock_type::now();
    kill_actor(tested, "handlers/" + std::to_string((turn + 2) % handlers));
    let_through(clients, 150);
    if (turn % 3 == 0) {
      const auto before = actor_of(tested, "flags").restarts;
      kill_actor(tested, "flags"); // the switch outlives its owner
      CAF_REQUIRE(eventually(5s, [&] { return actor_of(tested, "flags").restarts > before; }));
    }
    let_through(clients, 150);
    times.push_back({from, clock_type::now()});
    set_kill_switch(tested, false);
    heal_actor(tested, "handlers/" + std::to_string(turn % handlers));
  }
  const auto answers = clients.stop();
  std::size_t off = 0;
  for (auto& x : times) {
    const auto meanwhile = started_between(answers, x.from, x.to);
    off += meanwhile.size();
    // What waited in a mailbox may be decided after the switch was lifted.
    CAF_CHECK_EQUAL(first_of(meanwhile, [&](auto& y) { return y.personalized && y.ended < x.to; }), "");
  }
  const auto personalized = count_of(answers, [](auto& x) { return x.personalized; });
  CAF_MESSAGE(answers.size() << " answers, " << times.size() << " turns, " << off
                             << " with the switch thrown, " << personalized << " personalized; "
                             << reasons_in(answers));
  CAF_CHECK_EQUAL(complaint(answers, machine), "");
  CAF_CHECK_GREATER_OR_EQUAL(answers.size(), requests_wanted);
  CAF_CHECK_GREATER(off, requests_wanted / 5);
  CAF_CHECK_GREATER(personalized, requests_wanted / 5);
}
