#define CAF_SUITE blackbox.rate_limit
#include "tests/support/unit_test.hpp"

#include "tests/blackbox/support/chaos.hpp"
#include "tests/blackbox/support/metric.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include <atomic>
#include <ctime>
#include <thread>

using namespace kinora::blackbox;
using namespace std::chrono_literals;

namespace json = boost::json;

namespace {

using clock = std::chrono::steady_clock;

/// One request in five seconds, three at once: slow enough that a busy machine does not refill a bucket
/// between two lines of a test.
server& limited() {
  static server running{patiently({"--demo", "--chaos", "--rate-limit-requests-per-sec", "0.2",
                                   "--rate-limit-burst", "3", "--hang-timeout-ms", "600000"})};
  return running;
}

reply ask(const endpoint& at, const std::string& user, const std::string& tenant = "tenant_sports",
          headers extra = {}, const std::string& more = {}) {
  extra.emplace_back("X-Tenant-ID", tenant);
  return at.get("/v1/feed?user_hash=" + user + more, extra);
}

reply ask(const std::string& user, const std::string& tenant = "tenant_sports", headers extra = {}) {
  return ask(limited().api(), user, tenant, std::move(extra));
}

void drain(const std::string& user) {
  for (int i = 0; i < 3; ++i)
    CAF_CHECK_EQUAL(ask(user).status, 200);
}

/// Status and the headers of the limit.
std::string told(const reply& answer) {
  return std::to_string(answer.status) + " | " + answer.header("RateLimit-Policy") + " | " +
         answer.header("RateLimit") + " | " + answer.header("Retry-After");
}

json::object event(const std::string& id, const std::string& user, const std::string& type = "view") {
  return {{"event_id", id},
          {"type", type},
          {"user_hash", user},
          {"video_id", "v1"},
          {"occurred_at", std::time(nullptr)}};
}

reply send(const json::array& events) {
  return limited().api().post("/v1/events", json::serialize(events), {{"X-Tenant-ID", "tenant_sports"}});
}

} // namespace

CAF_TEST(a user over the limit is refused and told when to come again) {
  CAF_CHECK_EQUAL(told(ask("a1")), R"(200 | "user";q=3;w=15 | "user";r=2;t=5 | )");
  CAF_CHECK_EQUAL(told(ask("a1")), R"(200 | "user";q=3;w=15 | "user";r=1;t=5 | )");
  CAF_CHECK_EQUAL(told(ask("a1")), R"(200 | "user";q=3;w=15 | "user";r=0;t=5 | )");
  const auto refused = ask("a1");
  CAF_CHECK_EQUAL(told(refused), R"(429 | "user";q=3;w=15 | "user";r=0;t=5 | 5)");
  CAF_CHECK_EQUAL(problem_of(refused), "429 user_hash");
  CAF_CHECK(refused.json().at("type") == "urn:kinora:problem:too_many_requests");
  CAF_CHECK_EQUAL(refused.header("Cache-Control"), "no-store");
}

CAF_TEST(others are not refused with him whoever they are) {
  drain("b1");
  CAF_CHECK_EQUAL(ask("b1").status, 429);
  CAF_CHECK_EQUAL(ask("b2").status, 200);
  CAF_CHECK_EQUAL(ask("b1", "tenant_news").status, 200);
  CAF_CHECK_EQUAL(ask("b1", "nobody").status, 200);
  CAF_CHECK_EQUAL(ask(limited().stranger(), "b1").status, 429); // the other port is no way around
  const auto by_header =
      limited().api().get("/v1/feed", {{"X-Tenant-ID", "tenant_sports"}, {"X-User-Hash", "b1"}});
  CAF_CHECK_EQUAL(by_header.status, 429);
}

CAF_TEST(waiting as long as told is enough) {
  server quick{patiently({"--demo", "--rate-limit-requests-per-sec", "0.7", "--rate-limit-burst", "1"})};
  CAF_CHECK_EQUAL(ask(quick.api(), "u").status, 200);
  const auto refused = ask(quick.api(), "u");
  CAF_CHECK_EQUAL(told(refused), R"(429 | "user";q=1;w=2 | "user";r=0;t=2 | 2)");
  std::this_thread::sleep_for(std::chrono::seconds{std::stoi(refused.header("Retry-After"))});
  CAF_CHECK_EQUAL(ask(quick.api(), "u").status, 200);
}

