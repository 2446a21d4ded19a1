#define CAF_SUITE blackbox.kill_actors
#include "tests/support/unit_test.hpp"

#include "tests/blackbox/support/chaos.hpp"
#include "tests/blackbox/support/judge.hpp"

using namespace kinora::blackbox;
using namespace std::chrono_literals;

namespace {

using clock_type = std::chrono::steady_clock;

constexpr auto back_within = 1s;

/// Steps that a busy machine does not mistake for a failing dependency, and that still fit into the budget.
const std::vector<std::string> patient_steps{"--signal-store-timeout-ms", "45", "--ranking-timeout-ms", "45",
                                             "--cache-timeout-ms",        "20"};

/// So slow a dependency is when those that work for it are killed: they have requests in their hands.
const std::string slow = R"({"delay_ms": 15})";

struct fixture {
  void slow_down(const std::string& dependency) {
    for (auto name : {"signals", "ranking"})
      heal_dependency(tested, name);
    hurt_dependency(tested, dependency, slow);
  }

  void start_clients() {
    sports.start();
    news.start();
    CAF_REQUIRE(eventually(5s, [&] { return sports.answered() >= 8 && news.answered() >= 8; }));
  }

  std::vector<sample> stop_clients() {
    auto out = sports.stop();
    auto more = news.stop();
    out.insert(out.end(), more.begin(), more.end());
    return out;
  }

  bool is_well() const {
    return is_personalized(tested, "tenant_sports") && is_personalized(tested, "tenant_news") &&
           breaker_of(tested, "signals") == "closed" && breaker_of(tested, "ranking") == "closed";
  }

  server tested{chaos_args(patient_steps)};
  stall_watch machine{tested.child().pid()};
  load sports{tested.api().port(), clients_of("tenant_sports")};
  load news{tested.api().port(), clients_of("tenant_news")};
};

/// Whether a kill of this one takes requests with it that are under way.
bool holds_requests(const std::string& path) {
  return path.starts_with("handlers") || path.starts_with("rankers") || path.starts_with("signals");
}

} // namespace

CAF_TEST_FIXTURE_SCOPE(kill_actors, fixture)

CAF_TEST(whoever is killed comes back within a second and every request is answered meanwhile) {
  std::size_t hit = 0;
  for (auto& before : actors_of(tested)) {
    slow_down(before.path.starts_with("signals") ? "signals" : "ranking");
    start_clients();
    const auto killed_at = clock_type::now();
    kill_actor(tested, before.path);
    const auto returns = time_until([&] {
      const auto now = actor_of(tested, before.path);
      return now.restarts > before.restarts && now.state == "running" && is_well();
    });
    const auto answers = stop_clients();
    CAF_MESSAGE(before.path << ": back after " << returns.count() << " ms; " << reasons_in(answers));
    CAF_CHECK_EQUAL(complaint(answers, machine), "");
    CAF_CHECK_EQUAL(exceeds(back_within, killed_at, returns, machine), "");
    if (holds_requests(before.path))
      hit += count_of(answers, [](auto& x) { return x.degraded; });
  }
  CAF_CHECK_GREATER(hit, 0u);
}

CAF_TEST(all of them killed at once come back within a second) {
  const auto before = actors_of(tested);
  start_clients();
  const auto killed_at = clock_type::now();
  for (auto& x : before)
    kill_actor(tested, x.path);
  const auto returns = time_until([&] {
    const auto now = actors_of(tested);
    for (std::size_t i = 0; i < now.size(); ++i)
      if (now.at(i).restarts <= before.at(i).restarts || now.at(i).state != "running")
        return false;
    return is_well();
  });
  const auto answers = stop_clients();
  CAF_MESSAGE("back after " << returns.count() << " ms; " << reasons_in(answers));
  CAF_CHECK_EQUAL(complaint(answers, machine), "");
  CAF_CHECK_EQUAL(exceeds(back_within, killed_at, returns, machine), "");
}

CAF_TEST_FIXTURE_SCOPE_END()

CAF_TEST(without chaos there are no routes that hurt) {
  server tested{{"--demo", "--feed-budget-ms", "1000", "--signal-store-timeout-ms", "300",
                 "--ranking-timeout-ms", "300"}};
  for (auto route : {"/admin/v1/actors/rankers/0/kill", "/admin/v1/actors/flags/kill"})
    CAF_CHECK_EQUAL(tested.admin().post(route).status, 404);
  for (auto route :
       {"/admin/v1/actors/rankers/0/faults", "/admin/v1/faults/signals", "/admin/v1/faults/ranking"}) {
    CAF_CHECK_EQUAL(tested.admin().put(route, R"({"hang": true})").status, 404);
    CAF_CHECK_EQUAL(tested.admin().del(route).status, 404);
  }
  for (auto& x : actors_of(tested))
    CAF_CHECK_EQUAL(x.restarts, 0);
  CAF_CHECK(is_personalized(tested, "tenant_sports"));
}

CAF_TEST(what cannot be hurt that way gets a clear answer) {
  server tested{chaos_args(patient_steps)};
  auto& admin = tested.admin();
  CAF_CHECK_EQUAL(admin.post("/admin/v1/actors/rankers/99/kill").status, 404);
  CAF_CHECK_EQUAL(admin.put("/admin/v1/actors/nobody/faults", R"({"hang": true})").status, 404);
  CAF_CHECK_EQUAL(admin.put("/admin/v1/faults/flags", R"({"hang": true})").status, 404);
  CAF_CHECK_EQUAL(admin.put("/admin/v1/faults/ranking", R"({"error_rate": 1.5})").status, 400);
  CAF_CHECK_EQUAL(admin.put("/admin/v1/faults/ranking", R"({"hnag": true})").status, 400);
  CAF_CHECK_EQUAL(admin.put("/admin/v1/actors/flags/faults", R"({"hang": "yes"})").status, 400);
  CAF_CHECK_EQUAL(tested.stranger().post("/admin/v1/actors/flags/kill").status, 401);
  CAF_CHECK_EQUAL(tested.api().post("/admin/v1/actors/flags/kill").status, 404);
  CAF_CHECK(eventually(1s, [&] { return is_personalized(tested, "tenant_sports"); }));
}
