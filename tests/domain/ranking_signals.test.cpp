#define CAF_SUITE domain.ranking_signals

#include "tests/support/unit_test.hpp"

#include "domain/ids.hpp"
#include "domain/ranking_signals.hpp"

#include <vector>

using namespace kinora;

CAF_TEST(what was watched and what was disliked is hidden) {
  user_signals user;
  user.watched_ids = {"a", "b"};
  user.disliked_ids = {"c"};
  CAF_CHECK_EQUAL(ranking_signals{user}.hidden,
                  (std::vector{video_hash("a"), video_hash("b"), video_hash("c")}));
}

CAF_TEST(affinities are above zero and at most one) {
  user_signals user;
  user.affinities = {{"more", 7.0}, {"none", 0.0}, {"some", 0.5}, {"under", -3.0}};
  user.creator_affinities = {{"ann", 1.1}, {"bob", -0.1}};
  const ranking_signals packed{user};
  CAF_CHECK_EQUAL(packed.affinity_to_tag("more"), 1.0);
  CAF_CHECK_EQUAL(packed.affinity_to_tag("some"), 0.5);
  for (auto tag : {"none", "under", "unknown", "ann"})
    CAF_CHECK_EQUAL(packed.affinity_to_tag(tag), 0.0);
  CAF_CHECK_EQUAL(packed.tags.size(), 2u);
  CAF_REQUIRE_EQUAL(packed.creators.size(), 1u);
  CAF_CHECK_EQUAL(packed.creators[0].name, name_hash("ann"));
  CAF_CHECK_EQUAL(packed.creators[0].value, 1.0);
}
