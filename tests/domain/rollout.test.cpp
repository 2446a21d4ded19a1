#define CAF_SUITE domain.rollout
#include "tests/support/unit_test.hpp"

#include "domain/rollout.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>
#include <vector>

using namespace kinora;

namespace {

constexpr int users = 100'000;

global_flags globally(double percentage) {
  global_flags flags;
  flags.rollout_percentage = percentage;
  return flags;
}

tenant_rules for_tenant(double percentage) {
  tenant_rules rules;
  rules.rollout_percentage = percentage;
  return rules;
}

/// Who of `users` users is in, when the global rollout is at `percentage`.
std::vector<bool> personalized_users(double percentage, std::string_view tenant) {
  std::vector<bool> in;
  for (int i = 0; i < users; ++i)
    in.push_back(decide_personalization(globally(percentage), {}, tenant, "user_" + std::to_string(i)) ==
                 personalization::on);
  return in;
}

double share_in_percent(const std::vector<bool>& in) {
  return 100.0 * static_cast<double>(std::count(in.begin(), in.end(), true)) / users;
}

} // namespace

CAF_TEST(the share of personalized users is the percentage within half a point) {
  for (const double percentage : {0.01, 1.0, 10.0, 33.33, 50.0, 99.0, 99.99}) {
    const auto share = share_in_percent(personalized_users(percentage, "tenant"));
    CAF_MESSAGE(percentage << " % wanted, " << share << " % personalized");
    CAF_CHECK_LESS_OR_EQUAL(std::abs(share - percentage), 0.5);
    CAF_CHECK_GREATER(share, 0.0);
    CAF_CHECK_LESS(share, 100.0);
  }
}

CAF_TEST(raising the percentage never removes a user) {
  auto before = personalized_users(0, "tenant");
  for (const double percentage : {0.01, 0.02, 1.0, 10.0, 10.01, 33.33, 50.0, 99.0, 100.0}) {
    const auto after = personalized_users(percentage, "tenant");
    int removed = 0;
    for (std::size_t i = 0; i < after.size(); ++i)
      removed += before[i] && !after[i];
    CAF_CHECK_EQUAL(removed, 0);
    before = after;
  }
}

CAF_TEST(being in at one tenant says nothing about another one) {
  for (const double percentage : {10.0, 50.0}) {
    const auto a = personalized_users(percentage, "tenant_a");
    const auto b = personalized_users(percentage, "tenant_b");
    std::vector<bool> both;
    for (std::size_t i = 0; i < a.size(); ++i)
      both.push_back(a[i] && b[i]);
    CAF_CHECK_LESS_OR_EQUAL(std::abs(share_in_percent(both) - percentage * percentage / 100.0), 0.5);
  }
}

