#define CAF_SUITE http.json_writer
#include "tests/support/unit_test.hpp"

#include "http/json_writer.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <array>
#include <charconv>
#include <cmath>
#include <limits>
#include <random>
#include <stdexcept>

using namespace kinora::http;

namespace {

std::string written(std::string_view text) {
  return json_writer{}.value(text).take();
}

bool throws(double number) {
  try {
    json_writer{}.value(number);
    return false;
  } catch (const std::logic_error&) {
    return true;
  }
}

} // namespace

CAF_TEST(values are separated where JSON wants it) {
  json_writer out;
  out.begin_object().member("a", 1.5).key("b").begin_array().value("x").value(true).value(nullptr);
  out.begin_object().end_object().begin_array().end_array().end_array();
  out.member("c", std::uint32_t{7}).name("d\"").value(std::int64_t{-8}).end_object();
  CAF_CHECK_EQUAL(out.take(), R"({"a":1.5,"b":["x",true,null,{},[]],"c":7,"d\"":-8})");
  CAF_CHECK_EQUAL(out.value(false).take(), "false"); // it starts anew
}

CAF_TEST(whole numbers keep every digit) {
  CAF_CHECK_EQUAL(json_writer{}.value(std::numeric_limits<std::uint64_t>::max()).take(),
                  "18446744073709551615");
  CAF_CHECK_EQUAL(json_writer{}.value(std::numeric_limits<std::int64_t>::min()).take(),
                  "-9223372036854775808");
}

CAF_TEST(every byte is escaped as the library would wherever it stands) {
  for (int byte = 0; byte < 128; ++byte)
    for (std::size_t length = 1; length < 20; ++length)
      for (std::size_t at = 0; at < length; ++at) {
        std::string text(length, 'x');
        text[at] = static_cast<char>(byte);
        if (auto mine = written(text); mine != boost::json::serialize(boost::json::string_view{text}))
          CAF_FAIL("byte " << byte << " at " << at << " of " << length << ": " << mine);
      }
}

CAF_TEST(any text reads back as it was) {
  const auto seed = std::random_device{}();
  std::mt19937_64 random{seed};
  const std::vector<std::string> pieces{"a", "\"", "\\",   "\n",   "\x01",
                                        "/", "é",  "日本", "\x7f", "plain text"};
  for (int i = 0; i < 2'000; ++i) {
    std::string text;
    for (auto count = random() % 12; count > 0; --count)
      text += pieces[random() % pieces.size()];
    if (boost::json::parse(written(text)).as_string() != text)
      CAF_FAIL("seed " << seed << ": " << written(text));
  }
}

CAF_TEST(numbers that are not finite are a bug) {
  for (auto wrong : {std::nan(""), std::numeric_limits<double>::infinity()})
    CAF_CHECK(throws(wrong));
}

CAF_TEST(numbers with few decimals read as the library writes them) {
  auto as_library = [](double x) {
    std::array<char, 400> text;
    return std::string{
        text.data(), std::to_chars(text.data(), text.data() + text.size(), x, std::chars_format::fixed).ptr};
  };
  std::vector<double> numbers{0.0,
                              -0.0,
                              0.01,
                              -0.01,
                              0.1,
                              0.005,
                              0.015,
                              1.005,
                              99.995,
                              1e13,
                              1e15 - 1,
                              1e15,
                              1e15 + 1,
                              9.99e12,
                              1e-9,
                              0.1 + 0.2,
                              1e300,
                              5e-324,
                              1e13 / 3,
                              8'796'093'022'208.01,
                              123'456'789'012.34,
                              -1e12 - 0.07};
  std::mt19937_64 random{7};
  for (int i = 0; i < 20'000; ++i) {
    const auto whole = static_cast<double>(random() >> (random() % 64));
    for (auto unit : {1.0, 10.0, 100.0, 1'000.0, 3.0})
      numbers.push_back((i % 2 ? 1 : -1) * whole / unit);
  }
  for (auto x : numbers)
    if (auto mine = json_writer{}.value(x).take(); mine != as_library(x))
      CAF_FAIL(mine << " is not " << as_library(x));
  CAF_CHECK(numbers.size() > 100'000);
}

CAF_TEST(plain text is written as it is) {
  CAF_CHECK_EQUAL(json_writer{}.begin_array().plain("a-_9").plain("").end_array().take(), R"(["a-_9",""])");
}
