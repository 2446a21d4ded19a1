#define CAF_SUITE http.json_reader
#include "tests/support/unit_test.hpp"

#include "http/formats/json_reader.hpp"

#include "http/json_text.hpp"

#include <cmath>
#include <limits>

using namespace kinora;
using namespace kinora::http;

namespace json = boost::json;

namespace {

json::value parsed(std::string_view text) {
  return parse_json(text, "test").value();
}

/// "field: detail" of what `parse` says about a text; "accepted" when it says nothing.
template <class Parse>
std::string refusal(const Parse& parse, std::string_view text) {
  const auto out = parse(parsed(text));
  return out ? "accepted" : out.error().field + ": " + out.error().detail;
}

const failure bad = invalid("", "is bad");

} // namespace

CAF_TEST(paths are put together from the inside out) {
  CAF_CHECK_EQUAL(at_member("a", bad).field, "a");
  CAF_CHECK_EQUAL(at_member("a", at_member("b_2", bad)).field, "a.b_2");
  CAF_CHECK_EQUAL(at_member("pins", at_entry("v1", bad)).field, R"(pins["v1"])");
  CAF_CHECK_EQUAL(at_member("a", at_index(3, at_member("b", bad))).field, "a[3].b");
  CAF_CHECK_EQUAL(at_member("a", bad).detail, "is bad");
}

CAF_TEST(keys that are no plain names are quoted) {
  CAF_CHECK_EQUAL(at_member("a", at_member("b c", bad)).field, R"(a["b c"])");
  CAF_CHECK_EQUAL(at_member("", bad).field, R"([""])");
  CAF_CHECK_EQUAL(at_entry("\"\n", bad).field, R"(["\"\n"])");
}

