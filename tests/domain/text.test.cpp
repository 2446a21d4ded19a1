#define CAF_SUITE domain.text
#include "tests/support/unit_test.hpp"

#include "domain/text.hpp"

#include <array>
#include <random>
#include <string>
#include <vector>

using namespace kinora;
using namespace std::string_view_literals;

namespace {

/// A second, independent opinion: table 3-7 of the Unicode Standard, for one sequence.
bool is_one_code_point(std::string_view x) {
  const auto in = [&](std::size_t i, int low, int high) {
    const int byte = static_cast<unsigned char>(x[i]);
    return byte >= low && byte <= high;
  };
  switch (x.size()) {
  case 1: return in(0, 0x00, 0x7F);
  case 2: return in(0, 0xC2, 0xDF) && in(1, 0x80, 0xBF);
  case 3:
    return ((in(0, 0xE0, 0xE0) && in(1, 0xA0, 0xBF)) || (in(0, 0xED, 0xED) && in(1, 0x80, 0x9F)) ||
            ((in(0, 0xE1, 0xEC) || in(0, 0xEE, 0xEF)) && in(1, 0x80, 0xBF))) &&
           in(2, 0x80, 0xBF);
  case 4:
    return ((in(0, 0xF0, 0xF0) && in(1, 0x90, 0xBF)) || (in(0, 0xF1, 0xF3) && in(1, 0x80, 0xBF)) ||
            (in(0, 0xF4, 0xF4) && in(1, 0x80, 0x8F))) &&
           in(2, 0x80, 0xBF) && in(3, 0x80, 0xBF);
  default: return false;
  }
}

bool is_sequence_of_code_points(std::string_view x) {
  std::vector<bool> reachable(x.size() + 1, false);
  reachable[0] = true;
  for (std::size_t i = 0; i < x.size(); ++i)
    for (std::size_t n = 1; reachable[i] && n <= 4 && i + n <= x.size(); ++n)
      if (is_one_code_point(x.substr(i, n)))
        reachable[i + n] = true;
  return reachable.back();
}

} // namespace

CAF_TEST(sequences of every length are valid) {
  for (const auto text :
       {""sv, "plain"sv, "\xC2\x80"sv, "\xDF\xBF"sv, "\xE0\xA0\x80"sv, "\xED\x9F\xBF"sv, "\xEE\x80\x80"sv,
        "\xEF\xBF\xBF"sv, "\xF0\x90\x80\x80"sv, "\xF4\x8F\xBF\xBF"sv, "a\0b"sv})
    CAF_CHECK(is_valid_utf8(text));
}

CAF_TEST(overlong forms and surrogates and code points past the last one are not valid) {
  for (const auto text : {"\xC0\x80"sv, "\xC1\xBF"sv, "\xE0\x80\x80"sv, "\xE0\x9F\xBF"sv,
                          "\xF0\x80\x80\x80"sv, "\xF0\x8F\xBF\xBF"sv, "\xED\xA0\x80"sv, "\xED\xBF\xBF"sv,
                          "\xF4\x90\x80\x80"sv, "\xF5\x80\x80\x80"sv, "\xFF"sv, "\xFE"sv})
    CAF_CHECK(!is_valid_utf8(text));
}

CAF_TEST(stray and missing continuation bytes are not valid) {
  for (const auto text : {"\x80"sv, "a\xBF"sv, "\xC3"sv,
                          "\xC3"
                          "a"sv,
                          "\xE2\x82"sv, "\xE2\x82 "sv, "\xF0\x9F\x98"sv, "ok \xF0\x9F\x98 ok"sv})
    CAF_CHECK(!is_valid_utf8(text));
}

CAF_TEST(random bytes are judged as the table of the Unicode Standard does) {
  const auto seed = std::random_device{}();
  std::mt19937_64 random{seed};
  constexpr std::array<unsigned char, 20> edges{0x00, 0x41, 0x7F, 0x80, 0x8F, 0x90, 0x9F, 0xA0, 0xBF, 0xC1,
                                                0xC2, 0xDF, 0xE0, 0xE1, 0xED, 0xEE, 0xEF, 0xF0, 0xF4, 0xF5};
  int disagreements = 0;
  int valid = 0;
  for (int i = 0; i < 200'000; ++i) {
    std::string text;
    for (auto n = 1 + random() % 5; n > 0; --n)
      text += static_cast<char>(edges[random() % edges.size()]);
    const bool expected = is_sequence_of_code_points(text);
    valid += expected;
    disagreements += is_valid_utf8(text) != expected;
  }
  if (disagreements != 0)
    CAF_ERROR("disagreements with seed " << seed << ": " << disagreements);
  CAF_CHECK_GREATER(valid, 1'000);
}

CAF_TEST(text is printable without control characters) {
  for (const auto text : {""sv, "user 1"sv, "~"sv, "\xC2\xA0"sv, "Z\xC3\xBCrich"sv, "\xF0\x9F\x98\x80"sv})
    CAF_CHECK(is_printable(text));
  for (const auto text : {"\0"sv, "a\0b"sv, "\x1F"sv, "tab\t"sv, "line\n"sv, "\x7F"sv, "\xC2\x80"sv,
                          "\xC2\x9F"sv, "\xC3"sv, "\xED\xA0\x80"sv})
    CAF_CHECK(!is_printable(text));
}

CAF_TEST(different lists of parts never join to the same bytes) {
  const auto join = [](std::initializer_list<std::string_view> parts) {
    std::string out;
    for (const auto part : parts)
      append_length_prefixed(out, part);
    return out;
  };
  CAF_CHECK_NOT_EQUAL(join({"ab", "c"}), join({"a", "bc"}));
  CAF_CHECK_NOT_EQUAL(join({"", "a"}), join({"a", ""}));
  CAF_CHECK_NOT_EQUAL(join({"1:a"}), join({"a"}));
  CAF_CHECK_NOT_EQUAL(join({"a", "b"}), join({"a1:b"}));
}
