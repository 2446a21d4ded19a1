#define CAF_SUITE domain.base64url
#include "tests/support/unit_test.hpp"

#include "domain/base64url.hpp"

#include <random>
#include <set>
#include <utility>

using namespace kinora;
using namespace std::string_view_literals;

CAF_TEST(the vectors of RFC 4648 come out without padding) {
  const std::pair<std::string_view, std::string_view> vectors[] = {
      {"", ""},           {"f", "Zg"},          {"fo", "Zm8"},          {"foo", "Zm9v"},
      {"foob", "Zm9vYg"}, {"fooba", "Zm9vYmE"}, {"foobar", "Zm9vYmFy"}, {"\xFB\xFF\xBF", "-_-_"}};
  for (const auto& [bytes, text] : vectors) {
    CAF_CHECK_EQUAL(base64url_encode(bytes), text);
    CAF_CHECK(base64url_decode(text) == bytes);
  }
}

CAF_TEST(what the encoder does not write is refused) {
  for (const auto text : {"Zg=="sv, "Zm8="sv, "Z"sv, "Zm9vY"sv, "Zm+v"sv, "Zm/v"sv, "Zm9v\n"sv, " Zm9v"sv,
                          "Zm9\0"sv, "Zm9\xE9"sv, "Zm.v"sv})
    CAF_CHECK(!base64url_decode(text));
}

CAF_TEST(trailing bits must be zero) {
  CAF_CHECK(base64url_decode("Zg").has_value());
  for (const auto text : {"Zh"sv, "Zi"sv, "Zv"sv, "Zm9"sv, "Zm-"sv, "Zm_"sv})
    CAF_CHECK(!base64url_decode(text));
}

CAF_TEST(random bytes survive and each text has one meaning) {
  const auto seed = std::random_device{}();
  std::mt19937_64 random{seed};
  for (int i = 0; i < 2'000; ++i) {
    std::string bytes(random() % 100, '\0');
    for (auto& c : bytes)
      c = static_cast<char>(random());
    if (base64url_decode(base64url_encode(bytes)) != bytes)
      CAF_FAIL("seed " << seed);
  }
  std::set<std::string> decoded;
  int accepted = 0;
  for (int first = 0; first < 256; ++first)
    for (int second = 0; second < 256; ++second)
      if (auto x = base64url_decode(std::string{static_cast<char>(first), static_cast<char>(second)})) {
        ++accepted;
        decoded.insert(std::move(*x));
      }
  CAF_CHECK_EQUAL(accepted, 256);
  CAF_CHECK_EQUAL(decoded.size(), 256u);
}
