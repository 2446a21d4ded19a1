#define CAF_SUITE blackbox.tenant_isolation
#include "tests/support/unit_test.hpp"

#include "tests/blackbox/support/chaos.hpp"
#include "tests/blackbox/support/judge.hpp"

#include <boost/json/array.hpp>

using namespace kinora::blackbox;
using namespace std::chrono_literals;

namespace {

using clock_type = std::chrono::steady_clock;

/// Tenants whose ranking breaker the admin API tells of, each with its state.
std::string troubled_tenants(const server& of) {
  std::string out;
  const auto body = of.admin().get("/admin/v1/breakers").json();
  for (auto& breaker : body.at("breakers").as_array())
    for (auto& x : breaker.at("tenants").as_array())
      out += std::string{x.at("tenant").as_string()} + ' ' + std::string{x.at("state").as_string()} + ';';
  return out;
}

} // namespace

CAF_TEST(what hurts the ranking of one tenant degrades no answer of another) {
  // A step has all the time in the world, so that a busy machine degrades nothing: what is degraded has met
  // the fault. Delays are longer than that.
  const auto budget = 2'000ms;
  server tested{chaos_args({"--feed-budget-ms", "2000", "--signal-store-timeout-ms", "900",
                            "--ranking-timeout-ms", "300", "--cache-timeout-ms", "200"})};
  stall_watch machine{tested.child().pid()};
  load sports{tested.api().port(), clients_of("tenant_sports")};
  load news{tested.api().port(), clients_of("tenant_news")};
  const std::vector<std::pair<std::string, std::string>> faults{
      {"throw", R"({"throw": true, "tenant": "tenant_sports"})"},
      {"error_rate", R"({"error_rate": 1.0, "tenant": "tenant_sports"})"},
      {"hang", R"({"hang": true, "tenant": "tenant_sports"})"},
      {"delay_ms", R"({"delay_ms": 1000, "tenant": "tenant_sports"})"}};
  for (auto& [name, fault] : faults) {
    sports.start();
    news.start();
    hurt_dependency(tested, "ranking", fault);
    const auto hurt_at = clock_type::now();
    CAF_CHECK(eventually(10s, [&] { return troubled_tenants(tested) == "tenant_sports open;"; }));
    std::this_thread::sleep_for(200ms);
    const auto healed_at = clock_type::now();
    heal_dependency(tested, "ranking");
    reset_breaker(tested, "ranking");
    CAF_CHECK(eventually(3s, [&] { return is_personalized(tested, "tenant_sports"); }));
    const auto hurt = sports.stop();
    const auto others = news.stop();
    CAF_MESSAGE(name << ": tenant_sports " << reasons_in(hurt) << "tenant_news " << reasons_in(others));
    CAF_CHECK_EQUAL(complaint(hurt, machine, budget + 50ms), "");
    CAF_CHECK_EQUAL(complaint(others, machine, budget + 50ms), "");
    CAF_CHECK_EQUAL(first_of(started_between(hurt, hurt_at, healed_at),
                             [&](auto& x) { return !x.degraded && x.ended < healed_at; }),
                    "");
    CAF_CHECK_EQUAL(first_of(others, [](auto& x) { return x.degraded; }), "");
    CAF_CHECK_GREATER(others.size(), 100u);
    CAF_CHECK_EQUAL(troubled_tenants(tested), "");
  }
  for (auto& x : actors_of(tested))
    CAF_CHECK_EQUAL(x.path + ' ' + std::to_string(x.restarts), x.path + " 0");
}
