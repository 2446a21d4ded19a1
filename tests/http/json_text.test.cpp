#define CAF_SUITE http.json_text
#include "tests/support/unit_test.hpp"

#include "http/json_text.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include <bit>
#include <cmath>
#include <limits>
#include <random>
#include <stdexcept>

using namespace kinora;
using namespace kinora::http;

namespace {

std::string refusal(std::string_view text) {
  const auto out = parse_json(text, "body");
  return out ? "accepted" : out.error().detail;
}

std::string rewritten(std::string_view text) {
  return to_text(parse_json(text, "body").value());
}

bool throws_on(double number) {
  try {
    to_text(number);
    return false;
  } catch (const std::logic_error&) {
    return true;
  }
}

bool mentions(const std::string& text, std::string_view part) {
  return text.find(part) != text.npos;
}

} // namespace

CAF_TEST(doubles are written as the shortest plain decimals) {
  CAF_CHECK_EQUAL(to_text(201.2), "201.2");
  CAF_CHECK_EQUAL(to_text(95.0), "95");
  CAF_CHECK_EQUAL(to_text(0.1), "0.1");
  CAF_CHECK_EQUAL(to_text(-0.5), "-0.5");
  CAF_CHECK_EQUAL(to_text(1e21), "1000000000000000000000");
  CAF_CHECK_EQUAL(to_text(1e-7), "0.0000001");
  CAF_CHECK_EQUAL(to_text(std::numeric_limits<double>::max()).size(), 309u);
  CAF_CHECK(to_text(-std::numeric_limits<double>::denorm_min()).size() < 400u);
}

CAF_TEST(values of every kind are written without white space) {
  const boost::json::value value{
      {"a", {1, -2, nullptr, true}}, {"b\"\n", "c\\d"}, {"e", boost::json::object{}}};
  CAF_CHECK_EQUAL(to_text(value), R"({"a":[1,-2,null,true],"b\"\n":"c\\d","e":{}})");
  CAF_CHECK_EQUAL(to_text(boost::json::array{}), "[]");
  CAF_CHECK_EQUAL(to_text(std::uint64_t{18446744073709551615U}), "18446744073709551615");
}

CAF_TEST(a number that is not finite is a bug) {
  CAF_CHECK(throws_on(std::nan("")));
  CAF_CHECK(throws_on(std::numeric_limits<double>::infinity()));
}

CAF_TEST(every finite double reads back as it was written) {
  const auto seed = std::random_device{}();
  std::mt19937_64 random{seed};
  for (int i = 0; i < 20'000; ++i) {
    const auto number = std::bit_cast<double>(random());
    if (!std::isfinite(number))
      continue;
    const auto text = to_text(number);
    const auto read = parse_json(text, "body");
    if (!read || read->to_number<double>() != number)
      CAF_FAIL("seed " << seed << ": " << text);
  }
}

CAF_TEST(well - formed texts are read) {
  CAF_CHECK_EQUAL(rewritten(R"( {"a" : [1, 2.50, "\u00e9", {"a": 1}], "b": {"a": null}} )"),
                  "{\"a\":[1,2.5,\"\xc3\xa9\",{\"a\":1}],\"b\":{\"a\":null}}");
  CAF_CHECK_EQUAL(rewritten("\"x\""), "\"x\"");
  CAF_CHECK_EQUAL(rewritten("0.9"), "0.9");
  CAF_CHECK(parse_json("9223372036854775807", "body")->is_int64());
  CAF_CHECK(parse_json("123456789012345678901234567890", "body")->is_double());
}

CAF_TEST(what is not one JSON text is refused with a reason and a place) {
  for (const auto* text : {" ",
                           "{",
                           "{]",
                           "[1,]",
                           "{\"a\":1,}",
                           "nul",
                           "01",
                           "+1",
                           ".5",
                           "1.",
                           "'a'",
                           "{a:1}",
                           "[1 2]",
                           "// x\n1",
                           "NaN",
                           "Infinity",
                           "\"\\x\"",
                           "\"\\ud800\"",
                           "\"a\nb\"",
                           "\"\xff\"",
                           "\"\xed\xa0\x80\"",
                           "\xef\xbb\xbf{}",
                           "{}x",
                           "{} {}",
                           "1 2"})
    CAF_CHECK(mentions(refusal(text), "at byte "));
  CAF_CHECK(mentions(refusal(""), "empty"));
  CAF_CHECK(mentions(refusal("[true, x]"), "at byte 7"));
  CAF_CHECK(parse_json("{", "line 3").error().field == "line 3");
}

CAF_TEST(numbers beyond a double are refused) {
  CAF_CHECK(mentions(refusal("1e999"), "too large"));
  CAF_CHECK(mentions(refusal("[1, -1e400]"), "too large"));
  CAF_CHECK(parse_json("1e-999", "body")->as_double() == 0.0);
}

CAF_TEST(a key that occurs twice in one object is refused by its name) {
  CAF_CHECK(mentions(refusal(R"({"a":1,"a":2})"), "\"a\""));
  CAF_CHECK(mentions(refusal(R"({"x":[{"deep":1,"b":2,"d\u0065ep":3}]})"), "\"deep\""));
  CAF_CHECK(mentions(refusal(R"({"":1,"":2})"), "twice"));
  CAF_CHECK_EQUAL(refusal(R"([{"a":1},{"a":2},{"b":{"a":1},"a":2}])"), "accepted");
}

CAF_TEST(nesting is bounded) {
  const auto nested = [](std::size_t depth) { return std::string(depth, '[') + std::string(depth, ']'); };
  CAF_CHECK_EQUAL(refusal(nested(json_depth_max)), "accepted");
  CAF_CHECK(mentions(refusal(nested(json_depth_max + 1)), "at byte 3"));
  CAF_CHECK(mentions(refusal(std::string(1'000'000, '[')), "at byte 3"));
}
