#define CAF_SUITE http.preview_format
#include "tests/support/unit_test.hpp"

#include "http/formats/preview_format.hpp"

#include "http/json_text.hpp"

#include <limits>

using namespace kinora;
using namespace kinora::http;

namespace json = boost::json;

namespace {

constexpr wall_time noon{std::chrono::seconds{1'700'000'000}};

result<preview_request> read(std::string_view text) {
  return parse_preview(parse_json(text, "test").value(), 20, 50, noon);
}

/// The field at fault; "accepted" when there is none.
std::string fault_in(std::string_view text) {
  const auto out = read(text);
  return out ? "accepted" : out.error().field;
}

} // namespace

CAF_TEST(a preview for a stored user takes the rest from the defaults) {
  for (const auto* text : {R"({"user_hash":"u 1"})",
                           R"({"user_hash":"u 1","signals":null,"rules":null,"limit":null,"now":null})"}) {
    const auto x = read(text).value();
    CAF_CHECK_EQUAL(x.user, "u 1");
    CAF_CHECK(!x.signals);
    CAF_CHECK(!x.rules);
    CAF_CHECK_EQUAL(x.limit, 20u);
    CAF_CHECK(x.now == noon);
  }
}

CAF_TEST(a preview for made-up signals reads everything) {
  const auto x =
      read(R"({"signals":{"affinities":{"a":0.5}},"rules":{"pins":{"v1":2}},"limit":50,"now":1600000000.25})")
          .value();
  CAF_CHECK_EQUAL(x.user, "");
  CAF_REQUIRE(x.signals.has_value());
  CAF_CHECK_EQUAL(x.signals->affinities.at("a"), 0.5);
  CAF_REQUIRE(x.rules.has_value());
  CAF_CHECK_EQUAL(x.rules->pins.at("v1"), 2u);
  CAF_CHECK_EQUAL(x.limit, 50u);
  CAF_CHECK(x.now == wall_time{std::chrono::milliseconds{1'600'000'000'250}});
}

CAF_TEST(empty signals and empty rules are there) {
  const auto x = read(R"({"signals":{},"rules":{}})").value();
  CAF_CHECK(x.signals == user_signals{});
  CAF_CHECK(x.rules == tenant_rules{});
}

CAF_TEST(exactly one of user and signals is given) {
  const auto expected = invalid("user_hash", "exactly one of user_hash and signals must be given");
  for (const auto* text :
       {"{}", R"({"user_hash":"u","signals":{}})", R"({"limit":1})", R"({"user_hash":null})"})
    CAF_CHECK_EQUAL(read(text).error(), expected);
}

CAF_TEST(bad values are refused with their paths) {
  for (const auto* wrong : {"\"\"", "1", "\"a\\u0000\"", "true"})
    CAF_CHECK_EQUAL(fault_in(std::string{R"({"user_hash":)"} + wrong + "}"), "user_hash");
  CAF_CHECK_EQUAL(fault_in(R"({"user_hash":")" + std::string(257, 'x') + "\"}"), "user_hash");
  for (const auto* wrong : {"0", "-1", "51", "1.5", "\"1\"", "1e9"})
    CAF_CHECK_EQUAL(fault_in(std::string{R"({"user_hash":"u","limit":)"} + wrong + "}"), "limit");
  for (const auto* wrong : {"\"2023-11-14T22:13:20Z\"", "true", "1e300", "{}"})
    CAF_CHECK_EQUAL(fault_in(std::string{R"({"user_hash":"u","now":)"} + wrong + "}"), "now");
  CAF_CHECK_EQUAL(fault_in(R"({"user_hash":"u","rules":{"boost_weights":{"recency":-1}}})"),
                  "rules.boost_weights.recency");
  CAF_CHECK_EQUAL(fault_in(R"({"user_hash":"u","rules":{"pins":{"v1":-1}}})"), R"(rules.pins["v1"])");
  CAF_CHECK_EQUAL(fault_in(R"({"user_hash":"u","rules":[]})"), "rules");
  CAF_CHECK_EQUAL(fault_in(R"({"signals":{"watched_ids":["a",1]}})"), "signals.watched_ids[1]");
  CAF_CHECK_EQUAL(read("[]").error(), invalid("", "must be a JSON object"));
}

CAF_TEST(unknown keys are refused at every level) {
  CAF_CHECK_EQUAL(fault_in(R"({"user_hash":"u","explain":true})"), "explain");
  CAF_CHECK_EQUAL(fault_in(R"({"user_hash":"u","rules":{"boost_weights":{"recensy":1}}})"),
                  "rules.boost_weights.recensy");
  CAF_CHECK_EQUAL(fault_in(R"({"signals":{"watched":[]}})"), "signals.watched");
}

CAF_TEST(limits follow the settings) {
  const json::value value{{"user_hash", "u"}, {"limit", 200}};
  CAF_CHECK(parse_preview(value, 20, 200, noon)->limit == 200);
  CAF_CHECK(!parse_preview(value, 20, 199, noon));
}