CAF_TEST(what is invalid is not charged) {
  for (int i = 0; i < 5; ++i) {
    CAF_CHECK_EQUAL(problem_of(ask(limited().api(), "c1", "tenant_sports", {}, "&limit=0")), "400 limit");
    CAF_CHECK_EQUAL(send({event("c", "c1", "applaud")}).status, 202); // and teaches nobody anything
  }
  CAF_CHECK_EQUAL(
      limited()
          .api()
          .post("/v1/events", json::serialize(json::array{event("c", "c1")}), {{"X-Tenant-ID", "nobody"}})
          .status,
      404);
  CAF_CHECK_EQUAL(told(ask("c1")), R"(200 | "user";q=3;w=15 | "user";r=2;t=5 | )");
}

CAF_TEST(pages that are not modified or late tell of the limit too) {
  const auto etag = ask("d1").header("ETag");
  CAF_CHECK_EQUAL(told(ask("d1", "tenant_sports", {{"If-None-Match", etag}})),
                  R"(304 | "user";q=3;w=15 | "user";r=1;t=5 | )");
  server slow{chaos_args({"--rate-limit-requests-per-sec", "0.2", "--hang-timeout-ms", "600000"})};
  for (auto path : {"handlers/0", "handlers/1"})
    hurt_actor(slow, path, R"({"hang": true})");
  const auto late = ask(slow.api(), "u");
  CAF_CHECK(late.body.find("deadline_exceeded") != std::string::npos);
  CAF_CHECK_EQUAL(told(late), R"(200 | "user";q=1;w=5 | "user";r=0;t=5 | )");
}

CAF_TEST(a batch of events is one request of each of its users and both routes have one bucket) {
  CAF_CHECK_EQUAL(ask("e1").status, 200);
  json::array many;
  for (int i = 0; i < 50; ++i)
    many.push_back(event("e-a" + std::to_string(i), i % 2 ? "e1" : "e2"));
  CAF_CHECK_EQUAL(told(send(many)), R"(202 | "user";q=3;w=15 | "user";r=1;t=5 | )"); // e1 has the least
  CAF_CHECK_EQUAL(ask("e1").status, 200);
  CAF_CHECK_EQUAL(ask("e1").status, 429);
  CAF_CHECK_EQUAL(ask("e2").status, 200);
}

CAF_TEST(events of users over the limit are rejected and the others are taken in) {
  drain("f1");
  const auto some =
      send({event("f-1", "f1"), event("f-2", "f2"), event("f-3", "f2", "applaud"), event("f-4", "f1")});
  CAF_CHECK_EQUAL(told(some), R"(202 | "user";q=3;w=15 | "user";r=0;t=5 | )");
  const auto body = some.json();
  CAF_CHECK_EQUAL(json::serialize(body.at("accepted")), "1");
  std::string rejected;
  for (auto& x : body.at("rejected").as_array())
    rejected +=
        json::serialize(x.at("index")) + json::serialize(x.at("event_id")) + json::serialize(x.at("code"));
  CAF_CHECK_EQUAL(rejected, R"(0"f-1""rate_limited"2"f-3""unknown_type"3"f-4""rate_limited")");
  CAF_CHECK(body.at_pointer("/rejected/0/detail") ==
            "user_hash has sent too many requests; send the event again in 5 s");
}

CAF_TEST(a batch of which no event is left changes nothing and can be sent again) {
  server quick{patiently({"--demo", "--rate-limit-requests-per-sec", "0.5", "--rate-limit-burst", "1"})};
  const headers sports{{"X-Tenant-ID", "tenant_sports"}};
  CAF_CHECK_EQUAL(ask(quick.api(), "u").status, 200);
  const auto batch = json::serialize(json::array{event("g-1", "u"), event("g-2", "u", "applaud")});
  const auto refused = quick.api().post("/v1/events", batch, sports);
  CAF_CHECK_EQUAL(problem_of(refused), "429 user_hash");
  CAF_CHECK_EQUAL(told(refused), R"(429 | "user";q=1;w=2 | "user";r=0;t=2 | 2)");
  CAF_CHECK_EQUAL(quick.admin().get("/admin/v1/tenants/tenant_sports/users/u").status, 404);
  std::this_thread::sleep_for(std::chrono::seconds{std::stoi(refused.header("Retry-After"))});
  const auto again = must(202, quick.api().post("/v1/events", batch, sports)).json();
  CAF_CHECK_EQUAL(json::serialize(again.at("accepted")), "1");
}

CAF_TEST(nothing else is limited) {
  for (int i = 0; i < 10; ++i) {
    for (auto path : {"/health", "/health/ready", "/openapi.json"})
      CAF_CHECK_EQUAL(told(limited().api().get(path)), "200 |  |  | ");
    CAF_CHECK_EQUAL(told(limited().admin().get("/admin/v1/tenants/tenant_sports/users/user_sporty/signals")),
                    "200 |  |  | ");
    CAF_CHECK_EQUAL(told(limited().admin().post("/admin/v1/tenants/tenant_sports/preview",
                                                R"({"user_hash":"user_sporty"})")),
                    "200 |  |  | ");
  }
}

