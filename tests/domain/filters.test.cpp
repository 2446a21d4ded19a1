#define CAF_SUITE domain.filters

#include "tests/support/unit_test.hpp"

#include "domain/filters.hpp"
#include "tests/support/random_world.hpp"

using namespace kinora;

namespace {

video rated(std::string rating) {
  auto out = test::make_video("x");
  out.maturity_rating = std::move(rating);
  return out;
}

video spoken(std::string language) {
  auto out = test::make_video("x");
  out.language = std::move(language);
  return out;
}

bool passes(const video& x, catalogue_filters filters) {
  return video_filter{filters}.passes(x);
}

} // namespace

CAF_TEST(without filters everything passes) {
  CAF_CHECK(passes(test::make_video("x", 50.0, {"politics"}), {}));
  CAF_CHECK(passes(rated("whatever"), {}));
  CAF_CHECK(passes(rated(""), {}));
  CAF_CHECK(passes(spoken(""), {}));
}

CAF_TEST(one excluded tag among others keeps a video out) {
  catalogue_filters filters{{"politics", "war"}, std::nullopt, {}};
  CAF_CHECK(!passes(test::make_video("x", 50.0, {"news", "politics"}), filters));
  CAF_CHECK(!passes(test::make_video("x", 50.0, {"war"}), filters));
  CAF_CHECK(passes(test::make_video("x", 50.0, {"news"}), filters));
  CAF_CHECK(passes(test::make_video("x", 50.0, {"politic", "politics2", "Politics"}), filters));
  CAF_CHECK(passes(test::make_video("x"), filters));
}

CAF_TEST(a maturity limit lets through its own rating and milder ones) {
  const std::vector<std::string> ratings{"G", "PG", "PG-13", "R", "NC-17"};
  for (std::size_t limit = 0; limit < ratings.size(); ++limit)
    for (std::size_t rating = 0; rating < ratings.size(); ++rating)
      CAF_CHECK_EQUAL(passes(rated(ratings[rating]), {{}, ratings[limit], {}}), rating <= limit);
}

CAF_TEST(a maturity limit keeps out every rating that it does not know) {
  for (auto rating : {"", "TV-MA", "Everyone", "PG13", "X"})
    CAF_CHECK(!passes(rated(rating), {{}, "NC-17", {}}));
}

CAF_TEST(a language filter keeps out videos without a language) {
  CAF_CHECK(!passes(spoken(""), {{}, std::nullopt, {"en"}}));
  CAF_CHECK(!passes(spoken(""), {{}, std::nullopt, {""}}));
}

CAF_TEST(a language lets through its regional variants in any case) {
  catalogue_filters english{{}, std::nullopt, {"en"}};
  for (auto language : {"en", "EN", "en-US", "En-gb"})
    CAF_CHECK(passes(spoken(language), english));
  for (auto language : {"eng", "de", "e", "x-en"})
    CAF_CHECK(!passes(spoken(language), english));
  CAF_CHECK(passes(spoken("de-AT"), {{}, std::nullopt, {"en", "DE"}}));
}

CAF_TEST(a regional variant does not let through the plain language) {
  CAF_CHECK(!passes(spoken("en"), {{}, std::nullopt, {"en-US"}}));
  CAF_CHECK(!passes(spoken("en-GB"), {{}, std::nullopt, {"en-US"}}));
}

CAF_TEST(a video must pass every filter) {
  catalogue_filters filters{{"politics"}, "PG", {"en"}};
  auto good = test::make_video("x", 50.0, {"sports"});
  good.maturity_rating = "PG";
  good.language = "en";
  CAF_CHECK(passes(good, filters));
  auto tagged = good, mature = good, foreign = good;
  tagged.tags.push_back("politics");
  mature.maturity_rating = "R";
  foreign.language = "fr";
  CAF_CHECK(!passes(tagged, filters));
  CAF_CHECK(!passes(mature, filters));
  CAF_CHECK(!passes(foreign, filters));
}
