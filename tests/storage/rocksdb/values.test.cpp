#define CAF_SUITE storage.rocksdb.values
#include "tests/support/unit_test.hpp"

#include "storage/rocksdb/codec.hpp"
#include "storage/rocksdb/keys.hpp"
#include "storage/rocksdb/values.hpp"
#include "tests/support/random_events.hpp"

#include <limits>
#include <random>

using namespace kinora;
using namespace kinora::test;

namespace {

/// What was encoded comes back, and no other bytes pass for it.
template <class T>
void check_roundtrip(const T& x) {
  auto bytes = encode(x);
  auto back = decode<T>(bytes);
  CAF_REQUIRE(back.has_value());
  CAF_CHECK(*back == x);
  for (std::size_t bit = 0; bit < 8 * bytes.size(); ++bit) {
    auto flipped = bytes;
    flipped[bit / 8] = static_cast<char>(flipped[bit / 8] ^ (1 << bit % 8));
    if (decode<T>(flipped))
      CAF_FAIL("bit " << bit << " may be flipped");
  }
  for (std::size_t size = 0; size < bytes.size(); ++size)
    if (decode<T>(std::string_view{bytes}.substr(0, size)))
      CAF_FAIL("it may be cut off at " << size);
  if (decode<T>(bytes + '\0'))
    CAF_FAIL("it may be longer");
}

user_record draw_record(random_world& world) {
  user_record out;
  if (world.chance(0.5))
    out = record_of(world.draw_signals({"a", "b", "c"}), noon);
  for (auto& x : draw_effects(world, world.below(10)))
    merge(out, record_of(x, noon));
  return out;
}

} // namespace

CAF_TEST(every kind of value comes back as it was and damage is noticed) {
  auto seed = std::random_device{}();
  CAF_MESSAGE("seed " << seed);
  random_world world{seed};
  for (int i = 0; i < 20; ++i) {
    auto x = world.draw_video("v" + std::to_string(i), noon);
    x.metadata = "{\"a\":\"\xc3\xa4\"}";
    check_roundtrip(x);
    auto rules = world.draw_rules({"a", "b"});
    rules.learning.weights[3] = -7.25;
    check_roundtrip(versioned_rules{rules, 1'700'000'000'000 + world.below(1'000)});
    check_roundtrip(draw_record(world));
    feed_stats stats;
    for (auto& cell : stats.cells)
      cell = {world.below(3), world.below(1'000), std::uint64_t{1} << world.below(64)};
    check_roundtrip(stats);
  }
  check_roundtrip(video{});
  check_roundtrip(versioned_rules{{}, 7, 3, noon, "ada"});
  check_roundtrip(sdk_key{"id", "ios", noon, "ada", digest_of("secret")});
  auto token = access_token{{"id", "desk", role::editor, {"a", "b"}}, noon, "ada", digest_of("secret")};
  auto back = decode<access_token>(encode(token));
  CAF_REQUIRE(back.has_value());
  CAF_CHECK(back->who.as == role::editor && back->who.tenants == token.who.tenants);
  CAF_CHECK(back->digest == token.digest && back->created_by == "ada" && back->created_at == noon);
  check_roundtrip(make_audit_entry(noon, {"id", "ada", "r"}, "rules.put", "acme", "x", {"{}", "{\"a\":1}"}));
  check_roundtrip(popularity_sum{-12.5, 1'700'000'000'000, 259'200'000});
  check_roundtrip(global_flags{false, true, 33.25, std::numeric_limits<std::uint64_t>::max()});
}

CAF_TEST(numbers come back from one end of their range to the other) {
  for (auto x : {std::numeric_limits<std::int64_t>::min(), std::int64_t{-1}, std::int64_t{0},
                 std::int64_t{63}, std::int64_t{64}, std::numeric_limits<std::int64_t>::max()})
    check_roundtrip(popularity_sum{0.0, x, 1});
}

CAF_TEST(what has a later version is not read) {
  value_writer later{4};
  later.flag(true);
  later.flag(false);
  later.real(100.0);
  later.count(1);
  auto bytes = std::move(later).seal();
  CAF_CHECK(!value_reader{bytes}.bad());
  CAF_CHECK(!decode<global_flags>(bytes));
  bytes[0] = '\1';
  CAF_CHECK(value_reader{bytes}.bad());
}

CAF_TEST(a record of version 1 does not say since when it is) {
  value_writer first{1};
  first.number(7); // touched
  first.number(5); // reference
  for (int lists = 0; lists < 4; ++lists)
    first.count(0);
  first.flag(false); // nothing set
  first.flag(false); // never active
  const auto found = decode<user_record>(std::move(first).seal());
  CAF_REQUIRE(found.has_value());
  CAF_CHECK_EQUAL(found->touched_ms, 7);
  CAF_CHECK_EQUAL(found->reference_ms, 5);
  CAF_CHECK_EQUAL(found->since_ms, 0);
}

CAF_TEST(keys of a tenant are neighbours and nobody else is among them) {
  std::vector<std::string> tenants{"a", "a-b", "a.b", "aa", "A", "b"};
  for (auto& tenant : tenants) {
    auto begin = tenant_key(tenant, {}), end = tenant_end(tenant);
    for (std::string rest : {"", "rules", "\xff\xff"}) {
      auto key = tenant_key(tenant, rest);
      CAF_CHECK(begin <= key && key < end);
      CAF_CHECK_EQUAL(std::string{tenant_of(key)}, tenant);
      CAF_CHECK_EQUAL(std::string{rest_of(key)}, rest);
      for (auto& other : tenants)
        if (other != tenant)
          CAF_CHECK(key < tenant_key(other, {}) || key >= tenant_end(other));
    }
  }
  CAF_CHECK(flags_key < tenant_key("-", {}));
  CAF_CHECK_EQUAL(event_key("t", "some id").size(), 2u + 16u);
  CAF_CHECK(event_key("t", "some id") != event_key("t", "some ie"));
}
