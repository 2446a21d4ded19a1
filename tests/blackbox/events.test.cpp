#define CAF_SUITE blackbox.events
#include "tests/support/unit_test.hpp"

#include "tests/blackbox/support/chaos.hpp"
#include "tests/blackbox/support/metric.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include <cmath>
#include <ctime>
#include <map>
#include <memory>
#include <thread>

// Every test runs on both engines, each in a tenant of its own.

using namespace kinora::blackbox;
using namespace std::chrono_literals;

namespace json = boost::json;

namespace {

using ids = std::vector<std::string>;

constexpr auto five_videos =
    R"({"id":"a","title":"A","tags":["x"],"creator_id":"c1","score":60,"duration_seconds":100}
{"id":"b","title":"B","tags":["x","y"],"creator_id":"c1","score":55,"duration_seconds":100}
{"id":"c","title":"C","tags":["y"],"creator_id":"c2","score":50,"duration_seconds":100}
{"id":"d","title":"D","tags":["z"],"creator_id":"c3","score":45}
{"id":"e","title":"E","score":40,"duration_seconds":100}
)";

const auto both_engines = {"memory", "rocksdb"};

server& on(const std::string& engine) {
  static std::map<std::string, std::unique_ptr<server>> running;
  auto& out = running[engine];
  if (!out)
    out = std::make_unique<server>(patiently({"--store", engine}));
  return *out;
}

/// An event of now.
json::object event(const std::string& id, const std::string& type, const std::string& user,
                   const std::string& video, const json::object& more = {}) {
  json::object out{{"event_id", id},
                   {"type", type},
                   {"user_hash", user},
                   {"video_id", video},
                   {"occurred_at", std::time(nullptr)}};
  for (const auto& member : more)
    out[member.key()] = member.value();
  return out;
}

/// A tenant of a server, with videos that recency does not order.
class tenant {
public:
  tenant(server& at, std::string name, const std::string& more_rules = "") : at_{at}, name_{std::move(name)} {
    put_tenant(at_, name_, R"({"boost_weights":{"recency":0,"creator_affinity":1})" + more_rules + "}",
               five_videos);
  }

  reply send(const std::string& body, const std::string& type = "application/json") const {
    return at_.api().post("/v1/events", body, {{"X-Tenant-ID", name_}, {"Content-Type", type}});
  }

  /// "accepted duplicates rejected" of a batch, or its problem.
  std::string post(const json::array& events) const { return counts(send(json::serialize(events))); }

  static std::string counts(const reply& answer) {
    if (answer.status != 202)
      return problem_of(answer);
    const auto body = answer.json();
    return json::serialize(body.at("accepted")) + ' ' + json::serialize(body.at("duplicates")) + ' ' +
           std::to_string(body.at("rejected").as_array().size());
  }

  ids shown_to(const std::string& user) const { return ids_of(feed(at_.api(), name_, "user_hash=" + user)); }

  std::string first_for(const std::string& user) const { return shown_to(user).at(0); }

  std::string user_path(const std::string& user) const {
    return "/admin/v1/tenants/" + name_ + "/users/" + percent_encode(user);
  }

  json::object signals_of(const std::string& user) const {
    return must(200, at_.admin().get(user_path(user) + "/signals")).json().as_object();
  }

  /// An affinity to a tag, to four places; 0 when there is none.
  double affinity(const std::string& user, const std::string& tag) const {
    const auto signals = signals_of(user);
    const auto* found = signals.at("affinities").as_object().if_contains(tag);
    return found == nullptr ? 0.0 : std::round(found->to_number<double>() * 1e4) / 1e4;
  }

  json::array list_of(const std::string& user, const char* name) const {
    return signals_of(user).at(name).as_array();
  }

  server& at() const { return at_; }
  const std::string& name() const { return name_; }

private:
  server& at_;
  std::string name_;
};

std::string counted(const tenant& of, const std::string& outcome) {
  return metric(of.at(), "kinora_events_total{outcome=\"" + outcome + "\",tenant=\"" + of.name() + "\"}");
}

} // namespace