CAF_TEST(a long key is cut between two characters) {
  CAF_CHECK_EQUAL(at_member(std::string(256, 'a'), bad).field, std::string(256, 'a'));
  CAF_CHECK_EQUAL(at_member(std::string(100'000, 'a'), bad).field, "[\"" + std::string(256, 'a') + "…\"]");
  CAF_CHECK_EQUAL(at_entry(std::string(255, 'a') + "éé", bad).field, "[\"" + std::string(255, 'a') + "…\"]");
}

CAF_TEST(booleans are strict) {
  CAF_CHECK(*parse_bool(true));
  CAF_CHECK(!*parse_bool(false));
  for (const auto* text : {"0", "1", "\"true\"", "[]", "null"})
    CAF_CHECK_EQUAL(refusal(parse_bool, text), ": must be true or false");
}

CAF_TEST(times are Unix numbers or date - times) {
  const wall_time expected{std::chrono::milliseconds{1'700'000'000'500}};
  for (const auto* text : {"1700000000.5", "1700000000500", "\"2023-11-14T22:13:20.5Z\"", "1.7000000005e12"})
    CAF_CHECK(*parse_time(parsed(text)) == expected);
  for (const auto* text : {"\"1700000000\"", "\"\"", "true", "{}", "1e300", "null"})
    CAF_CHECK(refusal(parse_time, text) != "accepted");
}

CAF_TEST(numbers are bounded on both sides) {
  const number_between range{-1.0, 2.5};
  for (const auto* text : {"-1", "-1.0", "0", "2", "2.5", "25e-1"})
    CAF_CHECK_EQUAL(refusal(range, text), "accepted");
  for (const auto* text :
       {"-1.0001", "2.500001", "3", "18446744073709551615", "\"1\"", "true", "[1]", "null"})
    CAF_CHECK_EQUAL(refusal(range, text), ": must be a number from -1 to 2.5");
}

CAF_TEST(numbers that are not finite are refused even without an upper bound) {
  const number_between any{0.0};
  CAF_CHECK_EQUAL(*any(std::numeric_limits<double>::max()), std::numeric_limits<double>::max());
  for (const double x : {std::nan(""), std::numeric_limits<double>::infinity(), -0.1})
    CAF_CHECK_EQUAL(any(x).error().detail, "must be a number of at least 0");
  CAF_CHECK(!number_between({0.0, 1.0})(std::nan("")));
}

CAF_TEST(whole numbers may be written in any way) {
  const whole_number_between range{1, 50};
  for (const auto* text : {"20", "20.0", "2e1", "200e-1"})
    CAF_CHECK_EQUAL(*range(parsed(text)), 20u);
  CAF_CHECK_EQUAL(*range(1), 1u);
  CAF_CHECK_EQUAL(*range(50), 50u);
  for (const auto* text : {"0", "51", "-1", "20.5", "1e9", "4294967297", "1e300", "\"20\"", "true", "null"})
    CAF_CHECK_EQUAL(refusal(range, text), ": must be a whole number from 1 to 50");
  CAF_CHECK(!range(std::nan("")));
}

CAF_TEST(strings are bounded in bytes and printable) {
  const text_between range{1, 4};
  CAF_CHECK_EQUAL(*range("a"), "a");
  CAF_CHECK_EQUAL(*range("éé"), "éé");
  CAF_CHECK_EQUAL(refusal(range, "\"\""), ": must not be empty");
  CAF_CHECK_EQUAL(refusal(range, "\"ééa\""), ": must have at most 4 bytes, has 5");
  CAF_CHECK_EQUAL(refusal(text_between{2, 4}, "\"a\""), ": must have at least 2 bytes");
  for (const auto* text : {R"("\u0000")", R"("a\n")", R"("\u007f")", R"("\u0085")"})
    CAF_CHECK_EQUAL(refusal(range, text), ": must be UTF-8 without control characters");
  CAF_CHECK(!range("\xff"));
  for (const auto* text : {"1", "true", "[\"a\"]", "{}", "null"})
    CAF_CHECK_EQUAL(refusal(range, text), ": must be a string");
}

CAF_TEST(lists name the item at fault) {
  const text_list list{3, {1, 4}};
  CAF_CHECK((*list(parsed(R"(["b","a","b"])")) == std::vector<std::string>{"b", "a", "b"}));
  CAF_CHECK(list(parsed("[]"))->empty());
  CAF_CHECK_EQUAL(refusal(list, R"(["a",1])"), "[1]: must be a string");
  CAF_CHECK_EQUAL(refusal(list, R"(["a","b",null])"), "[2]: must be a string");
  CAF_CHECK_EQUAL(refusal(list, R"(["a","b","c","d"])"), ": must have at most 3 entries, has 4");
  CAF_CHECK_EQUAL(refusal(list, "\"a\""), ": must be an array of strings");
}

CAF_TEST(maps name the entry at fault) {
  const map_of map{2, number_between{0.0, 1.0}};
  CAF_CHECK((*map(parsed(R"({"b":1,"a":0.5})")) == std::map<std::string, double>{{"a", 0.5}, {"b", 1.0}}));
  CAF_CHECK_EQUAL(refusal(map, R"({"a":2})"), R"(["a"]: must be a number from 0 to 1)");
  CAF_CHECK_EQUAL(refusal(map, R"({"a":null})"), R"(["a"]: must be a number from 0 to 1)");
  CAF_CHECK_EQUAL(refusal(map, R"({"":1})"), R"([""]: must not be empty)");
  CAF_CHECK_EQUAL(refusal(map, R"({"a\tb":1})"), R"(["a\tb"]: must be UTF-8 without control characters)");
  CAF_CHECK_EQUAL(refusal(map, R"({"a":1,"b":1,"c":1})"), ": must have at most 2 entries, has 3");
  CAF_CHECK_EQUAL(refusal(map, R"([["a",1]])"), ": must be a JSON object");
}

CAF_TEST(an absent or null member leaves its field as it was) {
  const auto value = parsed(R"({"b":null,"c":false})");
  bool a = true, b = true, c = true;
  object_reader in{value};
  in.read("a", a, parse_bool);
  in.read("b", b, parse_bool);
  in.read("c", c, parse_bool);
  in.refuse_unknown();
  CAF_CHECK(in.finish(0).has_value());
  CAF_CHECK(a && b && !c);
}

CAF_TEST(the first failure is kept and nothing is read after it) {
  const auto value = parsed(R"({"a":1,"b":false,"c":2})");
  bool a = true, b = true;
  object_reader in{value};
  in.read("a", a, parse_bool);
  in.read("b", b, parse_bool);
  in.require("missing");
  in.refuse_unknown();
  CAF_CHECK_EQUAL(in.finish(0).error(), invalid("a", "must be true or false"));
  CAF_CHECK(a && b);
}

CAF_TEST(required members may be neither absent nor null) {
  const auto value = parsed(R"({"a":null,"b":0})");
  for (const auto* key : {"a", "c"}) {
    object_reader in{value};
    in.require(key);
    CAF_CHECK_EQUAL(in.finish(0).error(), invalid(key, "is missing"));
  }
  object_reader in{value};
  in.require("b");
  CAF_CHECK(in.finish(0).has_value());
}

CAF_TEST(unknown members are refused with what is known) {
  const auto value = parsed(R"({"a":true,"recensy":null})");
  bool out = false;
  object_reader in{value};
  in.read("a", out, parse_bool);
  in.read("recency", out, parse_bool);
  in.refuse_unknown();
  CAF_CHECK_EQUAL(in.finish(0).error(), invalid("recensy", "is not a known key; known are a, recency"));
}

CAF_TEST(what is no object has no members) {
  for (const auto* text : {"[]", "1", "null", "\"{}\""}) {
    const auto value = parsed(text);
    bool out = true;
    object_reader in{value};
    in.require("a");
    in.read("a", out, parse_bool);
    in.refuse_unknown();
    CAF_CHECK_EQUAL(in.finish(0).error(), invalid("", "must be a JSON object"));
  }
}
