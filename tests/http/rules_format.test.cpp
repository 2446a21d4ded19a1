#define CAF_SUITE http.rules_format
#include "tests/support/unit_test.hpp"

#include "http/formats/rules_format.hpp"

#include "http/json_text.hpp"
#include "tests/support/random_world.hpp"

#include <boost/json/array.hpp>

#include <cmath>
#include <limits>
#include <random>

using namespace kinora;
using namespace kinora::http;

namespace json = boost::json;

namespace {

result<tenant_rules> read(std::string_view text) {
  return parse_rules(parse_json(text, "test").value());
}

/// The field at fault; "accepted" when there is none.
std::string fault_in(std::string_view text) {
  const auto out = read(text);
  return out ? "accepted" : out.error().field;
}

/// An object of `count` different keys.
json::value entries(std::size_t count) {
  json::object out;
  for (std::size_t i = 0; i < count; ++i)
    out["k" + std::to_string(i)] = 1;
  return out;
}

json::value strings(std::size_t count, std::string_view text) {
  json::array out;
  for (std::size_t i = 0; i < count; ++i)
    out.emplace_back(json::string_view{text.data(), text.size()});
  return out;
}

/// A document with one member, "a" or "a.b".
std::string document(std::string_view path, json::value value) {
  const auto dot = path.find('.');
  if (dot != path.npos)
    value = json::object{{json::string_view{path.substr(dot + 1)}, std::move(value)}};
  return to_text(json::object{{json::string_view{path.substr(0, dot)}, std::move(value)}});
}

constexpr auto whole =
    R"({"boost_weights":{"recency":1.5,"popularity":0.5,"user_affinity":2,"creator_affinity":3},)"
    R"("tag_multipliers":{"a b":0.25,"news":2},"recency_window_hours":12.5,)"
    R"("filters":{"exclude_tags":["politics","x"],"max_maturity":"PG-13","languages":["en","de"]},)"
    R"("pins":{"v1":0,"v2":9999},"boosts":{"v1":3,"v3":0},)"
    R"("diversity":{"max_per_creator":2,"max_per_tag":100,"window":12},)"
    R"("learning":{"event_weights":{"impression":-0.25,"view":1.5,"complete":2,"like":3,"share":4,"skip":-1,)"
    R"("dislike":-100,"follow":100},"watched_fraction":0.75,"popularity_half_life_hours":0.1,)"
    R"("popularity_weight":0.5,"popularity_k":1000000000},"personalization_enabled":false,)"
    R"("rollout_percentage":12.34,"playback_url_template":"https://cdn/{id}.m3u8"})";

} // namespace

CAF_TEST(an empty object is a tenant with defaults) {
  CAF_CHECK(*read("{}") == tenant_rules{});
  CAF_CHECK(*read(R"({"boost_weights":{},"filters":{},"pins":{},"boosts":{},"tag_multipliers":{}})") ==
            tenant_rules{});
}

CAF_TEST(null means absent) {
  CAF_CHECK(
      *read(
          R"({"boost_weights":null,"tag_multipliers":null,"recency_window_hours":null,"filters":null,)"
          R"("pins":null,"boosts":null,"diversity":null,"learning":null,"personalization_enabled":null,"rollout_percentage":null,)"
          R"("playback_url_template":null})") == tenant_rules{});
  CAF_CHECK(*read(R"({"boost_weights":{"recency":null,"popularity":null,"user_affinity":null,)"
                  R"("creator_affinity":null},)"
                  R"("filters":{"exclude_tags":null,"max_maturity":null,"languages":null},)"
                  R"("diversity":{"max_per_creator":null,"max_per_tag":null,"window":null},)"
                  R"("learning":{"event_weights":{"view":null},"watched_fraction":null,)"
                  R"("popularity_half_life_hours":null,"popularity_weight":null,"popularity_k":null}})") ==
            tenant_rules{});
  CAF_CHECK(*read(R"({"learning":{"event_weights":null}})") == tenant_rules{});
}