CAF_TEST(a batch comes as an array or an object or one event a line) {
  for (auto engine : both_engines) {
    const tenant t{on(engine), "shapes"};
    auto one = [n = 0]() mutable { return event("e" + std::to_string(++n), "view", "u", "a"); };
    CAF_CHECK_EQUAL(t.post({one(), one()}), "2 0 0");
    CAF_CHECK_EQUAL(t.counts(t.send(json::serialize(json::object{{"sent", 1}, {"events", {one(), one()}}}))),
                    "2 0 0");
    const auto lines = "\n" + json::serialize(one()) + "\r\n \n" + json::serialize(one());
    CAF_CHECK_EQUAL(t.counts(t.send(lines, "application/x-ndjson; charset=utf-8")), "2 0 0");
    for (auto empty : {"[]", R"({"events":[]})", " [ ] "})
      CAF_CHECK_EQUAL(t.counts(t.send(empty)), "0 0 0");
    for (auto empty : {"", "\n\n", " \r\n"})
      CAF_CHECK_EQUAL(t.counts(t.send(empty, "application/x-ndjson")), "0 0 0");
  }
}

CAF_TEST(what cannot be a batch is refused as a whole) {
  for (auto engine : both_engines) {
    const tenant t{on(engine), "refusals"};
    for (auto wrong : {"", "{", "[1", "nope", "1", "\"x\"", "null"})
      CAF_CHECK_EQUAL(problem_of(t.send(wrong)), "400 body");
    CAF_CHECK_EQUAL(problem_of(t.send("{}")), "400 events");
    CAF_CHECK_EQUAL(problem_of(t.send(R"({"events":7})")), "400 events");
    for (auto type : {"text/plain", "application/x-ndjsonx", "text/csv", "application/xml"})
      CAF_CHECK_EQUAL(problem_of(t.send("[]", type)), "415");
    const auto& api = on(engine).api();
    CAF_CHECK_EQUAL(problem_of(api.post("/v1/events", "[]", {{"X-Tenant-ID", "nobody"}})), "404");
    CAF_CHECK_EQUAL(problem_of(api.post("/v1/events", "[]", {{"X-Tenant-ID", "no body"}})), "400 tenant");
    CAF_CHECK_EQUAL(problem_of(api.post("/v1/events", "[]")), "400 X-Tenant-ID");
    CAF_CHECK_EQUAL(problem_of(api.get("/v1/events", {{"X-Tenant-ID", "refusals"}})), "405");
    const auto on_admin_port = on(engine).stranger().post("/v1/events", "[]", {{"X-Tenant-ID", "refusals"}});
    CAF_CHECK_EQUAL(on_admin_port.body, R"({"accepted":0,"duplicates":0,"rejected":[]})");
  }
}

