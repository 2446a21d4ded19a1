#define CAF_SUITE actors.stats_reader
#include "tests/support/actor_test.hpp"

#include "actors/stats_reader.hpp"

using namespace kinora;
using namespace std::chrono_literals;

namespace {

/// Fails, or has one hour for every tenant.
class one_hour_store : public stats_store {
public:
  result<std::vector<hourly_stats>> load(std::string_view, stats_hour first, stats_hour) override {
    if (fail)
      return failure{errc::storage_failed, {}, "disk on fire"};
    return std::vector{hourly_stats{first, {}}};
  }

  bool fail = false;
};

struct fixture : test::actor_fixture {
  std::shared_ptr<one_hour_store> store = std::make_shared<one_hour_store>();
  stats_reader_actor reader = start<stats_reader_state>(store);

  auto read(std::chrono::milliseconds left) {
    const auto first = std::chrono::floor<std::chrono::hours>(wall_now());
    return ask<payload<std::vector<hourly_stats>>>(reader, fetch_atom_v,
                                                   payload<stats_job>{std::make_shared<const stats_job>(
                                                       stats_job{"a", first, first + 1h, now() + left})});
  }
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(stats_reader_tests, fixture)

CAF_TEST(the hours of the store come back) {
  auto found = read(1s);
  CAF_REQUIRE(found && *found);
  CAF_CHECK_EQUAL((*found)->size(), 1u);
}

CAF_TEST(a store that fails is said to) {
  store->fail = true;
  CAF_CHECK(test::code_of(read(1s)) == errc::storage_failed);
}

CAF_TEST(nothing is read for whom nobody waits) {
  CAF_CHECK(test::code_of(read(0s)) == errc::timeout);
}

CAF_TEST_FIXTURE_SCOPE_END()
