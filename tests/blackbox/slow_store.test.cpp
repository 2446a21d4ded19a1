#define CAF_SUITE blackbox.slow_store
#include "tests/support/unit_test.hpp"

#include "tests/blackbox/support/chaos.hpp"
#include "tests/blackbox/support/judge.hpp"
#include "tests/blackbox/support/metric.hpp"

using namespace kinora::blackbox;
using namespace std::chrono_literals;

namespace {

/// A server whose two fetchers are kept busy by each read of the sports fans' signals.
struct fixture {
  server tested{
      chaos_args({"--signal-fetchers", "2", "--signal-store-timeout-ms", "60", "--feed-budget-ms", "200"})};
  stall_watch machine{tested.child().pid()};

  int limit() const { return std::stoi(metric(tested, "kinora_signal_reads_limit")); }
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(slow_store, fixture)

CAF_TEST(a store that becomes slow is read by fewer at a time and gives all it has) {
  hurt_dependency(tested, "signals", R"({"busy_ms": 1, "tenant": "tenant_sports"})");
  load clients{tested.api().port(), clients_of("tenant_sports", 32)};
  clients.start();
  CAF_CHECK(eventually(5s, [&] { return limit() >= 6; }));
  hurt_dependency(tested, "signals", R"({"busy_ms": 10, "tenant": "tenant_sports"})");
  CAF_CHECK(eventually(5s, [&] { return limit() <= 5; }));
  std::this_thread::sleep_for(1s);
  heal_dependency(tested, "signals");
  const auto answers = clients.stop();
  CAF_MESSAGE(reasons_in(answers));
  CAF_CHECK_EQUAL(complaint(answers, machine, 250ms), "");
  const auto personalized = count_of(answers, [](auto& x) { return x.personalized; });
  const auto lost = count_of(answers, [](auto& x) { return x.reason == "signals_timeout"; });
  CAF_CHECK_GREATER(personalized, 3 * lost);
}

CAF_TEST(who needs nothing of a slow store waits for nobody) {
  auto one = clients_of("tenant_news", 1);
  one.pause = 3ms;
  load before{tested.api().port(), one}; // its users are in the cache from now on
  before.start();
  std::this_thread::sleep_for(200ms);
  before.stop();
  hurt_dependency(tested, "signals", R"({"busy_ms": 20, "tenant": "tenant_sports"})");
  load flood{tested.api().port(), clients_of("tenant_sports", 32)};
  load neighbour{tested.api().port(), one};
  flood.start();
  neighbour.start();
  std::this_thread::sleep_for(600ms);
  const auto answers = neighbour.stop();
  const auto flooded = flood.stop();
  CAF_MESSAGE("neighbour: " << reasons_in(answers) << "flood: " << reasons_in(flooded));
  CAF_CHECK_GREATER(answers.size(), 20u);
  CAF_CHECK_EQUAL(first_of(answers, [](auto& x) { return !x.personalized; }), "");
  CAF_CHECK_EQUAL(
      first_of(answers,
               [&](auto& x) { return x.ended - x.started > 15ms + machine.lost(x.started, x.ended); }),
      "");
}

CAF_TEST(only signals can be kept busy) {
  const auto refused = tested.admin().put("/admin/v1/faults/ranking", R"({"busy_ms": 1})");
  CAF_CHECK_EQUAL(refused.status, 400);
  CAF_CHECK(refused.body.find("busy_ms") != std::string::npos);
  CAF_CHECK_EQUAL(tested.admin().put("/admin/v1/faults/signals", R"({"busy_ms": 1})").status, 200);
}

CAF_TEST_FIXTURE_SCOPE_END()
