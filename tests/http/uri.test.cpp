#define CAF_SUITE http.uri
#include "tests/support/unit_test.hpp"

#include "http/uri.hpp"

#include <random>
#include <stdexcept>

using namespace kinora;
using namespace kinora::http;

namespace {

std::string decoded(std::string_view text) {
  auto out = percent_decode(text, "id");
  return out ? *out : "failed on " + out.error().field;
}

std::string value_of(const query_params& params, std::string_view name) {
  return std::string{params.find(name).value_or("(absent)")};
}

const std::vector<std::string> declared{"a", "b", "c", "d", "e", "f"};

std::string blamed(std::string_view query) {
  const auto out = parse_query(query, declared);
  return out ? "nothing" : out.error().field;
}

} // namespace

CAF_TEST(escapes are decoded and everything else stays) {
  CAF_CHECK_EQUAL(decoded("a%20b%2Fc+d"), "a b/c+d");
  CAF_CHECK_EQUAL(decoded("%C3%a9"), "\xc3\xa9");
  CAF_CHECK_EQUAL(decoded(""), "");
}

CAF_TEST(bad escapes and what is not text are refused by the name of the field) {
  for (const auto* text : {"%",   "%4",  "a%",     "a%4",       "%g1",          "%1g",  "%%41", "%u0041",
                           "% 1", "%+1", "%00",    "a%00b",     "%0a",          "%1F",  "%7f",  "%C2%80",
                           "%ff", "%C3", "%C0%AF", "%ED%A0%80", "%F5%80%80%80", "\xff", "\xc3", "a\tb"})
    CAF_CHECK_EQUAL(decoded(text), "failed on id");
}

CAF_TEST(encoding is undone by decoding for any printable text) {
  CAF_CHECK_EQUAL(percent_encode("a-b_c.d~e f/%\xc3\xa9"), "a-b_c.d~e%20f%2F%25%C3%A9");
  const auto seed = std::random_device{}();
  std::mt19937_64 random{seed};
  for (int i = 0; i < 1000; ++i) {
    std::string text;
    for (auto left = random() % 20; left > 0; --left)
      text += random() % 4 == 0 ? "\xe2\x82\xac" : std::string(1, static_cast<char>(' ' + random() % 95));
    if (decoded(percent_encode(text)) != text)
      CAF_FAIL("seed " << seed << ": " << text);
  }
}

CAF_TEST(a query is read as forms send it) {
  const auto params = parse_query("a=1&b=x+y%2B&c&d=&e=f=g&&", declared);
  CAF_REQUIRE(params.has_value());
  CAF_CHECK_EQUAL(value_of(*params, "a"), "1");
  CAF_CHECK_EQUAL(value_of(*params, "b"), "x y+");
  CAF_CHECK_EQUAL(value_of(*params, "c"), "");
  CAF_CHECK_EQUAL(value_of(*params, "d"), "");
  CAF_CHECK_EQUAL(value_of(*params, "e"), "f=g");
  CAF_CHECK(!params->find("f"));
  CAF_CHECK_EQUAL(params->bytes_sent("b"), 6u);
  CAF_CHECK_EQUAL(params->bytes_sent("c"), 0u);
  CAF_CHECK_EQUAL(params->bytes_sent("f"), 0u);
  CAF_CHECK_EQUAL(blamed(""), "nothing");
}

CAF_TEST(only declared parameters can be looked up) {
  const auto params = parse_query("a=1&z=2", declared);
  CAF_REQUIRE(params.has_value());
  CAF_CHECK_EQUAL(value_of(*params, "a"), "1");
  const auto is_refused = [](auto look) {
    try {
      look();
      return false;
    } catch (const std::logic_error&) {
      return true;
    }
  };
  CAF_CHECK(is_refused([&] { params->find("z"); }));
  CAF_CHECK(is_refused([&] { params->bytes_sent("y"); }));
}

CAF_TEST(a bad query is refused by the name of the parameter) {
  CAF_CHECK_EQUAL(blamed("limit=1&limit=1"), "limit");
  CAF_CHECK_EQUAL(blamed("limit=1&lim%69t=2"), "limit");
  CAF_CHECK_EQUAL(blamed("user_hash=%00"), "user_hash");
  CAF_CHECK_EQUAL(blamed("user_hash=%ff"), "user_hash");
  CAF_CHECK_EQUAL(blamed("a=1&%zz=2"), "query");
  CAF_CHECK_EQUAL(blamed("=2"), "query");
  std::string many;
  for (std::size_t i = 0; i < query_params_max; ++i)
    many += "p" + std::to_string(i) + "&";
  CAF_CHECK_EQUAL(blamed(many), "nothing");
  CAF_CHECK_EQUAL(blamed(many + "last"), "query");
}

CAF_TEST(a path is cut at its slashes but not at encoded ones) {
  const auto parts = [](std::string_view path) {
    std::string out;
    for (const auto x : split_path(path))
      out += "[" + std::string{x} + "]";
    return out;
  };
  CAF_CHECK_EQUAL(parts("/"), "[]");
  CAF_CHECK_EQUAL(parts("/a/b%2Fc"), "[a][b%2Fc]");
  CAF_CHECK_EQUAL(parts("/a//b/"), "[a][][b][]");
}
