#define CAF_SUITE blackbox.stats
#include "tests/support/unit_test.hpp"

#include "tests/blackbox/support/chaos.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <csignal>
#include <ctime>
#include <functional>
#include <map>
#include <memory>

using namespace kinora::blackbox;
using namespace std::chrono_literals;

namespace json = boost::json;

namespace {

constexpr std::int64_t hour = 3'600;

/// Impressions, plays, completions.
using counts = std::array<std::int64_t, 3>;

/// By feed type and side: "personalized in".
using cells = std::map<std::string, counts>;

/// A tenant of ten videos of a server.
class tenant {
public:
  tenant(server& at, std::string name, const std::string& rules = "{}") : at_{at}, name_{std::move(name)} {
    std::string videos;
    for (int i = 0; i < 10; ++i)
      videos += R"({"id":"v)" + std::to_string(i) + R"(","title":"V"})" + '\n';
    put_tenant(at_, name_, rules, videos);
  }

  json::object feed_of(const std::string& user) const {
    return feed(at_.api(), name_, "limit=10&user_hash=" + user);
  }

  /// An event with an id that is new every time.
  json::object event(const std::string& type, const std::string& user, const json::value& item,
                     std::int64_t at = std::time(nullptr)) {
    return {{"event_id", "e" + std::to_string(++events_)},
            {"type", type},
            {"user_hash", user},
            {"video_id", item.at("id")},
            {"occurred_at", at},
            {"tracking_token", item.at("tracking_token")}};
  }

  /// "accepted duplicates rejected".
  std::string post(const json::array& events) const {
    const auto body =
        must(202, at_.api().post("/v1/events", json::serialize(events), {{"X-Tenant-ID", name_}})).json();
    return json::serialize(body.at("accepted")) + ' ' + json::serialize(body.at("duplicates")) + ' ' +
           std::to_string(body.at("rejected").as_array().size());
  }

  json::value stats(const std::string& query = "") const {
    return must(200, at_.admin().get("/admin/v1/tenants/" + name_ + "/stats" + query)).json();
  }

  cells totals(const std::string& query = "") const { return cells_of(stats(query).at("totals")); }

  static cells cells_of(const json::value& list) {
    cells out;
    for (auto& x : list.as_array())
      out[std::string{x.at("feed_type").as_string()} + ' ' + std::string{x.at("rollout").as_string()}] = {
          x.at("impressions").as_int64(), x.at("plays").as_int64(), x.at("completions").as_int64()};
    return out;
  }

  /// A series of /metrics: the value after labels that hold all of `labels`; "absent" without one.
  std::string metric(const std::string& name, const std::vector<std::string>& labels) const {
    const auto body = at_.admin().get("/metrics").body;
    for (std::size_t at = 0; (at = body.find('\n' + name + '{', at)) != std::string::npos; ++at) {
      const auto line = body.substr(at + 1, body.find('\n', at + 1) - at - 1);
      auto has = [&](const std::string& x) { return line.find(x) != std::string::npos; };
      if (has("tenant=\"" + name_ + '"') && std::all_of(labels.begin(), labels.end(), has))
        return line.substr(line.rfind(' ') + 1);
    }
    return "absent";
  }

private:
  server& at_;
  std::string name_;
  int events_ = 0;
};

/// Runs the test with a server of each engine.
void on_both_engines(const std::vector<std::string>& args, const std::function<void(server&)>& test) {
  for (std::string engine : {"memory", "rocksdb"}) {
    auto all = args;
    all.insert(all.end(), {"--store", engine});
    server tested{patiently(all)};
    test(tested);
  }
}

/// What a page leads to: everything is seen, three are played, one of them to its end.
json::array events_about(tenant& t, const json::object& page, const std::string& user) {
  json::array out;
  const auto& items = page.at("items").as_array();
  for (std::size_t i = 0; i < items.size(); ++i) {
    out.push_back(t.event("impression", user, items[i]));
    if (i < 3)
      out.push_back(t.event("view", user, items[i]));
    if (i < 1)
      out.push_back(t.event("complete", user, items[i]));
  }
  return out;
}

} // namespace

