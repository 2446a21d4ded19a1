#define CAF_SUITE domain.tracking
#include "tests/support/unit_test.hpp"

#include "domain/base64url.hpp"
#include "domain/cursor.hpp"
#include "domain/event.hpp"
#include "domain/ids.hpp"
#include "domain/tracking.hpp"

#include <set>
#include <stdexcept>

using namespace kinora;
using namespace std::chrono_literals;

namespace {

struct fixture {
  wall_time now = std::chrono::sys_days{std::chrono::year{2024} / 5 / 31} + 18h;
  tracking_codec codec{{make_cursor_key("a secret of some length")}};

  tracked_page page(bool binds_user = true) const {
    return {binds_user, feed_type::personalized, 5'000, request_hash("r-1"), now, 40, 20};
  }

  std::string token(std::size_t index = 3) const { return codec.sign(page(), "tenant", "user").at(index); }

  std::optional<served_position> read(std::string_view x) const {
    return codec.read(x, "tenant", "user", now);
  }
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(tracking_tests, fixture)

CAF_TEST(a token names request and rank and feed type and side) {
  for (const auto type : {feed_type::personalized, feed_type::trending})
    for (const std::optional<std::uint32_t> share :
         {std::optional<std::uint32_t>{}, std::optional{0u}, std::optional{5'000u}, std::optional{10'000u}})
      for (const bool binds_user : {true, false}) {
        const tracked_page x{binds_user, type, share, request_hash("r-1"), now, 40, 20};
        const auto tokens = codec.sign(x, "tenant", "user");
        for (const std::size_t index : {0u, 1u, 19u}) {
          const auto found = read(tokens.at(index));
          CAF_REQUIRE(found.has_value());
          CAF_CHECK(found->type == type);
          CAF_CHECK(found->side == side_of(share, "tenant", "user"));
          CAF_CHECK_EQUAL(found->request, request_hash("r-1"));
          CAF_CHECK_EQUAL(found->rank, 40 + index);
        }
      }
}

CAF_TEST(a token is 56 characters long) {
  CAF_CHECK_EQUAL(token().size(), 56u);
  CAF_CHECK_LESS(token().size(), tracking_token_bytes_max);
  tracked_page last = page();
  last.first = 0;
  last.items = session_items_max;
  CAF_CHECK_EQUAL(read(codec.sign(last, "tenant", "user").at(499)).value().rank, 499u);
  last.first = 1;
  bool threw = false;
  try {
    codec.sign(last, "tenant", "user");
  } catch (const std::length_error&) {
    threw = true;
  }
  CAF_CHECK(threw);
}

CAF_TEST(every replaced character is refused but where it names another item of the page) {
  const auto genuine = token();
  int accepted = 0;
  for (std::size_t i = 0; i < genuine.size(); ++i)
    for (int c = 0; c < 256; ++c) {
      auto x = genuine;
      x[i] = static_cast<char>(c);
      accepted += x != genuine && read(x).has_value();
    }
  CAF_CHECK_EQUAL(accepted, 19); // the index is the last two bytes, and has a digit for itself alone
}

CAF_TEST(every flipped bit is refused but those that name another item of the page) {
  const auto genuine = *base64url_decode(token());
  std::set<std::size_t> ranks;
  for (std::size_t bit = 0; bit < genuine.size() * 8; ++bit) {
    auto bytes = genuine;
    bytes[bit / 8] = static_cast<char>(bytes[bit / 8] ^ (1 << (bit % 8)));
    if (const auto found = read(base64url_encode(bytes))) {
      CAF_CHECK_GREATER_OR_EQUAL(bit / 8, 40u);
      ranks.insert(found->rank);
    }
  }
  CAF_CHECK(ranks == (std::set<std::size_t>{40 + 2, 40 + 1, 40 + 7, 40 + 11, 40 + 19}));
}

CAF_TEST(an index past the items of the page is refused) {
  const auto tokens = codec.sign(page(), "tenant", "user");
  CAF_CHECK(read(tokens.at(19)).has_value());
  for (const std::size_t index : {20u, 21u, 255u, 256u, 65'535u})
    CAF_CHECK(!read(tokens.at(index)));
}

CAF_TEST(a shortened or lengthened token is refused) {
  const auto genuine = token();
  for (std::size_t length = 0; length < genuine.size(); ++length)
    CAF_CHECK(!read(genuine.substr(0, length)));
  for (const auto* tail : {"A", "AA", "AAA", "AAAA", "=", "\n", " "})
    CAF_CHECK(!read(genuine + tail));
}

CAF_TEST(another tenant or user is refused) {
  CAF_CHECK(!codec.read(token(), "other", "user", now));
  CAF_CHECK(!codec.read(token(), "tenant", "other", now));
  CAF_CHECK(!codec.read(token(), "tenant", "", now));
  CAF_CHECK(!codec.read(token(), "tenantu", "ser", now));
}

CAF_TEST(a page that binds no user has the side of whoever echoes its token) {
  const auto tokens = codec.sign(page(false), "tenant", "user");
  CAF_CHECK_EQUAL(tokens.at(0), codec.sign(page(false), "tenant", "another").at(0));
  std::set<rollout_side> sides;
  for (int i = 0; i < 20; ++i) {
    const auto user = "user" + std::to_string(i);
    const auto found = codec.read(tokens.at(0), "tenant", user, now);
    CAF_REQUIRE(found.has_value());
    CAF_CHECK(found->side == side_of(5'000, "tenant", user));
    sides.insert(found->side);
  }
  CAF_CHECK(sides == (std::set{rollout_side::in, rollout_side::out}));
  CAF_CHECK(!codec.read(tokens.at(0), "other", "user", now));
}

CAF_TEST(a position has a key of its own for every page and item and user) {
  std::set<std::string> keys;
  auto other_request = page(), other_time = page(), shared = page(false);
  other_request.request = request_hash("r-2");
  other_time.issued_at += 1s;
  for (const auto& x : {page(), other_request, other_time, shared})
    for (const std::size_t index : {0u, 1u})
      keys.insert(read(codec.sign(x, "tenant", "user").at(index)).value().key);
  keys.insert(codec.read(codec.sign(shared, "tenant", "").at(0), "tenant", "another", now).value().key);
  CAF_CHECK_EQUAL(keys.size(), 9u);
  CAF_CHECK(read(token())->key == read(token())->key);
}

CAF_TEST(a token is good for as long as an event may come late) {
  const auto x = token();
  CAF_CHECK(codec.read(x, "tenant", "user", now + event_age_max).has_value());
  CAF_CHECK(!codec.read(x, "tenant", "user", now + event_age_max + 1ms));
  CAF_CHECK(codec.read(x, "tenant", "user", now - event_lead_max).has_value()); // another node's clock
  CAF_CHECK(!codec.read(x, "tenant", "user", now - event_lead_max - 1ms));
}

CAF_TEST(the previous key still verifies and an unknown one does not ) {
  const auto old_key = make_cursor_key("old"), new_key = make_cursor_key("new");
  const tracking_codec before{{old_key}}, after{{new_key, old_key}}, later{{new_key}};
  const auto x = before.sign(page(), "tenant", "user").at(0);
  CAF_CHECK(after.read(x, "tenant", "user", now).has_value());
  CAF_CHECK(!later.read(x, "tenant", "user", now));
  CAF_CHECK(later.read(after.sign(page(), "tenant", "user").at(0), "tenant", "user", now).has_value());
}

CAF_TEST(no cursor is a token and no token is a cursor even where they are as long) {
  const cursor_codec cursors{{make_cursor_key("a secret of some length")}};
  for (std::size_t items = 0; items < 5; ++items) {
    session x{true, now + 30min, {}};
    for (std::size_t i = 0; i < items; ++i)
      x.served.push_back(video_hash(std::to_string(i)));
    const auto cursor = cursors.encode(x, "tenant", "user");
    CAF_CHECK(cursors.decode(cursor, "tenant", "user", now).has_value());
    CAF_CHECK(!read(cursor));
    CAF_CHECK(!read(cursor.substr(0, 56)));
  }
  CAF_CHECK(!cursors.decode(token(), "tenant", "user", now));
}

CAF_TEST(what is signed as a cursor is not signed as a token although the bytes are the same) {
  const signing_keys keys{{make_cursor_key("a secret of some length")}};
  const auto bytes = *base64url_decode(token());
  std::string text;
  for (const std::string_view part :
       {std::string_view{"kinora cursor signature"}, std::string_view{bytes}.substr(0, 24),
        std::string_view{"tenant"}, std::string_view{"user"}})
    text += std::to_string(part.size()) + ':' + std::string{part};
  const auto forged = bytes.substr(0, 24) + keys.sign(text).substr(0, 16) + bytes.substr(40);
  CAF_CHECK(!read(base64url_encode(forged)));
}

CAF_TEST_FIXTURE_SCOPE_END()
