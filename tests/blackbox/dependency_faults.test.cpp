#define CAF_SUITE blackbox.dependency_faults
#include "tests/support/unit_test.hpp"

#include "tests/blackbox/support/chaos.hpp"
#include "tests/blackbox/support/judge.hpp"

using namespace kinora::blackbox;
using namespace std::chrono_literals;

namespace {

using clock_type = std::chrono::steady_clock;

constexpr int failure_threshold = 5;    // the default
constexpr auto recovery_time = 1'000ms; // as chaos_args() sets it

struct fault_case {
  std::string dependency;
  std::string fault;
  std::string reason; ///< Of an answer that met the fault.
};

/// Every fault of both dependencies, at 100 %. Delays are longer than any step may take.
std::vector<fault_case> all_faults() {
  std::vector<fault_case> out;
  for (std::string dependency : {"signals", "ranking"}) {
    out.push_back({dependency, R"({"delay_ms": 80})", dependency + "_timeout"});
    out.push_back({dependency, R"({"hang": true})", dependency + "_timeout"});
    out.push_back({dependency, R"({"error_rate": 1.0})", dependency + "_failed"});
    out.push_back({dependency, R"({"throw": true})", dependency + "_failed"});
  }
  return out;
}

/// Whether a request waited for the dependency.
bool waited_for(const sample& x, const std::string& dependency) {
  return stage_time(x.timing, dependency).has_value();
}

struct fixture {
  std::string reason_of_one_request() {
    const auto page = feed(tested.api(), "tenant_sports", "user_hash=user_sporty");
    auto* reason = page.at("degraded_reason").if_string();
    return reason != nullptr ? std::string{*reason} : std::string{};
  }

  void recover(const fault_case& x) {
    heal_dependency(tested, x.dependency);
    reset_breaker(tested, x.dependency);
    CAF_CHECK_EQUAL(breaker_of(tested, x.dependency), "closed");
    CAF_REQUIRE(eventually(2s, [&] { return is_personalized(tested, "tenant_sports"); }));
  }

  void check_no_restarts() {
    for (auto& x : actors_of(tested))
      CAF_CHECK_EQUAL(x.path + ' ' + std::to_string(x.restarts), x.path + " 0");
  }