CAF_TEST(events that echo tokens are counted by feed type and side and each position once) {
  on_both_engines({}, [](server& tested) {
    tenant t{tested, "halves", R"({"rollout_percentage":50})"};
    cells expected;
    json::array all;
    for (int i = 0; i < 40; ++i) {
      const auto user = "user" + std::to_string(i);
      const auto page = t.feed_of(user);
      const auto is_in = page.at("is_personalized").as_bool();
      auto& cell = expected[is_in ? "personalized in" : "trending out"];
      cell = {cell[0] + 10, cell[1] + 3, cell[2] + 1};
      const auto events = events_about(t, page, user);
      CAF_CHECK_EQUAL(t.post(events), "14 0 0");
      all.insert(all.end(), events.begin(), events.end());
    }
    CAF_REQUIRE_EQUAL(expected.size(), 2u);
    CAF_CHECK(t.totals() == expected);
    // The same once more, and the same with new ids.
    for (int i = 0; i < 40; ++i) {
      json::array again(all.begin() + 14 * i, all.begin() + 14 * (i + 1));
      CAF_CHECK_EQUAL(t.post(again), "0 14 0");
      for (auto& x : again)
        x.as_object()["event_id"] = "again-" + std::string{x.at("event_id").as_string()};
      CAF_CHECK_EQUAL(t.post(again), "14 0 0");
    }
    CAF_CHECK(t.totals() == expected);
    const auto name = "kinora_attributed_events_total";
    CAF_CHECK_EQUAL(t.metric(name, {R"(feed_type="personalized")", R"(rollout="in")", R"(kind="play")"}),
                    std::to_string(expected["personalized in"][1]));
    CAF_CHECK_EQUAL(t.metric(name, {R"(feed_type="trending")", R"(rollout="out")", R"(kind="impression")"}),
                    std::to_string(expected["trending out"][0]));
    CAF_CHECK_EQUAL(t.metric("kinora_event_attributions_total", {R"(outcome="attributed")"}), "560");
    CAF_CHECK_EQUAL(t.metric("kinora_event_attributions_total", {R"(outcome="not_attributed")"}), "1120");
    CAF_CHECK_EQUAL(t.metric("kinora_event_attributions_total", {R"(outcome="invalid")"}), "0");
  });
}

CAF_TEST(the counts say how far the sides differ) {
  on_both_engines({}, [](server& tested) {
    tenant t{tested, "compared", R"({"rollout_percentage":50})"};
    json::array events;
    std::map<bool, int> users;
    for (int i = 0; users[true] < 7 || users[false] < 8; ++i) { // 56 of 70 against 48 of 80
      const auto user = "user" + std::to_string(i);
      const auto page = t.feed_of(user);
      const auto is_in = page.at("is_personalized").as_bool();
      if (users[is_in] == (is_in ? 7 : 8))
        continue;
      ++users[is_in];
      const auto& items = page.at("items").as_array();
      for (std::size_t n = 0; n < items.size(); ++n) {
        events.push_back(t.event("impression", user, items[n]));
        if (n < (is_in ? 8u : 6u))
          events.push_back(t.event("view", user, items[n]));
      }
    }
    CAF_CHECK_EQUAL(t.post(events), std::to_string(events.size()) + " 0 0");
    const auto x = t.stats().at("difference").at("in_minus_out");
    auto is_near = [&](const char* member, double expected) {
      return std::abs(x.at(member).to_number<double>() - expected) < 0.00005;
    };
    CAF_CHECK(is_near("value", 0.2));
    CAF_CHECK(is_near("low", 0.0524));
    CAF_CHECK(is_near("high", 0.3339));
    CAF_CHECK(t.stats("?to=" + std::to_string(std::time(nullptr) - 2 * hour))
                  .at("difference")
                  .at("in_minus_out")
                  .is_null());
  });
}

