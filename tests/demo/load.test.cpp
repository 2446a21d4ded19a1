#define CAF_SUITE demo.load

#include "tests/support/unit_test.hpp"

#include "demo/demo.hpp"
#include "demo/tenant.hpp"
#include "storage/memory/memory_stores.hpp"
#include "tests/support/random_world.hpp"

using namespace kinora;
using test::noon;

CAF_TEST(every tenant of the demo is stored with its rules and videos and users) {
  const auto out = make_memory_stores({100});
  CAF_REQUIRE(!demo::load(out, noon));
  for (auto& tenant : {demo::sports(noon), demo::news(noon), demo::showcase(noon)}) {
    const auto rules = out.tenants->load(tenant.id);
    CAF_REQUIRE(rules && *rules);
    CAF_CHECK((*rules)->rules == tenant.rules);
    const auto videos = out.videos->load(tenant.id);
    CAF_REQUIRE(videos);
    CAF_CHECK_EQUAL(videos->size(), tenant.videos.size());
    for (auto& user : tenant.users) {
      const auto signals = out.signals->load(tenant.id, user.hash);
      CAF_REQUIRE(signals && *signals);
      CAF_CHECK(signals_at(**signals, noon) == user.signals);
    }
  }
  CAF_CHECK_EQUAL(out.tenants->list()->size(), 3u);
}

CAF_TEST(a tenant that exists stays as it is) {
  const auto out = make_memory_stores({100});
  tenant_rules changed;
  changed.rollout_percentage = 12;
  CAF_REQUIRE(out.tenants->save("tenant_news", {changed, 7}));
  CAF_REQUIRE(!demo::load(out, noon));
  const auto rules = out.tenants->load("tenant_news");
  CAF_REQUIRE(rules && *rules);
  CAF_CHECK((**rules == versioned_rules{changed, 7}));
  CAF_CHECK(out.videos->load("tenant_news")->empty());
  CAF_CHECK_EQUAL(out.tenants->list()->size(), 3u);
}

CAF_TEST(a store that is full is reported) {
  const auto out = make_memory_stores({3});
  const auto bad = demo::load(out, noon);
  CAF_REQUIRE(bad);
  CAF_CHECK(bad->code == errc::storage_full);
}