CAF_TEST(buckets are uniform and differ between flags) {
  std::vector<int> hits(rollout_buckets, 0);
  int same = 0;
  for (int i = 0; i < users; ++i) {
    const auto user = std::to_string(i);
    const auto bucket = rollout_bucket("flag", "tenant", user);
    CAF_REQUIRE_LESS(bucket, rollout_buckets);
    ++hits[bucket];
    same += bucket == rollout_bucket("other", "tenant", user);
  }
  double chi_square = 0;
  for (const int x : hits)
    chi_square += (x - 10.0) * (x - 10.0) / 10.0;
  // 9,999 degrees of freedom: mean 9,999, standard deviation 141.
  CAF_CHECK_GREATER(chi_square, 9'999.0 - 5 * 141);
  CAF_CHECK_LESS(chi_square, 9'999.0 + 5 * 141);
  CAF_CHECK_LESS(same, 40);
}

CAF_TEST(moving a character from one part of the key to the next gives another bucket) {
  int same = 0;
  for (int i = 0; i < 1'000; ++i) {
    const auto n = std::to_string(i);
    same += rollout_bucket("f", "tenant" + n, "user") == rollout_bucket("f", "tenant", n + "user");
  }
  CAF_CHECK_LESS(same, 5);
}

CAF_TEST(basis points round to the nearest and stay within 0 to 10000) {
  CAF_CHECK_EQUAL(basis_points(0.0), 0u);
  CAF_CHECK_EQUAL(basis_points(0.01), 1u);
  CAF_CHECK_EQUAL(basis_points(0.29), 29u); // 0.29 * 100 is 28.999...
  CAF_CHECK_EQUAL(basis_points(33.33), 3'333u);
  CAF_CHECK_EQUAL(basis_points(99.99), 9'999u);
  CAF_CHECK_EQUAL(basis_points(100.0), 10'000u);
  CAF_CHECK_EQUAL(basis_points(-5.0), 0u);
  CAF_CHECK_EQUAL(basis_points(1e300), 10'000u);
  CAF_CHECK_EQUAL(basis_points(std::numeric_limits<double>::quiet_NaN()), 0u);
}

CAF_TEST(the first reason against personalization counts) {
  global_flags flags{.personalization_enabled = false, .kill_switch_active = true, .rollout_percentage = 0.0};
  tenant_rules rules = for_tenant(0.0);
  rules.personalization_enabled = false;
  const auto decision = [&] { return decide_personalization(flags, rules, "tenant", "user"); };
  CAF_CHECK(decision() == personalization::kill_switch);
  flags.kill_switch_active = false;
  CAF_CHECK(decision() == personalization::disabled_globally);
  flags.personalization_enabled = true;
  CAF_CHECK(decision() == personalization::disabled_for_tenant);
  rules.personalization_enabled = true;
  CAF_CHECK(decision() == personalization::rolled_out_to_none);
  flags.rollout_percentage = 100.0;
  CAF_CHECK(decision() == personalization::rolled_out_to_none);
  rules.rollout_percentage = 100.0;
  CAF_CHECK(decision() == personalization::on);
}

CAF_TEST(the smaller of the two percentages counts) {
  int differences = 0;
  for (int i = 0; i < 10'000; ++i) {
    const auto user = std::to_string(i);
    const auto expected = decide_personalization(globally(20.0), for_tenant(20.0), "tenant", user);
    differences += decide_personalization(globally(20.0), for_tenant(70.0), "tenant", user) != expected;
    differences += decide_personalization(globally(70.0), for_tenant(20.0), "tenant", user) != expected;
  }
  CAF_CHECK_EQUAL(differences, 0);
}

CAF_TEST(nobody is left out at an effective 100 percent) {
  const auto in = personalized_users(100.0, "tenant");
  CAF_CHECK_EQUAL(share_in_percent(in), 100.0);
}

CAF_TEST(the side is by the bucket whatever else happens and none where no split decides) {
  int wrong = 0;
  for (const double percentage : {0.0, 0.01, 50.0, 100.0})
    for (int i = 0; i < 1'000; ++i) {
      const auto user = std::to_string(i);
      const auto share = rollout_share(globally(percentage), for_tenant(80.0));
      const auto decision = decide_personalization(globally(percentage), for_tenant(80.0), "tenant", user);
      const auto expected = decision == personalization::on ? rollout_side::in : rollout_side::out;
      wrong += side_of(share, "tenant", user) != expected;
    }
  CAF_CHECK_EQUAL(wrong, 0);
  CAF_CHECK(rollout_share(globally(30.0), for_tenant(20.0)) == 2'000u);
  CAF_CHECK(side_of(0, "tenant", "user") == rollout_side::out);
  CAF_CHECK(side_of(rollout_buckets, "tenant", "user") == rollout_side::in);
  auto killed = globally(50.0), disabled = globally(50.0);
  killed.kill_switch_active = true;
  disabled.personalization_enabled = false;
  auto off = for_tenant(50.0);
  off.personalization_enabled = false;
  for (const auto& share :
       {rollout_share(killed, {}), rollout_share(disabled, {}), rollout_share(globally(50.0), off)}) {
    CAF_CHECK(!share);
    CAF_CHECK(side_of(share, "tenant", "user") == rollout_side::none);
  }
}

CAF_TEST(only a decision made by the rollout or for personalization depends on the user) {
  CAF_CHECK(depends_on_user(personalization::on));
  CAF_CHECK(depends_on_user(personalization::not_in_rollout));
  for (const auto x : {personalization::kill_switch, personalization::disabled_globally,
                       personalization::disabled_for_tenant, personalization::rolled_out_to_none})
    CAF_CHECK(!depends_on_user(x));
}
