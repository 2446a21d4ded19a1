#define CAF_SUITE http.overload_pages
#include "tests/support/unit_test.hpp"

#include "http/json_text.hpp"
#include "http/overload_pages.hpp"
#include "tests/support/random_world.hpp"
#include "tests/support/reference_feed.hpp"

#include <boost/json/array.hpp>

using namespace kinora;
using namespace kinora::http;
using namespace std::chrono_literals;
using test::make_video;
using test::noon;

namespace {

struct fixture {
  cursor_codec cursors{{make_cursor_key("a secret")}};
  tracking_codec tracking{{make_cursor_key("a secret")}};
  overload_pages pages;
  std::optional<std::uint32_t> share = 5'000;
  tenant_snapshot_ptr tenant =
      make_tenant({make_video("a", 90.0), make_video("b", 80.0), make_video("c", 70.0)});

  static tenant_snapshot_ptr make_tenant(const std::vector<video>& videos) {
    auto out = std::make_shared<tenant_snapshot>();
    out->id = "t";
    out->catalogue = test::make_snapshot(videos, {});
    out->rules = out->catalogue->rules;
    out->trending = make_trending(out->catalogue, noon);
    return out;
  }

  static feed_request request(std::string id, std::size_t limit = 2) {
    feed_request out;
    out.tenant = "t";
    out.user = "ada";
    out.page.limit = limit;
    out.request_id = std::move(id);
    out.now = noon;
    return out;
  }

  feed_format format() { return {cursors, tracking, 1'800s}; }

  response ask(const feed_request& x, std::string_view if_none_match = {}) {
    return pages.answer(tenant, x, share, if_none_match, format(), 1'500us);
  }

  /// The body without what names the page.
  static boost::json::object plain(const response& x) {
    auto body = parse_json(x.body, "body").value().as_object();
    for (auto& item : body.at("items").as_array())
      item.as_object().erase("tracking_token");
    return body;
  }
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(overload_pages_tests, fixture)

CAF_TEST(a page is what the trending feed would have been but for its tokens) {
  for (auto limit : {1u, 2u, 3u, 50u}) {
    for (auto id : {"r-1", "another-id-of-another-length"}) { // made, then ready
      const auto x = request(id, limit);
      const auto wanted =
          feed_response(trending_answer(*tenant, x, personalization::on, nullptr, degraded_reason::overload),
                        x, {}, format(), 1'500us);
      const auto found = ask(x);
      CAF_CHECK(plain(found) == plain(wanted));
      CAF_CHECK(found.headers == wanted.headers);
      CAF_CHECK(found.is_shed);
    }
  }
}

CAF_TEST(who has the page already is told so) {
  const auto first = ask(request("r-1"));
  const auto again = ask(request("r-2"), *first.header("ETag"));
  CAF_CHECK_EQUAL(again.status, 304);
  CAF_CHECK(again.body.empty());
  CAF_CHECK(!again.header("Content-Type"));
}

CAF_TEST(a page is made anew when the tenant changes and with every second) {
  ask(request("r-1"));
  auto later = request("r-2");
  later.now += 1s;
  auto first_token = [](const response& x) {
    return parse_json(x.body, "body").value().at("items").at(0).at("tracking_token");
  };
  const auto kept = first_token(ask(request("r-3")));
  CAF_CHECK(first_token(ask(request("r-4"))) == kept);
  CAF_CHECK(first_token(ask(later)) != kept);
  share = 7'000;
  CAF_CHECK(first_token(ask(request("r-4"))) != kept);
  tenant = make_tenant({make_video("d", 10.0)});
  const auto changed = plain(ask(request("r-5")));
  CAF_CHECK_EQUAL(changed.at("items").as_array().size(), 1u);
}

CAF_TEST(the tokens of a page are good for whoever gets it and have the side of the user) {
  for (auto id : {"r-1", "r-2"}) {
    const auto items = parse_json(ask(request(id)).body, "body").value().at("items").as_array();
    for (std::size_t i = 0; i < items.size(); ++i)
      for (auto user : {"ada", "bob", "cleo", "dan", "eve"}) {
        const auto found =
            tracking.read(std::string_view{items[i].at("tracking_token").as_string()}, "t", user, noon);
        CAF_REQUIRE(found.has_value());
        CAF_CHECK(found->type == feed_type::trending);
        CAF_CHECK(found->side == side_of(share, "t", user));
        CAF_CHECK_EQUAL(found->rank, i);
      }
  }
}

CAF_TEST(a page keeps no tenant in memory) {
  ask(request("r-1"));
  const std::weak_ptr<const tenant_snapshot> old = tenant;
  tenant = make_tenant({});
  CAF_CHECK(old.expired());
}

CAF_TEST(what differs from user to user is not covered) {
  CAF_CHECK(overload_pages::covers(request("r")));
  auto served = request("r"), excluded = request("r"), explained = request("r"), bound = request("r");
  served.page.served = {1};
  excluded.page.excluded = {1};
  explained.page.explain = true;
  bound.session_binds_user = true;
  for (const auto* x : {&served, &excluded, &explained, &bound})
    CAF_CHECK(!overload_pages::covers(*x));
}

CAF_TEST_FIXTURE_SCOPE_END()