CAF_TEST(without a limit nobody is refused and nothing is said of it) {
  server unlimited{patiently({"--demo"})};
  for (int i = 0; i < 50; ++i)
    CAF_CHECK_EQUAL(told(ask(unlimited.api(), "u")), "200 |  |  | ");
}

CAF_TEST(refused requests are counted by tenant) {
  const std::string series = R"(kinora_rate_limited_total{tenant="tenant_showcase"})";
  for (int i = 0; i < 3; ++i)
    ask("h1", "tenant_showcase");
  CAF_CHECK_EQUAL(metric(limited(), series), "absent");
  for (int i = 0; i < 4; ++i)
    ask("h1", "tenant_showcase");
  CAF_CHECK_EQUAL(metric(limited(), series), "4");
  for (int i = 0; i < 5; ++i)
    ask("h1", "made_up");
  CAF_CHECK_EQUAL(metric(limited(), R"(kinora_rate_limited_total{tenant=""})"), "2");
  CAF_CHECK_EQUAL(metric(limited(), R"(kinora_rate_limited_total{tenant="made_up"})"), "absent");
}

namespace {

/// Asks for one feed each of made-up users, `batch` at a time down one connection; returns how many were
/// answered 200.
std::size_t ask_for(std::uint16_t port, std::atomic<std::size_t>& next, std::size_t end) {
  constexpr std::size_t batch = 100;
  connection at{port};
  std::size_t good = 0;
  for (auto first = next.fetch_add(batch); first < end; first = next.fetch_add(batch)) {
    const auto mark = "batch-" + std::to_string(first) + "-ends";
    std::string bytes;
    for (std::size_t i = first; i < first + batch; ++i)
      bytes += "HEAD /v1/feed?limit=1&user_hash=made_up_" + std::to_string(i) +
               " HTTP/1.1\r\nHost: a\r\nX-Tenant-ID: tenant_sports\r\n" +
               (i + 1 == first + batch ? "X-Request-ID: " + mark + "\r\n\r\n" : "\r\n");
    at.send(bytes);
    const auto answers = at.receive_until(mark, 30s);
    for (auto found = answers.find("HTTP/1.1 200"); found != answers.npos;
         found = answers.find("HTTP/1.1 200", found + 1))
      ++good;
  }
  return good;
}

std::size_t flood(std::uint16_t port, std::atomic<std::size_t>& next, std::size_t end) {
  std::atomic<std::size_t> good{0};
  std::vector<std::thread> clients;
  for (int i = 0; i < 8; ++i)
    clients.emplace_back([&] { good += ask_for(port, next, end); });
  for (auto& x : clients)
    x.join();
  return good;
}

} // namespace

CAF_TEST(many more made up users than are remembered move no memory and no bucket of a neighbour) {
  constexpr std::size_t users = 200'000;
  constexpr std::size_t to_warm_up = 50'000;
  // A bucket that was used once takes ten seconds to fill, so that many more of them are not full than there
  // is room for.
  server tested{patiently({"--demo", "--kill-switch-active", "--rate-limit-requests-per-sec", "0.1",
                           "--rate-limit-burst", "20", "--rate-limit-users", "16384"})};
  const auto port = tested.api().port();
  auto admitted = [&](const std::string& user, int requests) {
    int out = 0;
    for (int i = 0; i < requests; ++i)
      out += ask(tested.api(), user, "tenant_news").status == 200;
    return out;
  };
  std::atomic<std::size_t> next{0};
  CAF_CHECK_EQUAL(flood(port, next, to_warm_up), to_warm_up);
  next = to_warm_up;
  const auto before = tested.rss_kb();
  const auto start = clock::now();
  CAF_CHECK_EQUAL(admitted("greedy", 40), 20);
  std::atomic<bool> ended{false};
  int refused = 0;
  std::thread neighbour{[&] {
    for (int i = 0; i < 20 && !ended; ++i) {
      refused += admitted("modest", 1) == 0;
      std::this_thread::sleep_for(500ms);
    }
  }};
  CAF_CHECK_EQUAL(flood(port, next, users), users - to_warm_up);
  ended = true;
  neighbour.join();
  const auto after = tested.rss_kb();
  const auto took = std::chrono::duration_cast<std::chrono::seconds>(clock::now() - start);
  CAF_MESSAGE(before << " KiB before, " << after << " KiB after, " << took.count() << " s");
  CAF_CHECK_EQUAL(refused, 0);
  CAF_CHECK_LESS_OR_EQUAL(admitted("greedy", 40), took.count() / 10 + 2); // no more than time has brought
  CAF_CHECK_LESS(after, before + 4'096);
}
