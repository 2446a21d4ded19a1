#define CAF_SUITE actors.breaker
#include "tests/support/actor_test.hpp"

#include "actors/breaker.hpp"

using namespace kinora;
using namespace kinora::test;
using namespace std::chrono_literals;

namespace {

struct fixture : actor_fixture {
  breaker_options options{}; // 5 failures, 30 s, 3 probes, 3 successes

  fixture() {
    auto map = std::make_shared<tenant_map>();
    for (auto* id : {"a", "b"})
      map->emplace(id, std::make_shared<tenant_board>());
    all_boards->tenants.publish(map);
  }

  breaker_actor run_breaker(dependency of) { return start<breaker_actor_state>(of, options, all_boards); }

  /// A call that begins after the last one has ended, and ends now.
  void report(const breaker_actor& hdl, std::string tenant, bool success, bool probe = false) {
    advance_time(1ms);
    port::tell(hdl, report_atom_v,
               std::make_shared<const call_outcome>(call_outcome{std::move(tenant), success, probe, now()}));
    settle();
  }

  void fail(const breaker_actor& hdl, std::string tenant, int times) {
    for (int i = 0; i < times; ++i)
      report(hdl, tenant, false);
  }

  bool permit(const breaker_actor& hdl, std::string tenant) {
    return *ask<bool>(hdl, permit_atom_v, std::move(tenant));
  }

