#define CAF_SUITE http.signals_format
#include "tests/support/unit_test.hpp"

#include "http/formats/signals_format.hpp"

#include "domain/user_record.hpp"
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

result<user_signals> read(std::string_view text) {
  return parse_signals(parse_json(text, "test").value());
}

/// The field at fault; "accepted" when there is none.
std::string fault_in(const json::value& value) {
  const auto out = parse_signals(value);
  return out ? "accepted" : out.error().field;
}

json::array numbered(std::size_t count) {
  json::array out;
  for (std::size_t i = 0; i < count; ++i)
    out.emplace_back("v" + std::to_string(i));
  return out;
}

json::object affinities(std::size_t count) {
  json::object out;
  for (std::size_t i = 0; i < count; ++i)
    out["t" + std::to_string(i)] = 0.5;
  return out;
}

constexpr auto whole =
    R"({"watched_ids":["v2","v1"],"disliked_ids":["v9","v3"],"affinities":{"chess":0,"sports":0.9},)"
    R"("creator_affinities":{"c1":1},"last_active":"2023-11-14T22:13:20Z"})";

} // namespace

CAF_TEST(an empty object is a user without signals) {
  CAF_CHECK(*read("{}") == user_signals{});
  CAF_CHECK(
      *read(
          R"({"watched_ids":null,"disliked_ids":null,"affinities":null,"creator_affinities":null,"last_active":null})") ==
      user_signals{});
}

CAF_TEST(every field is read and written) {
  const auto x = read(whole).value();
  CAF_CHECK((x.watched_ids == std::vector<std::string>{"v2", "v1"}));
  CAF_CHECK((x.disliked_ids == std::vector<std::string>{"v9", "v3"}));
  CAF_CHECK((x.affinities == std::map<std::string, double>{{"chess", 0.0}, {"sports", 0.9}}));
  CAF_CHECK((x.creator_affinities == std::map<std::string, double>{{"c1", 1.0}}));
  CAF_CHECK(x.last_active == wall_time{std::chrono::seconds{1'700'000'000}});
  CAF_CHECK_EQUAL(to_text(write_signals(x)), whole);
  CAF_CHECK_EQUAL(to_text(write_signals({})),
                  R"({"watched_ids":[],"affinities":{},"creator_affinities":{},"last_active":null})");
}

CAF_TEST(what is written is read back unchanged) {
  const auto seed = std::random_device{}();
  test::random_world world{seed};
  std::mt19937_64 random{seed};
  for (int i = 0; i < 1'000; ++i) {
    auto x = world.draw_signals({"v1", "ü \"quoted\"", "a\\b", "日本", "v5"});
    x.creator_affinities.erase("");
    x.affinities["x"] = std::uniform_real_distribution{0.0, 1.0}(random);
    if (world.chance(0.5))
      x.last_active = test::noon + std::chrono::milliseconds{world.below(1'000'000)};
    if (world.chance(0.5))
      x.disliked_ids = {"v5", "a\\b"};
    const auto text = to_text(write_signals(x));
    const auto again = read(text);
    if (!again || *again != x)
      CAF_FAIL("seed " << seed << ": " << text);
  }
}

CAF_TEST(of an id that repeats the last place counts) {
  for (const auto* key : {"watched_ids", "disliked_ids"}) {
    const auto x = parse_signals({{key, {"a", "b", "a", "c", "b"}}}).value();
    CAF_CHECK(((x.watched_ids.empty() ? x.disliked_ids : x.watched_ids) ==
               std::vector<std::string>{"a", "c", "b"}));
  }
}

CAF_TEST(the last different ids are kept) {
  const auto check = [](const char* key, std::vector<std::string> user_signals::*ids, std::size_t max) {
    auto sent = numbered(max + 1);
    CAF_CHECK(((*parse_signals({{key, sent}})).*ids).front() == "v1");
    sent.emplace_back("v0");
    sent.emplace_back("v" + std::to_string(max));
    const auto kept = (*parse_signals({{key, sent}})).*ids;
    CAF_REQUIRE_EQUAL(kept.size(), max);
    CAF_CHECK_EQUAL(kept.front(), "v2");
    CAF_CHECK_EQUAL(kept[max - 2], "v0");
    CAF_CHECK_EQUAL(kept[max - 1], "v" + std::to_string(max));
  };
  check("watched_ids", &user_signals::watched_ids, user_signals::watched_max);
  check("disliked_ids", &user_signals::disliked_ids, user_record::disliked_max);
}

CAF_TEST(unknown keys are refused) {
  CAF_CHECK_EQUAL(fault_in({{"watched", json::array{}}}), "watched");
  CAF_CHECK_EQUAL(fault_in({{"user_hash", nullptr}}), "user_hash");
}

CAF_TEST(bad values are refused with their paths) {
  for (const auto* key : {"watched_ids", "disliked_ids"}) {
    CAF_CHECK_EQUAL(fault_in({{key, "v1"}}), key);
    for (const json::value& wrong : {json::value(), json::value(""), json::value(1), json::value("a\n"),
                                     json::value(std::string(257, 'x'))})
      CAF_CHECK_EQUAL(fault_in({{key, json::array{"a", wrong}}}), std::string{key} + "[1]");
  }
  for (const auto* key : {"affinities", "creator_affinities"}) {
    CAF_CHECK_EQUAL(fault_in({{key, json::array{}}}), key);
    for (const json::value& wrong :
         {json::value(-0.001), json::value(1.001), json::value(std::nan("")), json::value("1"), json::value(),
          json::value(std::numeric_limits<double>::infinity())})
      CAF_CHECK_EQUAL(fault_in({{key, {{"a", wrong}}}}), std::string{key} + R"(["a"])");
    CAF_CHECK_EQUAL(fault_in({{key, {{"", 1}}}}), std::string{key} + R"([""])");
  }
  for (const json::value& wrong : {json::value("now"), json::value(true), json::value(1e300)})
    CAF_CHECK_EQUAL(fault_in({{"last_active", wrong}}), "last_active");
  CAF_CHECK_EQUAL(parse_signals(json::array{}).error(), invalid("", "must be a JSON object"));
}

CAF_TEST(the number of entries is bounded) {
  for (const auto* key : {"watched_ids", "disliked_ids"}) {
    CAF_CHECK_EQUAL(fault_in({{key, numbered(ids_sent_max)}}), "accepted");
    CAF_CHECK_EQUAL(fault_in({{key, numbered(ids_sent_max + 1)}}), key);
  }
  for (const auto* key : {"affinities", "creator_affinities"}) {
    CAF_CHECK_EQUAL(fault_in({{key, affinities(affinities_max)}}), "accepted");
    CAF_CHECK_EQUAL(fault_in({{key, affinities(affinities_max + 1)}}), key);
  }
}
