#define CAF_SUITE blackbox.other_tenant
#include "tests/support/unit_test.hpp"

#include "tests/blackbox/support/server.hpp"

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include <algorithm>
#include <ctime>
#include <random>

// One server has one tenant, another one has a second tenant beside it, busy and with the same ids. Whatever
// the first tenant is asked, both answer the same bytes.

using namespace kinora::blackbox;

namespace {

/// Draws what is asked.
class dice {
public:
  explicit dice(std::uint64_t seed) : random_{seed} {}

  int below(int end) { return std::uniform_int_distribution<int>{0, end - 1}(random_); }
  bool chance(double probability) { return std::bernoulli_distribution{probability}(random_); }

  std::string id() { return "v" + std::to_string(below(30)); }
  std::string user() { return "u" + std::to_string(below(6)); }
  std::string tag() { return "t" + std::to_string(below(5)); }

  /// Without times, so that scores are the same at any moment.
  std::string video() {
    return R"({"id":")" + id() + R"(","title":"A title","tags":[")" + tag() + R"("],"creator_id":"c)" +
           std::to_string(below(4)) + R"(","score":)" + std::to_string(below(101)) + "}\n";
  }

  std::string videos() {
    std::string out;
    for (int i = below(6) + 1; i > 0; --i)
      out += video();
    return out;
  }

  std::string rules() {
    return R"({"boost_weights":{"recency":0,"creator_affinity":)" + std::to_string(below(3)) +
           R"(},"learning":{"popularity_weight":0},"pins":{")" + id() + R"(":)" + std::to_string(below(5)) +
           R"(},"boosts":{")" + id() + R"(":2},"filters":{"exclude_tags":[")" + tag() +
           R"("]},"diversity":{"max_per_creator":)" + std::to_string(below(3) + 1) + "}}";
  }

  std::string signals() {
    return R"({"watched_ids":[")" + id() + R"("],"affinities":{")" + tag() + R"(":0.)" +
           std::to_string(below(9) + 1) + R"(},"creator_affinities":{"c1":0.5}})";
  }

  std::string events() {
    std::string out;
    for (int i = below(5) + 1; i > 0; --i)
      out += (out.empty() ? "" : ",") + (R"({"event_id":"e)" + std::to_string(below(1'000'000))) +
             R"(","type":"complete","user_hash":")" + user() + R"(","video_id":")" + id() +
             R"(","occurred_at":)" + std::to_string(std::time(nullptr)) + "}";
    return "[" + out + "]";
  }

private:
  std::mt19937_64 random_;
};

struct request {
  std::string method;
  std::string target;
  std::string body;
  bool admin = true;
};

request draw_request(dice& with, const std::string& tenant, const std::string& cursor) {
  const auto base = "/admin/v1/tenants/" + tenant;
  switch (with.below(12)) {
  case 0: return {"PUT", base + "/videos", with.videos()};
  case 1: return {"PUT", base, with.rules()};
  case 2: return {"PUT", base + "/users/" + with.user() + "/signals", with.signals()};
  case 3: return {"DELETE", base + "/videos/" + with.id(), ""};
  case 4: return {"GET", base + "/videos?limit=" + std::to_string(with.below(20) + 1), ""};
  case 5: return {"GET", base + "/users/" + with.user() + "/signals", ""};
  case 6: return {"POST", base + "/preview", R"({"now":1893456000,"user_hash":")" + with.user() + R"("})"};
  case 7: return {"GET", "/v1/feed?user_hash=" + with.user() + "&limit=0", "", false};
  default: break;
  }
  auto target = "/v1/feed?user_hash=" + with.user() + "&limit=" + std::to_string(with.below(8) + 1);
  if (with.chance(0.3))
    target += "&explain=true";
  if (with.chance(0.2))
    target += "&exclude=" + with.id();
  if (!cursor.empty())
    target = "/v1/feed?user_hash=" + cursor;
  return {"GET", target, "", false};
}

reply ask(const server& at, const request& x, const std::string& tenant, int number) {
  const headers with{
      {"X-Request-ID", "r" + std::to_string(number)},
      {"X-Tenant-ID", tenant},
      {"Content-Type", x.target.ends_with("/videos") ? "application/x-ndjson" : "application/json"}};
  return (x.admin ? at.admin() : at.api()).send(x.method, x.target, x.body, with);
}

/// Everything but the time that it was answered at and that it took, and the revision of rules.
std::string shown(const request& x, const reply& answer) {
  auto out = std::to_string(answer.status) + '\n';
  for (auto& [name, value] : answer.fields)
    if (name != "Date" && name != "Server-Timing" && !(x.admin && name == "ETag"))
      out += name + ": " + value + '\n';
  return out + answer.body;
}

/// Keeps the other tenant busy with what might get in the way.
void disturb(const server& at, dice& with, int number) {
  const headers two{{"X-Tenant-ID", "two"}};
  for (int i = with.below(3); i > 0; --i) {
    if (with.chance(0.4))
      at.api().post("/v1/events", with.events(), two);
    ask(at, draw_request(with, "two", {}), "two", number);
  }
  if (with.chance(0.05)) {
    at.admin().del("/admin/v1/tenants/two");
    at.admin().put("/admin/v1/tenants/two", with.rules());
  }
  if (with.chance(0.1))
    at.admin().post("/admin/v1/tenants/two/keys");
}

} // namespace

CAF_TEST(a second tenant changes no byte of what the first one is answered) {
  const auto seed = std::random_device{}();
  CAF_MESSAGE("seed " << seed);
  dice asked{seed};
  dice disturbing{seed + 1};
  const auto args = patiently({"--cursor-secret", "the same on both", "--store", "rocksdb"});
  server alone{args};
  server shared{args};
  put_tenant(shared, "two", "{}", "");
  for (auto* each : {&alone, &shared})
    put_tenant(*each, "one", R"({"boost_weights":{"recency":0},"learning":{"popularity_weight":0}})", "");
  std::string cursor;
  int compared = 0;
  for (int number = 0; number < 400; ++number) {
    disturb(shared, disturbing, number);
    const auto x = draw_request(asked, "one", cursor);
    cursor.clear();
    reply lhs, rhs;
    // What carries a time carries its second: a read that another second came into is made again.
    for (auto second = std::time_t{-1}; second != std::time(nullptr);) {
      second = std::time(nullptr);
      lhs = ask(alone, x, "one", number);
      rhs = ask(shared, x, "one", number);
      if (x.method != "GET")
        break;
    }
    const auto expected = shown(x, lhs);
    compared += lhs.status == 200 || lhs.status == 204;
    if (const auto got = shown(x, rhs); got != expected)
      CAF_FAIL(x.method << ' ' << x.target << ' ' << x.body << "\nalone: " << expected
                        << "\nshared: " << got);
    if (x.admin || lhs.status != 200 || !asked.chance(0.6))
      continue;
    const auto page = lhs.json();
    if (const auto* next = page.at("next_cursor").if_string()) {
      const auto user = x.target.substr(x.target.find("user_hash=") + 10);
      cursor = user.substr(0, user.find('&')) + "&cursor=" + std::string{*next};
    }
  }
  CAF_CHECK_GREATER(compared, 200);
}