CAF_TEST(a token that is not right does not count and rejects nothing) {
  on_both_engines({}, [](server& tested) {
    tenant t{tested, "mine"}, other{tested, "other"};
    const auto item = t.feed_of("ada").at("items").at(0);
    auto with_token = [&](const std::string& token) {
      auto out = t.event("view", "ada", item);
      out["tracking_token"] = token;
      return out;
    };
    auto altered = std::string{item.at("tracking_token").as_string()};
    altered[20] = altered[20] == 'A' ? 'B' : 'A';
    const std::string cursor{
        feed(tested.api(), "mine", "user_hash=ada&limit=1").at("next_cursor").as_string()};
    CAF_CHECK_EQUAL(t.post({with_token(altered), with_token("nonsense"), with_token(""),
                            with_token(cursor.substr(0, 256)), t.event("view", "bob", item),
                            t.event("like", "ada", item)}),
                    "6 0 0");
    CAF_CHECK_EQUAL(other.post({other.event("view", "ada", item)}), "1 0 0");
    CAF_CHECK(t.totals().empty());
    CAF_CHECK(other.totals().empty());
    CAF_CHECK_EQUAL(t.metric("kinora_event_attributions_total", {R"(outcome="invalid")"}), "4");
    CAF_CHECK_EQUAL(t.metric("kinora_event_attributions_total", {R"(outcome="not_attributed")"}), "2");
    CAF_CHECK_EQUAL(t.post({t.event("view", "ada", item)}), "1 0 0");
    CAF_CHECK(t.totals() == (cells{{"personalized in", {0, 1, 0}}}));
    CAF_CHECK(t.stats().at("totals").at(0).at("click_through").is_null()); // its SDK sends no impressions
  });
}

CAF_TEST(hours are told apart and whole hours come) {
  on_both_engines({}, [](server& tested) {
    tenant t{tested, "hours"};
    const auto items = t.feed_of("ada").at("items").as_array();
    const auto this_hour = std::time(nullptr) / hour * hour;
    CAF_CHECK_EQUAL(t.post({t.event("impression", "ada", items[0], this_hour - 2 * hour),
                            t.event("impression", "ada", items[1], this_hour - hour - 1),
                            t.event("impression", "ada", items[2], this_hour - hour)}),
                    "3 0 0");
    auto seen = [&](std::int64_t from, std::int64_t to) {
      return t.totals("?from=" + std::to_string(from) + "&to=" + std::to_string(to))["personalized in"][0];
    };
    CAF_CHECK_EQUAL(t.stats().at("hours").as_array().size(), 2u);
    CAF_CHECK_EQUAL(seen(this_hour - 2 * hour, this_hour - hour), 2);
    CAF_CHECK_EQUAL(seen(this_hour - hour, this_hour), 1);
    CAF_CHECK_EQUAL(seen(this_hour - hour - 1, this_hour - hour + 1), 3);
    CAF_CHECK_EQUAL(seen(this_hour, this_hour + hour), 0);
    CAF_CHECK_EQUAL(seen(this_hour - 5 * hour, this_hour - 2 * hour), 0);
    for (const auto* wrong : {"?from=x", "?from=5&to=5", "?from=5&to=4", "?from=0&to=3024001"})
      CAF_CHECK_EQUAL(problem_of(tested.admin().get("/admin/v1/tenants/hours/stats" + std::string{wrong})),
                      "400 from");
    CAF_CHECK_EQUAL(problem_of(tested.admin().get("/admin/v1/tenants/hours/stats?to=")), "400 to");
    CAF_CHECK_EQUAL(problem_of(tested.admin().get("/admin/v1/tenants/nobody/stats")), "404");
  });
}

