#define CAF_SUITE actors.signal_cache
#include "tests/support/actor_test.hpp"

#include "actors/signal_cache.hpp"

using namespace kinora;
using namespace std::chrono_literals;
using test::noon;

namespace {

payload<ranking_signals> watched(std::vector<std::string> ids) {
  user_signals out;
  out.watched_ids = std::move(ids);
  return std::make_shared<const ranking_signals>(out);
}

void fill(signal_cache& x, const std::string& tenant, const std::string& user,
          payload<ranking_signals> signals, wall_time now = noon) {
  x.begin(tenant, user).keep(std::move(signals), now);
}

} // namespace

CAF_TEST(it gives back what was put in for that tenant and that user alone) {
  signal_cache x{1 << 20};
  auto ada = watched({"v"});
  fill(x, "acme", "ada", ada);
  CAF_CHECK(x.find("acme", "ada", noon) == ada);
  CAF_CHECK(!x.find("zoo", "ada", noon));
  CAF_CHECK(!x.find("acme", "bob", noon));
  CAF_CHECK(!x.find("ac", "meada", noon));
  CAF_CHECK(x.look().hits == 1u);
  CAF_CHECK(x.look().misses == 1u); // reads of the store: one filled it
}

CAF_TEST(a forgotten user is gone) {
  signal_cache x{1 << 20};
  fill(x, "acme", "ada", watched({"v"}));
  fill(x, "acme", "bob", watched({"v"}));
  x.forget("acme", "ada");
  CAF_CHECK(!x.find("acme", "ada", noon));
  CAF_CHECK(x.find("acme", "bob", noon).has_value());
  CAF_CHECK(x.look().users == 1u);
}

CAF_TEST(what was read before the user was forgotten does not come in after it) {
  signal_cache x{1 << 20};
  auto old = x.begin("acme", "ada");
  x.forget("acme", "ada");
  auto fresh = watched({"new"});
  auto newer = x.begin("acme", "ada");
  old.keep(watched({"old"}), noon);
  CAF_CHECK(!x.find("acme", "ada", noon));
  newer.keep(fresh, noon);
  CAF_CHECK(x.find("acme", "ada", noon) == fresh);
}

CAF_TEST(a forgotten tenant takes its users and what is being read for them along) {
  signal_cache x{1 << 20};
  fill(x, "acme", "ada", watched({"v"}));
  fill(x, "acme2", "ada", watched({"v"}));
  auto late = x.begin("acme", "bob");
  x.forget_tenant("acme");
  late.keep(watched({"old"}), noon);
  CAF_CHECK(!x.find("acme", "ada", noon));
  CAF_CHECK(!x.find("acme", "bob", noon));
  CAF_CHECK(x.find("acme2", "ada", noon).has_value());
}

CAF_TEST(what decays is not kept for ever) {
  signal_cache x{1 << 20};
  fill(x, "acme", "ada", watched({"v"}));
  CAF_CHECK(x.find("acme", "ada", noon + signal_cache::ttl).has_value());
  CAF_CHECK(!x.find("acme", "ada", noon + signal_cache::ttl + 1ms));
  CAF_CHECK(x.look().bytes == 0u);
}

CAF_TEST(it stays within its bytes and drops those who were not here for longest) {
  constexpr std::size_t bytes = 1 << 20;
  signal_cache x{bytes};
  fill(x, "acme", "regular", watched({"v"}));
  for (int i = 0; i < 20'000; ++i) {
    fill(x, "acme", "user" + std::to_string(i), watched({"a rather long id of some video", "another one"}));
    CAF_REQUIRE(x.find("acme", "regular", noon).has_value());
    if (i % 1000 == 0)
      CAF_CHECK(x.look().bytes <= bytes);
  }
  CAF_CHECK(!x.find("acme", "user0", noon));
  CAF_CHECK(x.find("acme", "user19999", noon).has_value());
  auto now = x.look();
  CAF_CHECK(now.users > 100 && now.users < 10'000);
  CAF_CHECK(now.bytes > bytes / 2);
}

CAF_TEST(without bytes nothing is cached) {
  signal_cache x{0};
  fill(x, "acme", "ada", watched({}));
  CAF_CHECK(!x.find("acme", "ada", noon));
}
