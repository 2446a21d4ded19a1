#define CAF_SUITE http.breaker_status
#include "tests/support/unit_test.hpp"

#include "http/breaker_status.hpp"

using namespace kinora;
using namespace kinora::http;
using namespace std::chrono_literals;

namespace {

constexpr auto start = steady_time{1'000s};

struct fixture {
  boards all;
  tenant_board_ptr a = std::make_shared<tenant_board>();
  tenant_board_ptr b = std::make_shared<tenant_board>();

  fixture() { all.tenants.publish(std::make_shared<const tenant_map>(tenant_map{{"a", a}, {"b", b}})); }

  static std::shared_ptr<const breaker_view> view(breaker_state state, std::uint32_t failures) {
    return std::make_shared<const breaker_view>(breaker_view{state, failures, start + 30s});
  }
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(breaker_status_tests, fixture)

CAF_TEST(closed breakers without failures name no tenant) {
  auto out = read_breakers(all, start);
  CAF_REQUIRE_EQUAL(out.size(), 2u);
  CAF_CHECK_EQUAL(out[0].name, "signals");
  CAF_CHECK_EQUAL(out[1].name, "ranking");
  CAF_CHECK(out[1].state == breaker_state::closed);
  CAF_CHECK(out[1].tenants.empty());
}

CAF_TEST(ranking reports the worst of its tenants) {
  a->ranking.publish(view(breaker_state::closed, 2));
  b->ranking.publish(view(breaker_state::open, 5));
  auto ranking = read_breakers(all, start)[1];
  CAF_CHECK(ranking.state == breaker_state::open);
  CAF_CHECK_EQUAL(ranking.consecutive_failures, 5u);
  CAF_REQUIRE_EQUAL(ranking.tenants.size(), 2u);
  CAF_CHECK_EQUAL(ranking.tenants[0].tenant, "a");
  CAF_CHECK(ranking.tenants[0].state == breaker_state::closed);
}

CAF_TEST(an open breaker reads as half open once its time is over) {
  all.signals.publish(view(breaker_state::open, 5));
  CAF_CHECK(read_breakers(all, start + 29s)[0].state == breaker_state::open);
  CAF_CHECK(read_breakers(all, start + 30s)[0].state == breaker_state::half_open);
}

CAF_TEST(open is worse than half open and that is worse than closed) {
  CAF_CHECK(severity(breaker_state::open) > severity(breaker_state::half_open));
  CAF_CHECK(severity(breaker_state::half_open) > severity(breaker_state::closed));
}

CAF_TEST_FIXTURE_SCOPE_END()
