#define CAF_SUITE blackbox.quarantine
#include "tests/support/unit_test.hpp"

#include "tests/blackbox/support/chaos.hpp"
#include "tests/blackbox/support/judge.hpp"

using namespace kinora::blackbox;
using namespace std::chrono_literals;

namespace {

using clock_type = std::chrono::steady_clock;

constexpr std::size_t intensity = 3;

/// Counted from the clearing of the fault: the next probe, and some time to come up.
constexpr auto heals_within = 200ms + 1s;

struct fixture {
  /// Keeps `path` from starting, under load, until it is in quarantine.
  void quarantine(const std::string& path) {
    clients.start();
    hurt_actor(tested, path, R"({"crash_on_start": true})");
    kill_actor(tested, path);
    CAF_REQUIRE(eventually(10s, [&] { return actor_of(tested, path).state == "quarantined"; }));
    quarantined_at = clock_type::now();
    std::this_thread::sleep_for(150ms);
  }

  /// Lets it start again. Returns all answers; `in_quarantine` gets those given while it was there.
  std::vector<sample> heal(const std::string& path) {
    const auto cleared_at = clock_type::now();
    heal_actor(tested, path);
    const auto heals = time_until([&] {
      return actor_of(tested, path).state == "running" && is_personalized(tested, "tenant_sports");
    });
    auto answers = clients.stop();
    in_quarantine = started_between(answers, quarantined_at, cleared_at);
    CAF_MESSAGE(path << ": healed after " << heals.count() << " ms; " << reasons_in(answers));
    CAF_CHECK_EQUAL(exceeds(heals_within, cleared_at, heals, machine), "");
    CAF_CHECK(!tested.child().wait(0ms).has_value());
    return answers;
  }

  /// How often the log tells of the end of an actor before it tells of its quarantine.
  std::size_t falls_before_quarantine(const std::string& path) {
    std::size_t falls = 0;
    for (auto& line : lines_of(tested.child().out())) {
      if (line.find("\"actor\":\"" + path + '"') == line.npos)
        continue;
      if (line.find("quarantined") != line.npos)
        return falls;
      if (line.find("actor down") != line.npos)
        ++falls;
    }
    return 0;
  }

  /// The log is written a moment later than the state changes.
  void check_falls(const std::string& path) {
    static_cast<void>(eventually(1s, [&] { return falls_before_quarantine(path) > 0; }));
    CAF_CHECK_EQUAL(falls_before_quarantine(path), intensity + 1);
  }

  void check_others_run(const std::string& path) {
    for (auto& x : actors_of(tested))
      if (!x.path.starts_with(path))
        CAF_CHECK_EQUAL(x.path + ' ' + x.state, x.path + " running");
  }

  // Steps that no busy machine mistakes for a failure: whatever is degraded here has another reason.
  server tested{chaos_args({"--restart-intensity", std::to_string(intensity), "--quarantine-probe-ms", "200",
                            "--signal-cache-mb", "0", // so that every feed meets the signals
                            "--feed-budget-ms", "1000", "--signal-store-timeout-ms", "300",
                            "--ranking-timeout-ms", "300", "--cache-timeout-ms", "100"})};
  stall_watch machine{tested.child().pid()};
  load clients{tested.api().port(), clients_of("tenant_sports")};
  clock_type::time_point quarantined_at;
  std::vector<sample> in_quarantine;
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(quarantine_tests, fixture)

CAF_TEST(the work of whoever is in quarantine is answered by the fallback at once) {
  const std::vector<std::pair<std::string, std::string>> reasons{{"rankers", "ranking_unavailable"},
                                                                 {"signals", "signals_unavailable"},
                                                                 {"handlers", "handler_unavailable"}};
  for (auto& [path, reason] : reasons) {
    quarantine(path);
    check_falls(path);
    check_others_run(path);
    const auto restarts = actor_of(tested, path).restarts;
    const auto answers = heal(path);
    CAF_CHECK_EQUAL(complaint(answers, machine), "");
    CAF_CHECK_EQUAL(complaint(in_quarantine, machine), "");
    CAF_CHECK_EQUAL(first_of(in_quarantine, [&](auto& x) { return x.reason != reason; }), "");
    CAF_CHECK_GREATER(actor_of(tested, path).restarts, restarts);
  }
}

CAF_TEST(one of several workers in quarantine leaves feeds personalized) {
  for (auto path : {"rankers/0", "signals/1", "handlers/0"}) {
    quarantine(path);
    check_falls(path);
    check_others_run(path);
    CAF_CHECK_EQUAL(complaint(heal(path), machine), "");
    CAF_CHECK_EQUAL(complaint(in_quarantine, machine), "");
    CAF_CHECK_EQUAL(first_of(in_quarantine, [](auto& x) { return x.degraded; }), "");
  }
}

CAF_TEST(owners in quarantine refuse changes while feeds go on from their boards) {
  const std::string rules = "/admin/v1/tenants/tenant_sports";
  const auto old_rules = tested.admin().get(rules).body;
  const auto old_flags = tested.admin().get("/admin/v1/flags").body;
  for (auto path : {"flags", "tenants/tenant_sports", "tenants", "breakers/ranking", "breakers"}) {
    quarantine(path);
    check_others_run(path);
    if (std::string{path} == "flags") {
      CAF_CHECK_EQUAL(tested.admin().patch("/admin/v1/flags", R"({"kill_switch_active": true})").status, 503);
      CAF_CHECK_EQUAL(tested.admin().get("/admin/v1/flags").body, old_flags);
    } else if (std::string{path}.starts_with("tenants")) {
      CAF_CHECK_EQUAL(tested.admin().put(rules, R"({"rollout_percentage": 0})").status, 503);
      CAF_CHECK_EQUAL(tested.admin().get(rules).body, old_rules);
    }
    const auto answers = heal(path);
    CAF_CHECK_EQUAL(complaint(answers, machine), "");
    CAF_CHECK_EQUAL(first_of(answers, [](auto& x) { return x.degraded; }), "");
    CAF_CHECK(!in_quarantine.empty());
  }
  CAF_CHECK_EQUAL(tested.admin().patch("/admin/v1/flags", R"({"kill_switch_active": true})").status, 200);
  CAF_CHECK_EQUAL(tested.admin().put(rules, R"({"rollout_percentage": 50})").status, 200);
  CAF_CHECK(!is_personalized(tested, "tenant_sports", 1));
}

CAF_TEST_FIXTURE_SCOPE_END()