  server tested{chaos_args(
      {"--signal-store-timeout-ms", "30", "--ranking-timeout-ms", "30", "--cache-timeout-ms", "20"})};
  stall_watch machine{tested.child().pid()};
  load clients{tested.api().port(), clients_of("tenant_sports")};
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(dependency_faults, fixture)

CAF_TEST(a breaker opens after as many failures as its threshold and not before) {
  for (auto& x : all_faults()) {
    hurt_dependency(tested, x.dependency, x.fault);
    int failures = 0;
    std::string reason;
    for (int i = 0; i < 20 * failure_threshold && reason != x.dependency + "_circuit_open"; ++i)
      if ((reason = reason_of_one_request()) == x.reason)
        ++failures;
    CAF_MESSAGE(x.dependency << ' ' << x.fault << ": " << failures << " failures, then " << reason);
    CAF_CHECK_EQUAL(reason, x.dependency + "_circuit_open");
    CAF_CHECK_GREATER_OR_EQUAL(failures, failure_threshold);
    CAF_CHECK_EQUAL(breaker_of(tested, x.dependency), "open");
    recover(x);
  }
  check_no_restarts();
}

CAF_TEST(under a fault every request is answered in time and an open breaker lets none wait) {
  for (auto& x : all_faults()) {
    clients.start();
    std::this_thread::sleep_for(50ms);
    hurt_dependency(tested, x.dependency, x.fault);
    const auto hurt_at = clock_type::now();
    CAF_REQUIRE(eventually(5s, [&] { return breaker_of(tested, x.dependency) == "open"; }));
    const auto open_at = clock_type::now();
    std::this_thread::sleep_for(recovery_time / 4);
    CAF_CHECK_EQUAL(breaker_of(tested, x.dependency), "open");
    const auto answers = clients.stop();
    const auto failing_fast =
        undisturbed(started_between(answers, open_at, open_at + recovery_time / 4), machine);
    CAF_MESSAGE(x.dependency << ' ' << x.fault << ": " << reasons_in(answers));
    CAF_CHECK_EQUAL(complaint(answers, machine), "");
    const auto since_hurt = started_between(answers, hurt_at, clock_type::now());
    CAF_CHECK_EQUAL(first_of(since_hurt, [](auto& y) { return !y.degraded; }), "");
    CAF_CHECK_EQUAL(
        first_of(failing_fast, [&](auto& y) { return y.reason != x.dependency + "_circuit_open"; }), "");
    CAF_CHECK_EQUAL(first_of(failing_fast, [&](auto& y) { return waited_for(y, x.dependency); }), "");
    recover(x);
  }
  check_no_restarts();
}

CAF_TEST(after the recovery time probes close a breaker once the fault is cleared and not before) {
  for (std::string dependency : {"signals", "ranking"}) {
    hurt_dependency(tested, dependency, R"({"throw": true})");
    CAF_REQUIRE(eventually(5s, [&] { return reason_of_one_request() == dependency + "_circuit_open"; }));
    const auto open_at = clock_type::now();
    CAF_CHECK_EQUAL(breaker_of(tested, dependency), "open");
    // Nobody asks: it waits for a probe.
    CAF_REQUIRE(eventually(3s, [&] { return breaker_of(tested, dependency) == "half_open"; }));
    CAF_CHECK(clock_type::now() - open_at >= recovery_time - 100ms);
    // The probe fails: it is open again, and fails fast.
    CAF_CHECK_EQUAL(reason_of_one_request(), dependency + "_failed");
    CAF_CHECK(eventually(500ms, [&] { return breaker_of(tested, dependency) == "open"; }));
    CAF_CHECK_EQUAL(reason_of_one_request(), dependency + "_circuit_open");
    // Cleared: personalized by itself.
    heal_dependency(tested, dependency);
    clients.start();
    CAF_CHECK(eventually(3s, [&] { return breaker_of(tested, dependency) == "closed"; }));
    CAF_CHECK(eventually(1s, [&] { return is_personalized(tested, "tenant_sports"); }));
    CAF_CHECK_EQUAL(complaint(clients.stop(), machine), "");
  }
  check_no_restarts();
}

CAF_TEST(the worst breaker is the one that readiness names and it stays ready) {
  hurt_dependency(tested, "ranking", R"({"error_rate": 1.0, "tenant": "tenant_news"})");
  CAF_REQUIRE(eventually(5s, [&] {
    static_cast<void>(feed(tested.api(), "tenant_news", "user_hash=user_newsy"));
    return breaker_of(tested, "ranking") == "open";
  }));
  const auto ready = tested.api().get("/health/ready");
  CAF_CHECK_EQUAL(ready.status, 200);
  const auto body = ready.json();
  CAF_CHECK_EQUAL(body.at("circuit_breaker").at("name").as_string(), "ranking");
  CAF_CHECK_EQUAL(body.at("circuit_breaker").at("state").as_string(), "open");
  CAF_CHECK_EQUAL(breaker_of(tested, "signals"), "closed");
}

CAF_TEST(a share of calls that fails costs no answer) {
  clients.start();
  for (std::string dependency : {"signals", "ranking"}) {
    hurt_dependency(tested, dependency, R"({"error_rate": 0.2})");
    std::this_thread::sleep_for(300ms);
    heal_dependency(tested, dependency);
  }
  const auto answers = clients.stop();
  CAF_CHECK_EQUAL(complaint(answers, machine), "");
  CAF_CHECK_GREATER(count_of(answers, [](auto& x) { return x.degraded; }), 0u);
  CAF_CHECK_GREATER(count_of(answers, [](auto& x) { return x.personalized; }), 0u);
}

CAF_TEST_FIXTURE_SCOPE_END()
