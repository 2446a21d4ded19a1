#define CAF_SUITE http.json_writer
#include "tests/support/unit_test.hpp"

#include "http/json_writer.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

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