CAF_TEST(a batch may be a thousand events and a mebibyte long and no longer) {
  for (auto engine : both_engines) {
    const tenant t{on(engine), "limits"};
    json::array events;
    for (int i = 0; i < 1'000; ++i)
      events.push_back(event("e" + std::to_string(i), "view", "u" + std::to_string(i), "a"));
    auto text = json::serialize(events);
    CAF_REQUIRE(text.size() < 1'048'576);
    text.resize(1'048'576, ' ');
    CAF_CHECK_EQUAL(t.counts(t.send(text)), "1000 0 0");
    CAF_CHECK_EQUAL(problem_of(t.send(text + ' ')), "413");
    events.push_back(event("one more", "view", "u", "a"));
    CAF_CHECK_EQUAL(t.post(events), "413 body");
    CAF_CHECK_EQUAL(t.post({events.back()}), "1 0 0");
  }
}

CAF_TEST(an event counts once within a batch and over batches) {
  for (auto engine : both_engines) {
    const tenant t{on(engine), "once"};
    const auto like = event("e1", "like", "u", "a");
    CAF_CHECK_EQUAL(t.post({like, like, event("e2", "like", "u", "b"), like}), "2 2 0");
    const auto before = t.signals_of("u");
    CAF_CHECK_EQUAL(t.post({like, event("e2", "share", "other", "c")}), "0 2 0");
    CAF_CHECK(t.signals_of("u").at("last_active") == before.at("last_active"));
    CAF_CHECK_EQUAL(problem_of(on(engine).admin().get(t.user_path("other"))), "404");
    CAF_CHECK_EQUAL(t.affinity("u", "x"), 0.6667); // two likes: 4 / (4 + 2)
    const tenant other{on(engine), "once-elsewhere"};
    CAF_CHECK_EQUAL(other.post({like}), "1 0 0");
  }
}

CAF_TEST(an event counts once however many clients send it at the same time) {
  constexpr int clients = 4, batches = 20, size = 50;
  for (auto engine : both_engines) {
    const tenant t{on(engine), "at-once"};
    std::atomic<std::int64_t> accepted{0}, duplicates{0};
    std::vector<std::thread> threads;
    for (int client = 0; client < clients; ++client)
      threads.emplace_back([&] {
        for (int batch = 0; batch < batches; ++batch) {
          json::array events;
          for (int i = 0; i < size; ++i)
            events.push_back(event("e" + std::to_string(batch * size + i), "skip", "u", "d"));
          const auto answer = t.send(json::serialize(events));
          if (answer.status != 202)
            continue;
          const auto body = answer.json();
          accepted += body.at("accepted").to_number<std::int64_t>();
          duplicates += body.at("duplicates").to_number<std::int64_t>();
        }
      });
    for (auto& x : threads)
      x.join();
    CAF_CHECK_EQUAL(accepted.load(), batches * size);
    CAF_CHECK_EQUAL(duplicates.load(), (clients - 1) * batches * size);
    const auto user = must(200, on(engine).admin().get(t.user_path("u"))).json();
    const auto sum = user.at("tag_sums").at("z").to_number<double>();
    CAF_CHECK(std::abs(sum + 0.5 * batches * size) < 0.1);
  }
}

CAF_TEST(a bad event does not sink the others) {
  for (auto engine : both_engines) {
    const tenant t{on(engine), "bad"};
    const auto answer =
        must(202, t.send(json::serialize(json::array{
                      event("good", "like", "u", "a"), 7, event("b2", "applaud", "u", "a"),
                      event("b3", "view", "u", "a", {{"watch_ms", "long"}}), event("b4", "view", "", "a"),
                      event("b5", "view", "u", std::string(257, 'x')), event("fine", "like", "u", "b")})));
    const auto body = answer.json();
    CAF_CHECK_EQUAL(t.counts(answer), "2 0 5");
    std::string listed;
    for (auto& x : body.at("rejected").as_array())
      listed += json::serialize(x.at("index")) + json::serialize(x.at("event_id")) +
                std::string{x.at("code").as_string()} + ' ';
    CAF_CHECK_EQUAL(listed, "1nullinvalid_argument 2\"b2\"unknown_type 3\"b3\"invalid_argument "
                            "4\"b4\"invalid_argument 5\"b5\"invalid_argument ");
    CAF_CHECK_EQUAL(std::string{body.at("rejected").at(2).at("detail").as_string()}.substr(0, 8), "watch_ms");
    CAF_CHECK_EQUAL(t.post({event("b3", "view", "u", "a")}), "1 0 0"); // it was not taken in
    const auto lines =
        t.send("nope\n\n{\"event_id\":\"l\"}\n" + json::serialize(event("l", "view", "u", "a")),
               "application/x-ndjson");
    CAF_CHECK_EQUAL(t.counts(lines), "1 0 2");
    const auto rejected = lines.json().at("rejected").as_array();
    CAF_CHECK_EQUAL(rejected.at(0).at("code").as_string(), "invalid_json");
    CAF_CHECK_EQUAL(rejected.at(1).at("index").as_int64(), 1);
    CAF_CHECK_EQUAL(counted(t, "accepted"), "4");
    CAF_CHECK_EQUAL(counted(t, "rejected"), "7");
  }
}

CAF_TEST(an event is neither much older nor much newer than now) {
  constexpr std::int64_t week = 7 * 24 * 3'600;
  for (auto engine : both_engines) {
    const tenant t{on(engine), "times"};
    auto verdict = [&, n = 0](std::int64_t seconds_from_now, std::int64_t unit) mutable {
      const auto at = (std::time(nullptr) + seconds_from_now) * unit;
      const auto x = event("e" + std::to_string(++n), "view", "u", "a", {{"occurred_at", at}});
      const auto body = must(202, t.send(json::serialize(json::array(1, x)))).json();
      const auto& rejected = body.at("rejected").as_array();
      return rejected.empty() ? "accepted" : std::string{rejected.at(0).at("code").as_string()};
    };
    for (const std::int64_t unit : {1, 1'000}) {
      CAF_CHECK_EQUAL(verdict(10 - week, unit), "accepted");
      CAF_CHECK_EQUAL(verdict(-10 - week, unit), "too_old");
      CAF_CHECK_EQUAL(verdict(290, unit), "accepted");
      CAF_CHECK_EQUAL(verdict(310, unit), "too_far_ahead");
    }
    const auto text = event("rfc", "view", "u", "a", {{"occurred_at", "2020-01-31T18:30:00+02:00"}});
    CAF_CHECK_EQUAL(t.post({text}), "0 0 1");
  }
}

CAF_TEST(what was watched or disliked leaves the next feed) {
  for (auto engine : both_engines) {
    const tenant t{on(engine), "gone"};
    CAF_CHECK_EQUAL(t.shown_to("u"), (ids{"a", "b", "c", "d", "e"}));
    CAF_CHECK_EQUAL(
        t.post({event("1", "complete", "u", "a"), event("2", "view", "u", "b", {{"watch_ms", 29'999}}),
                event("3", "view", "u", "c", {{"watch_ms", 30'000}}), event("4", "impression", "u", "d"),
                event("5", "view", "u", "d", {{"watch_ms", 17'999}}), event("6", "view", "u", "e")}),
        "6 0 0");
    CAF_CHECK_EQUAL(t.shown_to("u"), (ids{"b", "d", "e"})); // d counts as a minute long
    CAF_CHECK_EQUAL(t.post({event("7", "dislike", "u", "e"), event("8", "skip", "u", "d"),
                            event("9", "share", "u", "b"), event("10", "follow", "u", "b")}),
                    "4 0 0");
    CAF_CHECK_EQUAL(t.shown_to("u"), (ids{"b", "d"}));
    const auto signals = t.signals_of("u");
    CAF_CHECK_EQUAL(signals.at("watched_ids"), (json::array{"a", "c"}));
    CAF_CHECK_EQUAL(signals.at("disliked_ids"), (json::array{"e"}));
    CAF_CHECK_EQUAL(t.shown_to("v").size(), 5u);
    must(200, on(engine).admin().put(t.user_path("w") + "/signals", R"({"disliked_ids":["b","zz"]})"));
    CAF_CHECK_EQUAL(t.shown_to("w"), (ids{"a", "c", "d", "e"}));
  }
}

CAF_TEST(affinities rise and fall with what the user does) {
  for (auto engine : both_engines) {
    const tenant t{on(engine), "affinities", R"(,"learning":{"popularity_weight":0})"};
    CAF_CHECK_EQUAL(t.post({event("1", "like", "u", "c")}), "1 0 0");
    CAF_CHECK_EQUAL(t.affinity("u", "y"), 0.5);
    CAF_CHECK_EQUAL(t.first_for("u"), "c"); // 50 × (1 + 0.5 + 0.5) against 55 × 1.5
    CAF_CHECK_EQUAL(t.post({event("2", "view", "u", "a", {{"watch_ms", 25'000}})}), "1 0 0");
    CAF_CHECK_EQUAL(t.affinity("u", "x"), 0.1111); // 0.25 / 2.25
    CAF_CHECK_EQUAL(t.post({event("3", "view", "v", "a")}), "1 0 0");
    CAF_CHECK_EQUAL(t.affinity("v", "x"), 0.2); // half of it, when nobody knows how much
    CAF_CHECK_EQUAL(t.post({event("4", "dislike", "u", "b"), event("5", "skip", "u", "b")}), "2 0 0");
    CAF_CHECK_EQUAL(t.affinity("u", "y"), 0.0);
    CAF_CHECK_EQUAL(t.post({event("6", "share", "u", "c")}), "1 0 0");
    CAF_CHECK_EQUAL(t.affinity("u", "y"), 0.4286); // 2 - 3.5 + 3 = 1.5
    const auto creators = t.signals_of("u").at("creator_affinities").as_object();
    CAF_CHECK(!creators.contains("c1"));
    CAF_CHECK(std::abs(creators.at("c2").to_number<double>() - 5.0 / 7.0) < 1e-4);
  }
}

CAF_TEST(older events count less and their order does not matter) {
  for (auto engine : both_engines) {
    const tenant t{on(engine), "order"};
    const auto six_days_ago = std::time(nullptr) - 6 * 24 * 3'600;
    const auto old = event("old", "like", "u", "a", {{"occurred_at", six_days_ago}});
    CAF_CHECK_EQUAL(t.post({event("new", "like", "u", "a")}), "1 0 0");
    CAF_CHECK_EQUAL(t.post({old}), "1 0 0");
    CAF_CHECK_EQUAL(t.post({event("n2", "like", "v", "a"),
                            event("o2", "like", "v", "a", {{"occurred_at", six_days_ago}})}),
                    "2 0 0");
    const auto sum = 2.0 + 2.0 * std::exp2(-6.0 / 30.0);
    CAF_CHECK(std::abs(t.affinity("u", "x") - sum / (sum + 2.0)) < 2e-4);
    CAF_CHECK(std::abs(t.affinity("v", "x") - t.affinity("u", "x")) < 2e-4);
    CAF_CHECK(t.signals_of("u").at("last_active").as_string() > json::string_view{"2026"});
  }
}

CAF_TEST(a set affinity reads as set until an event touches its key) {
  for (auto engine : both_engines) {
    const tenant t{on(engine), "set"};
    must(200, on(engine).admin().put(t.user_path("u") + "/signals",
                                     R"({"watched_ids":["e"],"affinities":{"x":0.8,"y":1,"z":0.25}})"));
    CAF_CHECK_EQUAL(t.post({event("1", "impression", "u", "b"), event("2", "like", "u", "d")}), "2 0 0");
    CAF_CHECK_EQUAL(t.affinity("u", "x"), 0.8);
    CAF_CHECK_EQUAL(t.affinity("u", "y"), 1.0);
    CAF_CHECK_EQUAL(t.affinity("u", "z"), 0.5714); // 2 × 0.25 / 0.75 + 2 = 2.6667
    CAF_CHECK_EQUAL(t.post({event("3", "like", "u", "b")}), "1 0 0");
    CAF_CHECK_EQUAL(t.affinity("u", "x"), 0.8333); // 8 + 2 = 10
    CAF_CHECK_EQUAL(t.affinity("u", "y"), 0.9901); // from 0.99: 198 + 2
    CAF_CHECK_EQUAL(t.list_of("u", "watched_ids"), (json::array{"e"}));
    must(200, on(engine).admin().put(t.user_path("u") + "/signals", R"({"affinities":{"y":0.3}})"));
    CAF_CHECK_EQUAL(t.affinity("u", "x"), 0.0); // replaced as a whole
    CAF_CHECK_EQUAL(t.affinity("u", "y"), 0.3);
  }
}

CAF_TEST(weights and fractions are rules of the tenant) {
  for (auto engine : both_engines) {
    const tenant t{on(engine), "weights",
                   R"(,"learning":{"event_weights":{"impression":4,"like":0},"watched_fraction":0.9})"};
    CAF_CHECK_EQUAL(t.post({event("1", "impression", "u", "a"), event("2", "like", "u", "c"),
                            event("3", "view", "u", "e", {{"watch_ms", 89'000}})}),
                    "3 0 0");
    CAF_CHECK_EQUAL(t.affinity("u", "x"), 0.6667);
    CAF_CHECK_EQUAL(t.affinity("u", "y"), 0.0);
    CAF_CHECK(t.list_of("u", "watched_ids").empty());
  }
}

CAF_TEST(popularity raises a video within five seconds) {
  for (auto engine : both_engines) {
    const tenant t{on(engine), "popular", R"(,"learning":{"popularity_k":10})"};
    const tenant trending{on(engine), "popular-trending",
                          R"(,"learning":{"popularity_k":10},"personalization_enabled":false)"};
    CAF_CHECK_EQUAL(t.shown_to("new"), (ids{"a", "b", "c", "d", "e"}));
    json::array events;
    for (int i = 0; i < 20; ++i)
      events.push_back(event("e" + std::to_string(i), "share", "u" + std::to_string(i), "e"));
    for (auto* each : {&t, &trending}) {
      CAF_CHECK_EQUAL(each->post(events), "20 0 0");
      CAF_CHECK(eventually(5s, [&] { return each->first_for("new") == "e"; }));
    }
    const auto page = feed(on(engine).api(), "popular", "user_hash=new&explain=true");
    const auto& why = page.at("items").at(0).at("explain");
    CAF_CHECK(std::abs(why.at("popularity").to_number<double>() - 60.0 / 70.0) < 0.01);
    CAF_CHECK(std::abs(why.at("base").to_number<double>() - (40.0 + 60.0 * 60.0 / 70.0)) < 0.5);
    const auto safe = feed(on(engine).api(), "popular-trending", "user_hash=new");
    CAF_CHECK_EQUAL(safe.at("feed_type").as_string(), "trending");
    // What nobody knows yet keeps its popularity for when it comes.
    json::array early;
    for (int i = 0; i < 20; ++i)
      early.push_back(event("f" + std::to_string(i), "share", "u", "later"));
    CAF_CHECK_EQUAL(t.post(early), "20 0 0");
    must(200, on(engine).admin().put("/admin/v1/tenants/popular/videos",
                                     R"({"id":"later","title":"L","score":41})"));
    CAF_CHECK(eventually(5s, [&] { return t.first_for("new") == "later"; }));
  }
}

CAF_TEST(a user can be shown and erased) {
  for (auto engine : both_engines) {
    const tenant t{on(engine), "erase"};
    const auto& admin = on(engine).admin();
    for (auto user : {"u", "with space/slash,ü"}) {
      CAF_CHECK_EQUAL(problem_of(admin.get(t.user_path(user))), "404");
      const auto name = std::string{user};
      const auto like = event("1" + name, "like", user, "a");
      CAF_CHECK_EQUAL(
          t.post({like, event("2" + name, "complete", user, "b"), event("3" + name, "dislike", user, "c")}),
          "3 0 0");
      const auto shown = must(200, admin.get(t.user_path(user))).json();
      CAF_CHECK_EQUAL(shown.at("user_hash").as_string(), user);
      CAF_CHECK_EQUAL(shown.at("watched").at(0).at("id").as_string(), "b");
      CAF_CHECK_EQUAL(shown.at("disliked").at(0).at("id").as_string(), "c");
      CAF_CHECK(std::abs(shown.at("tag_sums").at("x").to_number<double>() - 3.0) < 1e-3);
      CAF_CHECK(std::abs(shown.at("creator_sums").at("c2").to_number<double>() + 3.0) < 1e-3);
      CAF_CHECK(shown.at("set").is_null());
      CAF_CHECK(shown.at("signals").at("watched_ids") == t.signals_of(user).at("watched_ids"));
      must(204, admin.del(t.user_path(user)));
      CAF_CHECK_EQUAL(problem_of(admin.get(t.user_path(user))), "404");
      CAF_CHECK_EQUAL(problem_of(admin.get(t.user_path(user) + "/signals")), "404");
      CAF_CHECK_EQUAL(t.shown_to(percent_encode(user)).size(), 5u);
      must(204, admin.del(t.user_path(user))); // nobody knows it any more
      CAF_CHECK_EQUAL(t.post({like}), "0 1 0");
      CAF_CHECK_EQUAL(problem_of(admin.get(t.user_path(user))), "404");
      CAF_CHECK_EQUAL(t.post({event("4" + name, "like", user, "a")}), "1 0 0");
      CAF_CHECK_EQUAL(t.affinity(user, "x"), 0.5);
    }
    CAF_CHECK_EQUAL(problem_of(admin.del("/admin/v1/tenants/nobody/users/u")), "404");
    CAF_CHECK_EQUAL(problem_of(on(engine).stranger().del(t.user_path("u"))), "401");
    CAF_CHECK_EQUAL(problem_of(admin.del(t.user_path(std::string(257, 'x')))), "400 user_hash");
  }
}

CAF_TEST(nothing of one tenant shows in another) {
  for (auto engine : both_engines) {
    const tenant one{on(engine), "isolated"};
    const tenant other{on(engine), "isolated-not"};
    json::array events{event("same", "complete", "u", "a")};
    for (int i = 0; i < 100; ++i)
      events.push_back(event("s" + std::to_string(i), "share", "u", "e"));
    CAF_CHECK_EQUAL(one.post(events), "101 0 0");
    CAF_CHECK(eventually(5s, [&] { return one.first_for("v") == "e"; }));
    CAF_CHECK_EQUAL(problem_of(on(engine).admin().get(other.user_path("u"))), "404");
    for (auto user : {"u", "v"})
      CAF_CHECK_EQUAL(other.shown_to(user), (ids{"a", "b", "c", "d", "e"}));
    CAF_CHECK_EQUAL(counted(other, "accepted"), "absent");
    CAF_CHECK_EQUAL(other.post({event("same", "complete", "u", "b")}), "1 0 0");
    CAF_CHECK_EQUAL(one.list_of("u", "watched_ids"), (json::array{"a"}));
    CAF_CHECK_EQUAL(other.list_of("u", "watched_ids"), (json::array{"b"}));
    must(204, on(engine).admin().del(other.user_path("u")));
    CAF_CHECK_EQUAL(one.list_of("u", "watched_ids"), (json::array{"a"}));
    must(204, on(engine).admin().del("/admin/v1/tenants/isolated"));
    CAF_CHECK_EQUAL(one.post(events), "404");
    const tenant anew{on(engine), "isolated"};
    CAF_CHECK_EQUAL(problem_of(on(engine).admin().get(anew.user_path("u"))), "404");
    CAF_CHECK_EQUAL(anew.post({event("same", "like", "u", "a")}), "1 0 0");
  }
}

CAF_TEST(tenants that do not exist are no labels of metrics) {
  for (auto engine : both_engines) {
    const auto x = json::serialize(json::array(1, event("1", "view", "u", "a")));
    CAF_CHECK_EQUAL(problem_of(on(engine).api().post("/v1/events", x, {{"X-Tenant-ID", "made-up"}})), "404");
    const auto text = must(200, on(engine).admin().get("/metrics")).body;
    CAF_CHECK(text.find("made-up") == std::string::npos);
    CAF_CHECK_EQUAL(metric(on(engine), "kinora_store_writable"), "1");
    CAF_CHECK_EQUAL(metric(on(engine), "kinora_store_state{state=\"writable\"}"), "1");
    CAF_CHECK_EQUAL(metric(on(engine), "kinora_events_waiting"), "0");
    CAF_CHECK(metric(on(engine), "kinora_signal_cache_hits_total") != "absent");
    CAF_CHECK(metric(on(engine), "kinora_signal_cache_bytes") != "absent");
    const auto ready = must(200, on(engine).api().get("/health/ready")).json();
    CAF_CHECK_EQUAL(ready.at("store").at("state").as_string(), "writable");
  }
}

CAF_TEST(what was answered is there after a kill and counts no second time) {
  server tested{patiently({"--store", "rocksdb"})};
  const tenant t{tested, "kept"};
  const json::array events{event("1", "like", "u", "a"), event("2", "complete", "u", "b"),
                           event("3", "dislike", "u", "c")};
  CAF_CHECK_EQUAL(t.post(events), "3 0 0");
  CAF_CHECK_EQUAL(t.post({event("4", "like", "gone", "a")}), "1 0 0");
  must(204, tested.admin().del(t.user_path("gone")));
  const auto before = must(200, tested.admin().get(t.user_path("u"))).json();
  tested.restart();
  auto after = must(200, tested.admin().get(t.user_path("u"))).json();
  after.as_object()["signals"] = before.at("signals"); // they decay
  CAF_CHECK_EQUAL(json::serialize(after), json::serialize(before));
  CAF_CHECK_EQUAL(problem_of(tested.admin().get(t.user_path("gone"))), "404");
  CAF_CHECK_EQUAL(t.shown_to("u"), (ids{"a", "d", "e"}));
  CAF_CHECK_EQUAL(t.post(events), "0 3 0");
  CAF_CHECK_EQUAL(t.post({event("4", "like", "gone", "a")}), "0 1 0");
}

CAF_TEST(more events than wait at a time are refused and may come again) {
  for (auto engine : both_engines) {
    server tested{patiently({"--store", engine, "--chaos", "--ingesters", "1", "--max-events-waiting", "1000",
                             "--admin-timeout-ms", "300", "--hang-timeout-ms", "600000"})};
    const tenant t{tested, "full"};
    json::array thousand;
    for (int i = 0; i < 1'000; ++i)
      thousand.push_back(event("e" + std::to_string(i), "view", "u", "a"));
    const json::array one{event("one", "like", "v", "a")};
    hurt_actor(tested, "ingest/0", R"({"hang":true})");
    CAF_CHECK_EQUAL(t.post(thousand), "504");
    const auto refused = t.send(json::serialize(one));
    CAF_CHECK_EQUAL(problem_of(refused), "429");
    CAF_CHECK_EQUAL(refused.header("Retry-After"), "1");
    CAF_CHECK_EQUAL(metric(tested, "kinora_events_waiting"), "1000");
    CAF_CHECK_EQUAL(t.shown_to("v").size(), 5u);
    heal_actor(tested, "ingest/0");
    CAF_CHECK(eventually(5s, [&] { return metric(tested, "kinora_events_waiting") == "0"; }));
    CAF_CHECK_EQUAL(t.post(one), "1 0 0");
    CAF_CHECK_EQUAL(t.post(thousand), "0 1000 0");
  }
}