CAF_TEST(every field is read) {
  const auto rules = read(whole).value();
  CAF_CHECK((rules.weights == boost_weights{1.5, 0.5, 2.0, 3.0}));
  CAF_CHECK((rules.tag_multipliers == std::map<std::string, double>{{"a b", 0.25}, {"news", 2.0}}));
  CAF_CHECK_EQUAL(rules.recency_window_hours, 12.5);
  CAF_CHECK((rules.filters == catalogue_filters{{"politics", "x"}, "PG-13", {"en", "de"}}));
  CAF_CHECK((rules.pins == std::map<std::string, std::uint32_t>{{"v1", 0}, {"v2", 9'999}}));
  CAF_CHECK((rules.boosts == std::map<std::string, double>{{"v1", 3.0}, {"v3", 0.0}}));
  CAF_CHECK((rules.diversity == diversity_limits{2, 100, 12}));
  CAF_CHECK((rules.learning ==
             learning_rules{{-0.25, 1.5, 2.0, 3.0, 4.0, -1.0, -100.0, 100.0}, 0.75, 0.1, 0.5, 1e9}));
  auto some = learning_rules{};
  some.weights[static_cast<std::size_t>(event_type::skip)] = -2.0;
  CAF_CHECK(read(R"({"learning":{"event_weights":{"skip":-2}}})")->learning == some);
  CAF_CHECK(!rules.personalization_enabled);
  CAF_CHECK_EQUAL(rules.rollout_percentage, 12.34);
  CAF_CHECK_EQUAL(rules.playback_url_template, "https://cdn/{id}.m3u8");
}

CAF_TEST(every field is written in one order) {
  CAF_CHECK_EQUAL(to_text(write_rules(read(whole).value())), whole);
  CAF_CHECK_EQUAL(to_text(write_rules({})),
                  R"({"boost_weights":{"recency":1,"popularity":1,"user_affinity":1,"creator_affinity":0},)"
                  R"("tag_multipliers":{},"recency_window_hours":48,)"
                  R"("filters":{"exclude_tags":[],"max_maturity":null,"languages":[]},)"
                  R"("pins":{},"boosts":{},)"
                  R"("diversity":{"max_per_creator":null,"max_per_tag":null,"window":10},)"
                  R"("learning":{"event_weights":{"impression":0,"view":1,"complete":1,"like":2,"share":3,)"
                  R"("skip":-0.5,"dislike":-3,"follow":3},"watched_fraction":0.3,)"
                  R"("popularity_half_life_hours":72,"popularity_weight":1,"popularity_k":50},)"
                  R"("personalization_enabled":true,"rollout_percentage":100,)"
                  R"("playback_url_template":""})");
}

CAF_TEST(what is written is read back unchanged) {
  const auto seed = std::random_device{}();
  test::random_world world{seed};
  std::mt19937_64 random{seed};
  const auto between = [&](double min, double max) {
    return std::uniform_real_distribution{min, max}(random);
  };
  for (int i = 0; i < 1'000; ++i) {
    auto rules = world.draw_rules({"v1", "ü \"quoted\"", "a\\b", "日本"});
    rules.weights.recency = between(0.0, 1'000.0);
    rules.tag_multipliers["x"] = between(0.0, 1e-9);
    rules.boosts["y"] = between(0.0, 3.0);
    rules.recency_window_hours = between(1e-12, 87'600.0);
    rules.rollout_percentage = between(0.0, 100.0);
    for (auto& weight : rules.learning.weights)
      weight = between(-100.0, 100.0);
    rules.learning.watched_fraction = between(0.0, 1.0);
    rules.learning.popularity_half_life_hours = between(0.1, 8'760.0);
    rules.learning.popularity_weight = between(0.0, 1.0);
    rules.learning.popularity_k = between(0.001, 1e9);
    rules.personalization_enabled = world.chance(0.5);
    if (world.chance(0.5))
      rules.playback_url_template = "https://cdn.example/{id}?q=" + world.tag();
    const auto text = to_text(write_rules(rules));
    const auto again = read(text);
    if (!again || *again != rules)
      CAF_FAIL("seed " << seed << ": " << text);
  }
}

CAF_TEST(unknown keys are refused at every level) {
  CAF_CHECK_EQUAL(fault_in(R"({"pin":{}})"), "pin");
  CAF_CHECK_EQUAL(fault_in(R"({"boost_weights":{"recensy":1}})"), "boost_weights.recensy");
  CAF_CHECK_EQUAL(fault_in(R"({"filters":{"language":["en"]}})"), "filters.language");
  CAF_CHECK_EQUAL(fault_in(R"({"diversity":{"per_creator":1}})"), "diversity.per_creator");
  CAF_CHECK_EQUAL(fault_in(R"({"learning":{"k":1}})"), "learning.k");
  CAF_CHECK_EQUAL(fault_in(R"({"learning":{"event_weights":{"watch":1}}})"), "learning.event_weights.watch");
  CAF_CHECK_EQUAL(fault_in(R"({"filters":{"":null}})"), R"(filters[""])");
  CAF_CHECK_EQUAL(fault_in(R"({"id":"tenant"})"), "id");
}

CAF_TEST(wrong types are refused with their paths) {
  for (const auto* path : {"boost_weights", "tag_multipliers", "filters", "pins", "boosts", "diversity",
                           "learning", "learning.event_weights"})
    for (const json::value& wrong :
         {json::value(1), json::value("x"), json::value(true), json::value(json::array{})})
      CAF_CHECK_EQUAL(fault_in(document(path, wrong)), path);
  for (const auto* path : {"boost_weights.recency", "boost_weights.popularity", "boost_weights.user_affinity",
                           "boost_weights.creator_affinity", "recency_window_hours", "rollout_percentage",
                           "learning.watched_fraction", "learning.popularity_half_life_hours",
                           "learning.popularity_weight", "learning.popularity_k"})
    for (const json::value& wrong : {json::value("1"), json::value(true), json::value(json::array{1})})
      CAF_CHECK_EQUAL(fault_in(document(path, wrong)), path);
  for (const auto* path : {"filters.exclude_tags", "filters.languages", "filters.max_maturity",
                           "personalization_enabled", "playback_url_template"})
    for (const json::value& wrong : {json::value(1), json::value("x"), json::value(json::object{})})
      CAF_CHECK_EQUAL(fault_in(document(path, wrong)), path);
  CAF_CHECK_EQUAL(fault_in(R"({"filters":{"exclude_tags":["a",1]}})"), "filters.exclude_tags[1]");
  CAF_CHECK_EQUAL(fault_in(R"({"filters":{"languages":[null]}})"), "filters.languages[0]");
  for (const auto* wrong : {"1.5", "-1", "10000", "\"0\"", "true", "null", "[0]"})
    CAF_CHECK_EQUAL(fault_in(std::string{R"({"pins":{"v0":0,"v1":)"} + wrong + "}}"), R"(pins["v1"])");
  for (const auto* text : {"[]", "null", "\"{}\"", "1"})
    CAF_CHECK_EQUAL(read(text).error(), invalid("", "must be a JSON object"));
}

CAF_TEST(numbers are accepted up to their limits and refused beyond) {
  struct range {
    const char* path;
    double min;
    double max;
  };
  for (const auto& [path, min, max] :
       {range{"boost_weights.recency", 0.0, 1'000.0}, range{"boost_weights.popularity", 0.0, 1'000.0},
        range{"boost_weights.user_affinity", 0.0, 1'000.0},
        range{"boost_weights.creator_affinity", 0.0, 1'000.0}, range{"tag_multipliers.a", 0.0, 1'000.0},
        range{"recency_window_hours", 1e-300, 87'600.0}, range{"pins.a", 0.0, 9'999.0},
        range{"boosts.a", 0.0, 3.0}, range{"rollout_percentage", 0.0, 100.0},
        range{"diversity.max_per_creator", 1.0, 100.0}, range{"diversity.max_per_tag", 1.0, 100.0},
        range{"diversity.window", 1.0, 100.0}}) {
    CAF_CHECK_EQUAL(fault_in(document(path, min)), "accepted");
    CAF_CHECK_EQUAL(fault_in(document(path, max)), "accepted");
    for (const double wrong : {-1e-9, max + 1e-6, -1.0, 1e300})
      CAF_CHECK_NOT_EQUAL(fault_in(document(path, wrong)), "accepted");
  }
  CAF_CHECK_EQUAL(fault_in(R"({"recency_window_hours":0})"), "recency_window_hours");
  CAF_CHECK_EQUAL(fault_in(R"({"boosts":{"v1":3.1}})"), R"(boosts["v1"])");
  CAF_CHECK_EQUAL(fault_in(R"({"tag_multipliers":{"a":-1}})"), R"(tag_multipliers["a"])");
}

CAF_TEST(what learning takes is bounded) {
  struct range {
    const char* name;
    double min;
    double max;
  };
  const auto in_learning = [](const char* name, double x) {
    return fault_in(document(std::string{"learning."} + name, x));
  };
  for (const auto& [name, min, max] :
       {range{"watched_fraction", 0.0, 1.0}, range{"popularity_half_life_hours", 0.1, 8'760.0},
        range{"popularity_weight", 0.0, 1.0}, range{"popularity_k", 0.001, 1e9}}) {
    const auto path = std::string{"learning."} + name;
    CAF_CHECK_EQUAL(in_learning(name, min), "accepted");
    CAF_CHECK_EQUAL(in_learning(name, max), "accepted");
    CAF_CHECK_EQUAL(in_learning(name, std::nextafter(min, -1.0)), path);
    CAF_CHECK_EQUAL(in_learning(name, std::nextafter(max, 1e10)), path);
  }
  for (const auto name : event_type_names) {
    const auto weight = [&](double x) {
      return fault_in(to_text({{"learning", {{"event_weights", {{json::string_view{name}, x}}}}}}));
    };
    const auto path = "learning.event_weights." + std::string{name};
    CAF_CHECK_EQUAL(weight(-100.0), "accepted");
    CAF_CHECK_EQUAL(weight(100.0), "accepted");
    CAF_CHECK_EQUAL(weight(-100.001), path);
    CAF_CHECK_EQUAL(weight(100.001), path);
  }
}

CAF_TEST(numbers that are not finite are refused) {
  for (const double wrong : {std::nan(""), std::numeric_limits<double>::infinity()}) {
    CAF_CHECK_EQUAL(parse_rules({{"recency_window_hours", wrong}}).error().field, "recency_window_hours");
    CAF_CHECK_EQUAL(parse_rules({{"pins", {{"v", wrong}}}}).error().field, R"(pins["v"])");
    CAF_CHECK_EQUAL(parse_rules({{"boost_weights", {{"recency", wrong}}}}).error().field,
                    "boost_weights.recency");
  }
}

CAF_TEST(the number of entries is bounded) {
  struct limit {
    const char* path;
    std::size_t max;
  };
  for (const auto& [path, max] : {limit{"tag_multipliers", tag_multipliers_max}, limit{"pins", pins_max},
                                  limit{"boosts", boosts_max}}) {
    CAF_CHECK_EQUAL(fault_in(document(path, entries(max))), "accepted");
    CAF_CHECK_EQUAL(fault_in(document(path, entries(max + 1))), path);
  }
  for (const auto& [path, max] :
       {limit{"filters.exclude_tags", exclude_tags_max}, limit{"filters.languages", languages_max}}) {
    CAF_CHECK_EQUAL(fault_in(document(path, strings(max, "a"))), "accepted");
    CAF_CHECK_EQUAL(fault_in(document(path, strings(max + 1, "a"))), path);
  }
}

CAF_TEST(texts are bounded and printable) {
  const std::string longest(256, 'a');
  for (const auto* path : {"tag_multipliers", "pins", "boosts"}) {
    CAF_CHECK_EQUAL(fault_in(document(path, {{longest, 1}})), "accepted");
    for (const auto& wrong : {std::string{}, longest + "a", std::string{"a\nb"}})
      CAF_CHECK(fault_in(document(path, {{wrong, 1}})).starts_with(std::string{path} + "[\""));
  }
  CAF_CHECK_EQUAL(fault_in(document("filters.exclude_tags", strings(1, longest))), "accepted");
  CAF_CHECK_EQUAL(fault_in(document("filters.languages", strings(1, std::string(35, 'a')))), "accepted");
  for (const auto& wrong : {std::string{}, longest + "a", std::string{"\x7f"}}) {
    CAF_CHECK_EQUAL(fault_in(document("filters.exclude_tags", strings(1, wrong))), "filters.exclude_tags[0]");
    CAF_CHECK_EQUAL(fault_in(document("filters.languages", strings(1, wrong))), "filters.languages[0]");
  }
}

CAF_TEST(a limit on maturity is a known rating in capitals) {
  CAF_CHECK(read(R"({"filters":{"max_maturity":"pg-13"}})")->filters.max_maturity == "PG-13");
  CAF_CHECK(read(R"({"filters":{"max_maturity":"nC-17"}})")->filters.max_maturity == "NC-17");
  for (const auto* wrong : {"", "X", "PG13", "G ", "TV-MA"})
    CAF_CHECK_EQUAL(fault_in(document("filters.max_maturity", wrong)), "filters.max_maturity");
}

CAF_TEST(a URL template names the id or is empty) {
  const auto field = "playback_url_template";
  CAF_CHECK_EQUAL(fault_in(document(field, "")), "accepted");
  CAF_CHECK_EQUAL(fault_in(document(field, json::value("{id}" + std::string(2'044, 'x')))), "accepted");
  for (const auto& wrong : {std::string{"https://cdn/"}, std::string{"{ID}"},
                            "{id}" + std::string(2'045, 'x'), std::string{"{id}\r\nX: y"}})
    CAF_CHECK_EQUAL(fault_in(document(field, json::value(wrong))), field);
}
