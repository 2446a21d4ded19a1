#define CAF_SUITE domain.scoring

#include "tests/support/unit_test.hpp"

#include "domain/scoring/affinity.hpp"
#include "domain/scoring/formula.hpp"
#include "domain/scoring/multipliers.hpp"
#include "domain/scoring/popularity.hpp"
#include "domain/scoring/recency.hpp"
#include "tests/support/random_world.hpp"

#include <limits>

using namespace kinora;

namespace {

constexpr double hour = 3600.0;

struct symbols {
  symbol_table tags;
  symbol_table creators;
  std::uint32_t football = tags.intern("football");
  std::uint32_t sports = tags.intern("sports");
  std::uint32_t news = tags.intern("news");
  std::uint32_t ann = creators.intern("ann");
  std::uint32_t bob = creators.intern("bob");
};

double of_tags(const scoring::affinity_index& index, std::vector<std::uint32_t> tags) {
  return index.largest(tags);
}

ranking_signals fan() {
  user_signals out;
  out.affinities = {{"sports", 0.9}, {"football", 0.8}, {"chess", 1.0}};
  out.creator_affinities = {{"ann", 0.4}};
  return ranking_signals{out};
}

} // namespace

CAF_TEST(recency falls in a straight line from one to zero at the end of the window) {
  CAF_CHECK_EQUAL(scoring::recency(0.0, 48 * hour), 1.0);
  CAF_CHECK_EQUAL(scoring::recency(12 * hour, 48 * hour), 0.75);
  CAF_CHECK_EQUAL(scoring::recency(24 * hour, 48 * hour), 0.5);
  CAF_CHECK_EQUAL(scoring::recency(48 * hour, 48 * hour), 0.0);
}

CAF_TEST(recency stays zero past the window and without a publication time) {
  CAF_CHECK_EQUAL(scoring::recency(1000 * hour, 48 * hour), 0.0);
  CAF_CHECK_EQUAL(scoring::recency(std::numeric_limits<double>::infinity(), 48 * hour), 0.0);
}

CAF_TEST(the base is the score times its weight) {
  boost_weights weights;
  CAF_CHECK_EQUAL(scoring::base(95.0, weights), 95.0);
  weights.popularity = 0.5;
  CAF_CHECK_EQUAL(scoring::base(95.0, weights), 47.5);
  weights.popularity = 0.0;
  CAF_CHECK_EQUAL(scoring::base(95.0, weights), 0.0);
}

CAF_TEST(popularity raises a score by its share of the way to a hundred) {
  learning_rules rules;
  rules.popularity_weight = 1.0;
  CAF_CHECK_EQUAL(scoring::raised_score(40.0, 0.5, rules), 70.0);
  CAF_CHECK_EQUAL(scoring::raised_score(40.0, 1.0, rules), 100.0);
  CAF_CHECK_EQUAL(scoring::raised_score(100.0, 0.5, rules), 100.0);
  rules.popularity_weight = 0.5;
  CAF_CHECK_EQUAL(scoring::raised_score(40.0, 0.75, rules), 62.5);
  CAF_CHECK_EQUAL(scoring::raised_score(0.0, 0.25, rules), 12.5);
}

CAF_TEST(a score is exactly its own without popularity or without a weight for it) {
  learning_rules rules;
  for (auto own : {0.0, 0.1, 33.3, 99.9, 100.0}) {
    rules.popularity_weight = 1.0;
    CAF_CHECK_EQUAL(scoring::raised_score(own, 0.0, rules), own);
    rules.popularity_weight = 0.0;
    CAF_CHECK_EQUAL(scoring::raised_score(own, 1.0, rules), own);
  }
}

CAF_TEST(a raised score is never below its own nor above a hundred) {
  learning_rules rules;
  for (std::uint64_t seed = 0; seed < 100'000; ++seed) {
    test::random_world random{seed};
    auto share = [&] { return static_cast<double>(random.below(1'000'001)) / 1'000'000.0; };
    auto own = 100.0 * share();
    rules.popularity_weight = random.chance(0.5) ? 1.0 : share();
    auto raised = scoring::raised_score(own, random.chance(0.2) ? 1.0 : share(), rules);
    if (raised < own || raised > 100.0)
      CAF_FAIL("seed " << seed << ": " << own << " became " << raised);
  }
}

CAF_TEST(the tag multiplier is the product over those tags that have one) {
  tenant_rules rules;
  auto x = test::make_video("x", 50.0, {"a", "b", "c"});
  CAF_CHECK_EQUAL(scoring::tag_multiplier(x, rules), 1.0);
  rules.tag_multipliers = {{"a", 2.0}, {"c", 1.5}, {"d", 10.0}};
  CAF_CHECK_EQUAL(scoring::tag_multiplier(x, rules), 3.0);
  CAF_CHECK_EQUAL(scoring::tag_multiplier(test::make_video("y"), rules), 1.0);
  rules.tag_multipliers["b"] = 0.0;
  CAF_CHECK_EQUAL(scoring::tag_multiplier(x, rules), 0.0);
}

