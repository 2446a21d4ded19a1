#define CAF_SUITE actors.signal_fetcher
#include "tests/support/actor_test.hpp"

#include "actors/signal_fetcher.hpp"

using namespace kinora;
using namespace std::chrono_literals;

CAF_TEST_FIXTURE_SCOPE(signal_fetcher_tests, test::actor_fixture)

CAF_TEST(work that comes too late is not done but marked as taken up so that nobody takes the fetcher for hung) {
  auto fetcher = start<signal_fetcher_state>(engine.signals, std::make_shared<const fault_boards>(), 1u);
  auto job = std::make_shared<const signals_job>("a", "u", now());
  CAF_CHECK(test::code_of(ask<payload<user_signals>>(fetcher, fetch_atom_v, job)) == errc::timeout);
  CAF_CHECK(job->taken_up.get() == now());
}

CAF_TEST_FIXTURE_SCOPE_END()
