#define CAF_SUITE domain.ids
#include "tests/support/unit_test.hpp"

#include "domain/ids.hpp"

#include <set>

using namespace kinora;
using namespace std::string_view_literals;

CAF_TEST(a tenant id is made of 1 to 64 plain characters) {
  CAF_CHECK(!check_tenant_id("a"));
  CAF_CHECK(!check_tenant_id("Tenant_1.eu-west"));
  CAF_CHECK(!check_tenant_id(std::string(64, 'z')));
  for (const auto id : {""sv, "a b"sv, "a/b"sv, "t\xC3\xBC"sv, "a\0"sv, "a\n"sv, "a%"sv, "a:"sv, "[a]"sv})
    CAF_CHECK(check_tenant_id(id).has_value());
  const auto too_long = check_tenant_id(std::string(65, 'z'));
  CAF_REQUIRE(too_long.has_value());
  CAF_CHECK(*too_long ==
            invalid("tenant", "must be 1 to 64 characters out of A-Z, a-z, 0-9, '_', '.' and '-'"));
}

CAF_TEST(a user hash has 1 to 256 bytes of printable text) {
  CAF_CHECK(!check_user_hash("u"));
  CAF_CHECK(!check_user_hash(std::string(256, 'u')));
  CAF_CHECK(!check_user_hash("..."));
  for (auto dots : {".", ".."}) {
    CAF_CHECK(check_user_hash(dots).has_value());
    CAF_CHECK(check_video_id(dots, "id").has_value());
    CAF_CHECK(check_tenant_id(dots).has_value());
  }
  CAF_CHECK(check_user_hash("") == invalid("user_hash", "must not be empty"));
  CAF_CHECK(check_user_hash(std::string(257, 'u')) ==
            invalid("user_hash", "must have at most 256 bytes, has 257"));
  CAF_CHECK(check_user_hash("\xFF") == invalid("user_hash", "must be valid UTF-8"));
  CAF_CHECK(check_user_hash("a\0b"sv) == invalid("user_hash", "must not contain control characters"));
}

CAF_TEST(a bad video id names the field it came in) {
  CAF_CHECK(!check_video_id("v1", "id"));
  CAF_CHECK(!check_video_id("\xE6\x98\xA0\xE7\x94\xBB", "id"));
  CAF_CHECK(check_video_id("", "exclude[3]") == invalid("exclude[3]", "must not be empty"));
  CAF_CHECK(check_video_id(std::string(257, 'v'), "id") ==
            invalid("id", "must have at most 256 bytes, has 257"));
}

CAF_TEST(a video hash has 48 bits and stays what it was) {
  CAF_CHECK_EQUAL(video_hash(""), 0x2D06800538D3u); // XXH3_64("") = 2D06800538D394C2, from xxHash's tests
  std::set<std::uint64_t> seen;
  for (int i = 0; i < 10'000; ++i)
    seen.insert(video_hash("video " + std::to_string(i)));
  CAF_CHECK_EQUAL(seen.size(), 10'000u);
  CAF_CHECK_LESS(*seen.rbegin(), std::uint64_t{1} << 48);
  CAF_CHECK_GREATER(*seen.rbegin(), std::uint64_t{1} << 47);
}