CAF_TEST(a boost is for one video and may be zero) {
  tenant_rules rules;
  rules.boosts = {{"x", 2.5}, {"z", 0.0}};
  CAF_CHECK_EQUAL(scoring::boost(test::make_video("x"), rules), 2.5);
  CAF_CHECK_EQUAL(scoring::boost(test::make_video("y"), rules), 1.0);
  CAF_CHECK_EQUAL(scoring::boost(test::make_video("z"), rules), 0.0);
}

CAF_TEST(the affinity of a video is the largest to any of its tags) {
  symbols known;
  auto user = fan();
  scoring::affinity_index index;
  index.assign(&user, known.tags, known.creators);
  CAF_CHECK_EQUAL(of_tags(index, {known.football, known.sports, known.news}), 0.9);
  CAF_CHECK_EQUAL(of_tags(index, {known.football}), 0.8);
  CAF_CHECK_EQUAL(of_tags(index, {known.news}), 0.0);
  CAF_CHECK_EQUAL(of_tags(index, {}), 0.0);
}

CAF_TEST(the creator affinity is the one to the creator) {
  symbols known;
  auto user = fan();
  scoring::affinity_index index;
  index.assign(&user, known.tags, known.creators);
  CAF_CHECK_EQUAL(index.creators[known.ann], 0.4);
  CAF_CHECK_EQUAL(index.creators[known.bob], 0.0);
}

CAF_TEST(a cold start has no affinity to anything) {
  symbols known;
  scoring::affinity_index index;
  index.assign(nullptr, known.tags, known.creators);
  CAF_CHECK(index.tags.symbols().empty());
  CAF_CHECK(index.creators.symbols().empty());
  CAF_CHECK_EQUAL(of_tags(index, {known.football, known.sports}), 0.0);
  CAF_CHECK_EQUAL(index.creators[known.ann], 0.0);
}

CAF_TEST(an index forgets the user and the tenant before) {
  symbols known;
  auto user = fan();
  scoring::affinity_index index;
  index.assign(&user, known.tags, known.creators);
  symbol_table other_tags, other_creators;
  auto first = other_tags.intern("unrelated");
  auto second = other_tags.intern("football");
  auto third = other_tags.intern("more than before");
  auto fourth = other_tags.intern("and more");
  auto creator = other_creators.intern("carl");
  user_signals next;
  next.affinities = {{"football", 0.2}};
  const ranking_signals known_of_next{next};
  index.assign(&known_of_next, other_tags, other_creators);
  CAF_CHECK_EQUAL(of_tags(index, {first, third, fourth}), 0.0);
  CAF_CHECK_EQUAL(of_tags(index, {second}), 0.2);
  CAF_CHECK_EQUAL(index.creators[creator], 0.0);
  CAF_CHECK_EQUAL(index.tags.symbols().size(), 1u);
  CAF_CHECK(index.creators.symbols().empty());
}

CAF_TEST(affinities are clamped to zero and one) {
  symbols known;
  user_signals user;
  user.affinities = {{"sports", -3.0}, {"football", 7.0}};
  user.creator_affinities = {{"ann", -0.1}, {"bob", 1.1}};
  const ranking_signals packed{user};
  scoring::affinity_index index;
  index.assign(&packed, known.tags, known.creators);
  CAF_CHECK_EQUAL(of_tags(index, {known.sports}), 0.0);
  CAF_CHECK_EQUAL(of_tags(index, {known.football}), 1.0);
  CAF_CHECK_EQUAL(index.creators[known.ann], 0.0);
  CAF_CHECK_EQUAL(index.creators[known.bob], 1.0);
}

CAF_TEST(the formula raises the base by recency and affinity and multiplies by the factor) {
  CAF_CHECK_EQUAL(scoring::final_score(10.0, 0.0, 0.0, 1.0), 10.0);
  CAF_CHECK_EQUAL(scoring::final_score(10.0, 0.5, 0.0, 1.0), 15.0);
  CAF_CHECK_EQUAL(scoring::final_score(10.0, 0.5, 1.5, 1.0), 30.0);
  CAF_CHECK_EQUAL(scoring::final_score(10.0, 0.5, 1.5, 2.0), 60.0);
  CAF_CHECK_EQUAL(scoring::final_score(0.0, 0.5, 1.5, 2.0), 0.0);
  CAF_CHECK_EQUAL(scoring::final_score(10.0, 0.5, 1.5, 0.0), 0.0);
}
