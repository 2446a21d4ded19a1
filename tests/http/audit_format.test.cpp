#define CAF_SUITE http.audit_format
#include "tests/support/unit_test.hpp"

#include "http/formats/audit_format.hpp"
#include "http/formats/json_diff.hpp"
#include "http/formats/versions_format.hpp"
#include "http/json_text.hpp"

#include <boost/json/parse.hpp>

using namespace kinora;
using namespace kinora::http;

namespace {

namespace json = boost::json;

/// "before after".
std::string difference(const char* before, const char* after) {
  const auto lhs = json::parse(before).as_object();
  const auto rhs = json::parse(after).as_object();
  const auto found = changes_between(&lhs, &rhs);
  return found.before + ' ' + found.after;
}

} // namespace

CAF_TEST(what did not change is left out) {
  CAF_CHECK_EQUAL(difference(R"({"a":1,"b":2})", R"({"a":1,"b":3})"), R"({"b":2} {"b":3})");
  CAF_CHECK_EQUAL(difference(R"({"a":1})", R"({"a":1})"), "{} {}");
  CAF_CHECK_EQUAL(difference(R"({"a":{"x":1,"y":2},"b":{"z":0}})", R"({"a":{"x":1,"y":3},"b":{"z":0}})"),
                  R"({"a":{"y":2}} {"a":{"y":3}})");
  CAF_CHECK_EQUAL(difference(R"({"pins":{"v":1,"w":2}})", R"({"pins":{"w":2}})"), R"({"pins":{"v":1}} {})");
  CAF_CHECK_EQUAL(difference(R"({"a":[1,2]})", R"({"a":[1,3]})"), R"({"a":[1,2]} {"a":[1,3]})");
  CAF_CHECK_EQUAL(difference(R"({"a":null})", R"({"a":{"x":1}})"), R"({"a":null} {"a":{"x":1}})");
}

CAF_TEST(what is new or gone is written in full) {
  const auto rules = make_describers().rules;
  tenant_rules some;
  CAF_CHECK_EQUAL(rules(nullptr, &some).before, "");
  CAF_CHECK(rules(nullptr, &some).after.find("recency_window_hours") != std::string::npos);
  CAF_CHECK_EQUAL(rules(&some, nullptr).after, "");
  auto others = some;
  others.weights.recency = 2.0;
  const auto changed = rules(&some, &others);
  CAF_CHECK_EQUAL(changed.before + changed.after,
                  R"({"boost_weights":{"recency":1}}{"boost_weights":{"recency":2}})");
}

CAF_TEST(a page shows its entries with the change as JSON) {
  audit_page page;
  page.rows.push_back(
      {7, make_audit_entry(wall_time{std::chrono::milliseconds{1'700'000'000'000}}, {"id", "ada", "r-1"},
                           "rules.put", "acme", {}, {"{\"a\":1}", {}})});
  CAF_CHECK_EQUAL(to_text(write_audit_page(page)),
                  R"({"entries":[{"at":"2023-11-14T22:13:20Z","who":{"id":"id","name":"ada"},)"
                  R"("request_id":"r-1","action":"rules.put","tenant":"acme","target":null,)"
                  R"("before":{"a":1},"after":null}],"next_cursor":null})");
  page.next = 123;
  const auto shown = write_audit_page(page);
  const std::string cursor{shown.at("next_cursor").as_string()};
  CAF_CHECK_EQUAL(parse_audit_cursor(cursor).value(), 123u);
  for (const auto* bad : {"", "!", "MA", "LTE", "MTIzNDU2Nzg5MDEyMzQ1Njc4OTAxMjM"})
    CAF_CHECK_EQUAL(parse_audit_cursor(bad).error().field, "cursor");
}

CAF_TEST(versions are listed from the newest with what each changed) {
  std::vector<versioned_rules> all(2);
  all[0] = {{}, 1, 4, wall_time{}, "ada"};
  all[1] = {{}, 2, 5, wall_time{}, "grace"};
  all[1].rules.recency_window_hours = 24;
  CAF_CHECK_EQUAL(to_text(write_versions(all)),
                  R"({"versions":[{"version":5,"author":"grace","at":"1970-01-01T00:00:00Z","changes":)"
                  R"({"before":{"recency_window_hours":48},"after":{"recency_window_hours":24}}},)"
                  R"({"version":4,"author":"ada","at":"1970-01-01T00:00:00Z","changes":null}]})");
}
