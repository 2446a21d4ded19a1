#define CAF_SUITE actors.ranker
#include "tests/support/actor_test.hpp"

#include "actors/ranker.hpp"

using namespace kinora;
using namespace std::chrono_literals;

CAF_TEST_FIXTURE_SCOPE(ranker_tests, test::actor_fixture)

CAF_TEST(work that comes too late is not done but marked as taken up so that nobody takes the ranker for hung) {
  auto ranker = start<ranker_state>(std::make_shared<const fault_boards>(), 1u);
  auto job = std::make_shared<const rank_job>(nullptr, nullptr, page_request{}, wall_now(), now());
  CAF_CHECK(test::code_of(ask<payload<slate>>(ranker, rank_atom_v, job)) == errc::timeout);
  CAF_CHECK(job->taken_up.get() == now());
}

CAF_TEST_FIXTURE_SCOPE_END()
