#define CAF_SUITE actors.ranker
#include "tests/support/actor_test.hpp"

#include "actors/ranker.hpp"
#include "domain/best_candidates.hpp"

using namespace kinora;
using namespace std::chrono_literals;

CAF_TEST_FIXTURE_SCOPE(ranker_tests, test::actor_fixture)

CAF_TEST(work that comes too late is not done but marked as taken up so that nobody takes the ranker for hung) {
  auto ranker = start<ranker_state>(std::make_shared<const fault_boards>(), 1u);
  auto job = std::make_shared<const rank_job>(nullptr, nullptr, page_request{}, wall_now(), now());
  CAF_CHECK(test::code_of(ask<payload<slate>>(ranker, rank_atom_v, job)) == errc::timeout);
  CAF_CHECK(job->taken_up.get() == now());
}

CAF_TEST(a page that may be reduced is ranked from the best candidates of the tenant) {
  tenant_snapshot tenant;
  tenant.id = "acme";
  tenant.catalogue =
      test::make_snapshot({test::make_video("a", 90), test::make_video("b", 80), test::make_video("c", 70)});
  tenant.rules = tenant.catalogue->rules;
  tenant.trending = make_trending(tenant.catalogue, test::noon);
  tenant.best_candidates = best_candidates(*tenant.trending, 2);
  const auto shared = std::make_shared<const tenant_snapshot>(tenant);
  auto ranker = start<ranker_state>(std::make_shared<const fault_boards>(), 1u);
  for (auto may_reduce : {false, true}) {
    page_request page;
    page.limit = 1;
    page.may_reduce = may_reduce;
    auto answer = ask<payload<slate>>(
        ranker, rank_atom_v,
        std::make_shared<const rank_job>(shared, nullptr, page, wall_now(), now() + 20ms));
    CAF_REQUIRE(answer);
    CAF_CHECK_EQUAL((*answer)->is_reduced, may_reduce);
    CAF_CHECK_EQUAL((*answer)->items.at(0).video->id, "a");
  }
}

CAF_TEST_FIXTURE_SCOPE_END()