CAF_TEST(the side is the one that the rollout says whatever became of the request) {
  server tested{chaos_args(patiently())};
  tenant t{tested, "sides"};
  auto seen = [&](const std::string& user) {
    const auto page = t.feed_of(user);
    CAF_CHECK_EQUAL(t.post({t.event("impression", user, page.at("items").at(0))}), "1 0 0");
    return page;
  };
  seen("ada");
  hurt_dependency(tested, "ranking", R"({"error_rate": 1.0})");
  CAF_CHECK(seen("bob").at("degraded").as_bool());
  heal_dependency(tested, "ranking");
  reset_breaker(tested, "ranking");
  must(200, tested.admin().patch("/admin/v1/flags", R"({"rollout_percentage":0})"));
  CAF_CHECK(!seen("cleo").at("degraded").as_bool());
  must(200, tested.admin().patch("/admin/v1/flags", R"({"kill_switch_active":true})"));
  seen("dan");
  CAF_CHECK(t.totals() == (cells{{"personalized in", {1, 0, 0}},
                                 {"trending in", {1, 0, 0}},
                                 {"trending out", {1, 0, 0}},
                                 {"trending none", {1, 0, 0}}}));
}

CAF_TEST(a page that is the same for all counts once for each user and a preview for none) {
  on_both_engines({}, [](server& tested) {
    tenant t{tested, "shared", R"({"rollout_percentage":0})"};
    const auto item = t.feed_of("ada").at("items").at(0);
    CAF_CHECK_EQUAL(t.post({t.event("impression", "ada", item), t.event("impression", "bob", item),
                            t.event("impression", "ada", item)}),
                    "3 0 0");
    CAF_CHECK(t.totals() == (cells{{"trending out", {2, 0, 0}}}));
    const auto preview =
        must(200, tested.admin().post("/admin/v1/tenants/shared/preview", R"({"user_hash":"ada"})")).json();
    CAF_CHECK(preview.at("items").at(0).at("tracking_token").as_string().empty());
  });
}

CAF_TEST(counts and what has counted outlive a restart and a kill) {
  server tested{patiently({"--store", "rocksdb"})};
  tenant t{tested, "durable"};
  const auto page = t.feed_of("ada");
  const auto events = events_about(t, page, "ada");
  CAF_CHECK_EQUAL(t.post(events), "14 0 0");
  const cells expected{{"personalized in", {10, 3, 1}}};
  for (const int signal : {SIGTERM, SIGKILL}) {
    CAF_REQUIRE(tested.stop(signal).has_value());
    tested.restart();
    CAF_CHECK(t.totals() == expected);
    CAF_CHECK_EQUAL(t.post(events), "0 14 0");
    CAF_CHECK_EQUAL(t.post(events_about(t, page, "ada")), "14 0 0"); // the key of the tokens is kept, too
    CAF_CHECK(t.totals() == expected);
  }
  CAF_CHECK_EQUAL(t.post({t.event("view", "ada", page.at("items").at(5))}), "1 0 0");
  CAF_CHECK(t.totals() == (cells{{"personalized in", {10, 4, 1}}}));
  must(204, tested.admin().del("/admin/v1/tenants/durable"));
  const tenant anew{tested, "durable"};
  CAF_CHECK(anew.totals().empty());
}

CAF_TEST(tokens signed with the previous secret still count) {
  server tested{patiently({"--store", "rocksdb"}), {{"CURSOR_SECRET", "the first secret of this test"}}};
  tenant t{tested, "rotated"};
  const auto item = t.feed_of("ada").at("items").at(0);
  tested.restart({{"CURSOR_SECRET", "the second secret of this test"}});
  CAF_CHECK_EQUAL(t.post({t.event("view", "ada", item)}), "1 0 0");
  tested.restart({{"CURSOR_SECRET", "the third secret of this test"}});
  CAF_CHECK_EQUAL(t.post({t.event("impression", "ada", item)}), "1 0 0");
  CAF_CHECK(t.totals() == (cells{{"personalized in", {0, 1, 0}}}));
}
