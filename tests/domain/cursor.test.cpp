#define CAF_SUITE domain.cursor
#include "tests/support/unit_test.hpp"

#include "domain/base64url.hpp"
#include "domain/cursor.hpp"
#include "domain/ids.hpp"

#include <stdexcept>

using namespace kinora;
using namespace std::chrono_literals;

namespace {

constexpr std::string_view alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

template <class Exception, class Function>
bool throws(Function f) {
  try {
    static_cast<void>(f());
  } catch (const Exception&) {
    return true;
  }
  return false;
}

struct fixture {
  wall_time now = std::chrono::sys_days{std::chrono::year{2024} / 5 / 31} + 18h;
  cursor_codec codec{{make_cursor_key("a secret of some length")}};

  session session_of(std::size_t items, bool binds_user = true) const {
    session x{.binds_user = binds_user, .expires_at = now + 30min, .served = {}};
    for (std::size_t i = 0; i < items; ++i)
      x.served.push_back(video_hash("video " + std::to_string(i)));
    return x;
  }

  result<session> decode(std::string_view token) const { return codec.decode(token, "tenant", "user", now); }

  failure refusal() const { return decode("").error(); }
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(cursor_tests, fixture)

CAF_TEST(a session comes back as it was) {
  for (const std::size_t items : {0u, 1u, 2u, 3u, 20u, 500u})
    for (const bool binds_user : {true, false}) {
      const auto x = session_of(items, binds_user);
      const auto token = codec.encode(x, "tenant", "user");
      CAF_CHECK_LESS_OR_EQUAL(token.size(), cursor_bytes_max);
      const auto back = decode(token);
      CAF_REQUIRE(back.has_value());
      CAF_CHECK(*back == x);
    }
}

CAF_TEST(a full session fits into 4059 characters and one more item is a bug) {
  CAF_CHECK_EQUAL(codec.encode(session_of(500), "tenant", "user").size(), 4'059u);
  CAF_CHECK(throws<std::length_error>([&] { return codec.encode(session_of(501), "tenant", "user"); }));
}

CAF_TEST(a codec without a key is a bug) {
  CAF_CHECK(throws<std::invalid_argument>([] { return cursor_codec{std::vector<cursor_key>{}}; }));
}

CAF_TEST(every replaced character is refused) {
  const auto genuine = codec.encode(session_of(2), "tenant", "user");
  int accepted = 0;
  for (std::size_t i = 0; i < genuine.size(); ++i)
    for (int c = 0; c < 256; ++c) {
      auto token = genuine;
      token[i] = static_cast<char>(c);
      if (token != genuine)
        accepted += decode(token) != refusal();
    }
  CAF_CHECK_EQUAL(accepted, 0);
}

CAF_TEST(every replaced character of a full session is refused) {
  const auto genuine = codec.encode(session_of(500), "tenant", "user");
  int accepted = 0;
  for (std::size_t i = 0; i < genuine.size(); ++i)
    for (const std::size_t step : {1u, 2u, 16u, 32u}) {
      auto token = genuine;
      token[i] = alphabet[(alphabet.find(token[i]) ^ step) % alphabet.size()];
      accepted += decode(token).has_value();
    }
  CAF_CHECK_EQUAL(accepted, 0);
}

CAF_TEST(every flipped bit is refused) {
  const auto genuine = *base64url_decode(codec.encode(session_of(3), "tenant", "user"));
  int accepted = 0;
  for (std::size_t bit = 0; bit < genuine.size() * 8; ++bit) {
    auto bytes = genuine;
    bytes[bit / 8] = static_cast<char>(bytes[bit / 8] ^ (1 << (bit % 8)));
    accepted += decode(base64url_encode(bytes)) != refusal();
  }
  CAF_CHECK_EQUAL(accepted, 0);
}

CAF_TEST(a shortened or lengthened token is refused) {
  const auto genuine = codec.encode(session_of(3), "tenant", "user");
  for (std::size_t length = 0; length < genuine.size(); ++length)
    CAF_CHECK(decode(genuine.substr(0, length)) == refusal());
  for (const auto* tail : {"A", "AA", "AAA", "AAAAAAAA", "=", "==", "\n", " "})
    CAF_CHECK(decode(genuine + tail) == refusal());
  CAF_CHECK(decode(std::string(cursor_bytes_max + 4, 'A')) == refusal());
}

CAF_TEST(another tenant or user is refused in the same words as an altered token) {
  const auto token = codec.encode(session_of(1), "tenant", "user");
  CAF_CHECK(codec.decode(token, "other", "user", now) == refusal());
  CAF_CHECK(codec.decode(token, "tenant", "other", now) == refusal());
  CAF_CHECK(codec.decode(token, "tenant", "", now) == refusal());
  CAF_CHECK(codec.decode(token, "tenantu", "ser", now) == refusal());
  CAF_CHECK_EQUAL(refusal().field, "cursor");
  CAF_CHECK(refusal().code == errc::invalid_argument);
}

CAF_TEST(a session that binds no user goes on for every user of its tenant) {
  const auto x = session_of(2, false);
  const auto token = codec.encode(x, "tenant", "user");
  CAF_CHECK_EQUAL(token, codec.encode(x, "tenant", "another"));
  for (const auto* user : {"user", "another", ""})
    CAF_CHECK(codec.decode(token, "tenant", user, now) == x);
  CAF_CHECK(codec.decode(token, "other", "user", now) == refusal());
}

CAF_TEST(a session expires at its instant) {
  const auto x = session_of(1);
  const auto token = codec.encode(x, "tenant", "user");
  CAF_CHECK(codec.decode(token, "tenant", "user", x.expires_at - 1ms).has_value());
  const auto late = codec.decode(token, "tenant", "user", x.expires_at);
  CAF_CHECK(late.error() == invalid("cursor", "has expired; start again without a cursor"));
  CAF_CHECK(codec.decode(token, "other", "user", x.expires_at) == refusal());
}

CAF_TEST(an expiry between two seconds is the earlier one) {
  auto x = session_of(0);
  x.expires_at += 999ms;
  const auto back = decode(codec.encode(x, "tenant", "user"));
  CAF_REQUIRE(back.has_value());
  CAF_CHECK(back->expires_at == x.expires_at - 999ms);
}

CAF_TEST(the previous key still verifies and an unknown one does not ) {
  const auto old_key = make_cursor_key("old");
  const auto new_key = make_cursor_key("new");
  CAF_CHECK_NOT_EQUAL(old_key.id, new_key.id);
  CAF_CHECK_EQUAL(old_key.id, make_cursor_key("old").id);
  const cursor_codec before{{old_key}};
  const cursor_codec after{{new_key, old_key}};
  const cursor_codec later{{new_key}};
  const auto x = session_of(1);
  const auto token = before.encode(x, "tenant", "user");
  CAF_CHECK(after.decode(token, "tenant", "user", now) == x);
  CAF_CHECK(later.decode(token, "tenant", "user", now) == refusal());
  CAF_CHECK(later.decode(after.encode(x, "tenant", "user"), "tenant", "user", now) == x);
}

CAF_TEST(keys that share an id are told apart by their secret) {
  const cursor_codec one{{{"secret one", 7}}};
  const cursor_codec both{{{"secret two", 7}, {"secret one", 7}}};
  const cursor_codec other{{{"secret two", 7}}};
  const auto x = session_of(1);
  const auto token = one.encode(x, "tenant", "user");
  CAF_CHECK(both.decode(token, "tenant", "user", now) == x);
  CAF_CHECK(other.decode(token, "tenant", "user", now) == refusal());
}

CAF_TEST_FIXTURE_SCOPE_END()