  breaker_view ranking(std::string_view tenant) { return *all_boards->find(tenant)->ranking.load(); }
  breaker_view signals() { return *all_boards->signals.load(); }
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(breaker_tests, fixture)

CAF_TEST(consecutive failures open it and that is published) {
  auto hdl = run_breaker(dependency::signals);
  fail(hdl, "a", 4);
  CAF_CHECK_EQUAL(signals().state, breaker_state::closed);
  CAF_CHECK_EQUAL(signals().consecutive_failures, 4u);
  fail(hdl, "b", 1); // signals have one state for all tenants
  CAF_CHECK_EQUAL(signals().state, breaker_state::open);
  CAF_CHECK_EQUAL(signals().retry_at, now() + 30s);
}

CAF_TEST(a success in between begins the count anew) {
  auto hdl = run_breaker(dependency::signals);
  fail(hdl, "a", 4);
  report(hdl, "a", true);
  CAF_CHECK_EQUAL(signals().consecutive_failures, 0u);
  fail(hdl, "a", 4);
  CAF_CHECK_EQUAL(signals().state, breaker_state::closed);
}

CAF_TEST(an open one reads as half open when its recovery time is over) {
  auto hdl = run_breaker(dependency::signals);
  fail(hdl, "a", 5);
  CAF_CHECK(!permit(hdl, "a"));
  CAF_CHECK_EQUAL(signals().state_at(now() + 29'999ms), breaker_state::open);
  CAF_CHECK_EQUAL(signals().state_at(now() + 30s), breaker_state::half_open);
}

CAF_TEST(half open it permits three calls at a time and closes after three successes) {
  auto hdl = run_breaker(dependency::signals);
  fail(hdl, "a", 5);
  advance_time(30s);
  for (int i = 0; i < 3; ++i)
    CAF_CHECK(permit(hdl, "a"));
  CAF_CHECK(!permit(hdl, "a"));
  CAF_CHECK_EQUAL(signals().state, breaker_state::half_open);
  report(hdl, "a", true, true);
  report(hdl, "a", true, true);
  CAF_CHECK_EQUAL(signals().state, breaker_state::half_open);
  report(hdl, "a", true, true);
  CAF_CHECK_EQUAL(signals().state, breaker_state::closed);
  CAF_CHECK_EQUAL(signals().consecutive_failures, 0u);
}

CAF_TEST(one failed probe opens it again) {
  auto hdl = run_breaker(dependency::signals);
  fail(hdl, "a", 5);
  advance_time(30s);
  CAF_REQUIRE(permit(hdl, "a"));
  report(hdl, "a", false, true);
  CAF_CHECK_EQUAL(signals().state, breaker_state::open);
  CAF_CHECK_EQUAL(signals().retry_at, now() + 30s);
}

CAF_TEST(a closed one permits every call) {
  auto hdl = run_breaker(dependency::ranking);
  for (int i = 0; i < 10; ++i)
    CAF_CHECK(permit(hdl, "a"));
}

CAF_TEST(the failures of one tenant concern no other) {
  auto hdl = run_breaker(dependency::ranking);
  fail(hdl, "a", 5);
  CAF_CHECK_EQUAL(ranking("a").state, breaker_state::open);
  CAF_CHECK_EQUAL(ranking("b").state, breaker_state::closed);
  CAF_CHECK_EQUAL(ranking("b").consecutive_failures, 0u);
  CAF_CHECK(!permit(hdl, "a"));
  CAF_CHECK(permit(hdl, "b"));
}

CAF_TEST(a tenant that does not exist gets no state) {
  auto hdl = run_breaker(dependency::ranking);
  fail(hdl, "ghost", 5);
  CAF_CHECK(permit(hdl, "ghost"));
  auto map = std::make_shared<tenant_map>(*all_boards->tenants.load());
  map->emplace("ghost", std::make_shared<tenant_board>());
  all_boards->tenants.publish(map);
  fail(hdl, "ghost", 1);
  CAF_CHECK_EQUAL(ranking("ghost").consecutive_failures, 1u); // nothing of earlier was kept
}

CAF_TEST(a tenant that was removed is forgotten) {
  auto hdl = run_breaker(dependency::ranking);
  fail(hdl, "a", 5);
  auto all = all_boards->tenants.load();
  all_boards->tenants.publish(std::make_shared<tenant_map>());
  fail(hdl, "a", 1);
  all_boards->tenants.publish(all);
  CAF_CHECK(permit(hdl, "a"));
}

CAF_TEST(a worker that was started anew turns open ones half open) {
  auto hdl = run_breaker(dependency::ranking);
  fail(hdl, "a", 5);
  fail(hdl, "b", 2);
  port::tell(hdl, renewed_atom_v);
  settle();
  CAF_CHECK_EQUAL(ranking("a").state, breaker_state::half_open);
  CAF_CHECK_EQUAL(ranking("b").state, breaker_state::closed);
  CAF_CHECK_EQUAL(ranking("b").consecutive_failures, 2u);
  CAF_CHECK(permit(hdl, "a"));
}

CAF_TEST(an operator closes all of them) {
  auto hdl = run_breaker(dependency::ranking);
  fail(hdl, "a", 5);
  fail(hdl, "b", 2);
  port::tell(hdl, reset_atom_v);
  settle();
  for (auto* id : {"a", "b"}) {
    CAF_CHECK_EQUAL(ranking(id).state, breaker_state::closed);
    CAF_CHECK_EQUAL(ranking(id).consecutive_failures, 0u);
  }
}

CAF_TEST(a new instance goes on from the board) {
  for (auto of : {dependency::signals, dependency::ranking}) {
    auto view = [&] { return of == dependency::signals ? signals() : ranking("a"); };
    auto first = run_breaker(of);
    fail(first, "a", 3);
    kill(first);
    auto second = run_breaker(of);
    fail(second, "a", 2);
    CAF_CHECK_EQUAL(view().state, breaker_state::open);
    auto retry_at = view().retry_at;
    kill(second);
    CAF_CHECK_EQUAL(view().state, breaker_state::open);
    auto third = run_breaker(of);
    CAF_CHECK(!permit(third, "a"));
    CAF_CHECK_EQUAL(view().retry_at, retry_at);
    advance_time(30s);
    CAF_CHECK(permit(third, "a"));
  }
}

CAF_TEST(a board is published only when something changed) {
  auto hdl = run_breaker(dependency::signals);
  fail(hdl, "a", 5);
  auto generation = all_boards->signals.generation();
  report(hdl, "a", true);
  report(hdl, "a", false);
  permit(hdl, "a");
  CAF_CHECK_EQUAL(all_boards->signals.generation(), generation);
}

CAF_TEST_FIXTURE_SCOPE_END()
