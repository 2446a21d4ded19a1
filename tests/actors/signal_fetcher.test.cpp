#define CAF_SUITE actors.signal_fetcher
#include "tests/support/actor_test.hpp"

#include "actors/signal_fetcher.hpp"
#include "tests/support/flaky_stores.hpp"

using namespace kinora;
using namespace std::chrono_literals;

namespace {

struct fixture : test::actor_fixture {
  std::shared_ptr<signal_cache> cache = std::make_shared<signal_cache>(1 << 20);

  fixture() { store_tenant("a"); }

  signal_fetcher_actor run_fetcher() {
    return start<signal_fetcher_state>(signal_fetcher_options{24h * 90, wall_clock(), 1u}, engine.signals,
                                       cache, std::make_shared<const fault_boards>());
  }

  payload<signals_job> job_for(std::string user) {
    return std::make_shared<const signals_job>("a", std::move(user), now() + 1s);
  }

  void store(const std::string& user, wall_time when) {
    CAF_REQUIRE(
        engine.signals->save("a", user, record_of(user_signals{{"v"}, {}, {}, {}, {}}, when)).has_value());
  }
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(signal_fetcher_tests, fixture)

CAF_TEST(work that comes too late is not done but marked as taken up so that nobody takes the fetcher for hung) {
  auto fetcher = run_fetcher();
  auto job = std::make_shared<const signals_job>("a", "u", now());
  CAF_CHECK(test::code_of(ask<payload<ranking_signals>>(fetcher, fetch_atom_v, job)) == errc::timeout);
  CAF_CHECK(job->taken_up.get() == now());
}

CAF_TEST(a read that has waited and would be too late is not done) {
  auto store = std::make_shared<test::flaky_signal_store>(engine.signals);
  auto takes = 6ms;
  store->on_read = [&] { sched.clock().current_time += takes; };
  auto fetcher =
      start<signal_fetcher_state>(signal_fetcher_options{24h * 90, wall_clock(), 1u}, store,
                                  std::make_shared<signal_cache>(0), std::make_shared<const fault_boards>());
  auto read = [&](std::chrono::milliseconds waited, bool says_so = true) {
    const auto asked_at = now() - waited;
    const auto before = store->reads;
    const auto at = now();
    auto job = std::make_shared<const signals_job>("a", "u", asked_at + 10ms, std::nullopt, std::nullopt,
                                                   says_so ? std::optional{asked_at} : std::nullopt);
    (void)ask<payload<ranking_signals>>(fetcher, fetch_atom_v, job);
    const auto is_read = store->reads > before;
    // One that is left out counts as taken up too late: no breaker hears of it.
    CAF_CHECK(job->taken_up.get() == (is_read ? at : job->deadline));
    return is_read;
  };
  CAF_CHECK(read(5ms)); // nothing is known of the store yet
  CAF_CHECK(read(5ms)); // one slow read says nothing
  CAF_CHECK(!read(5ms));
  CAF_CHECK(!read(9ms));
  CAF_CHECK(read(4ms)); // it has just the time
  takes = 9ms;
  CAF_CHECK(read(0ms));
  CAF_CHECK(read(0ms));
  CAF_CHECK(!read(2ms)); // it has waited less than it has left, and would be too late
  CAF_CHECK(read(1ms));  // who has hardly waited finds out how the store does
  CAF_CHECK(read(5ms, false));
  takes = 1ms;
  CAF_CHECK(read(0ms)); // the last two count
  CAF_CHECK(read(5ms));
  CAF_CHECK(read(8ms));
  CAF_CHECK(read(9ms)); // it has just the time
}

CAF_TEST(what is fetched is cached whether the user is known or not ) {
  auto fetcher = run_fetcher();
  store("u", wall_now());
  CAF_CHECK(!cache->find("a", "u", wall_now()));
  auto found = ask<payload<ranking_signals>>(fetcher, fetch_atom_v, job_for("u"));
  CAF_REQUIRE(found && *found);
  CAF_CHECK((*found)->hidden == (std::vector<std::uint64_t>{video_hash("v")}));
  CAF_CHECK(cache->find("a", "u", wall_now()) == *found);
  CAF_REQUIRE(ask<payload<ranking_signals>>(fetcher, fetch_atom_v, job_for("nobody")));
  auto cached = cache->find("a", "nobody", wall_now());
  CAF_REQUIRE(cached.has_value());
  CAF_CHECK(*cached == nullptr);
}

CAF_TEST(a user whom nothing has touched for the time of retention is unknown) {
  auto fetcher = run_fetcher();
  store("old", wall_now() - 24h * 91);
  store("kept", wall_now() - 24h * 89);
  CAF_CHECK(ask<payload<ranking_signals>>(fetcher, fetch_atom_v, job_for("old")).value() == nullptr);
  CAF_CHECK(ask<payload<user_record>>(fetcher, find_atom_v, job_for("old")).value() == nullptr);
  CAF_CHECK(ask<payload<user_record>>(fetcher, find_atom_v, job_for("kept")).value() != nullptr);
}

CAF_TEST_FIXTURE_SCOPE_END()
