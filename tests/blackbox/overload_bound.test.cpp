#define CAF_SUITE blackbox.overload_bound
#include "tests/support/unit_test.hpp"

#include "tests/blackbox/support/chaos.hpp"
#include "tests/blackbox/support/judge.hpp"
#include "tests/blackbox/support/standstill.hpp"

#include <algorithm>

using namespace kinora::blackbox;
using namespace std::chrono_literals;

namespace {

constexpr std::size_t in_flight_max = 4;

struct fixture {
  server tested{chaos_args({"--max-in-flight", std::to_string(in_flight_max), "--hang-timeout-ms", "60000",
                            "--signal-store-timeout-ms", "40", "--ranking-timeout-ms", "60"})};
  stall_watch machine{tested.child().pid()};
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(overload_bound, fixture)

CAF_TEST(past what may be in flight the fallback goes out at once) {
  // Each request that is let in stays for 20 ms, so that sixteen clients meet a full house.
  hurt_dependency(tested, "ranking", R"({"delay_ms": 20})");
  load clients{tested.api().port(), clients_of("tenant_sports", 16)};
  clients.start();
  std::this_thread::sleep_for(600ms);
  const auto answers = clients.stop();
  CAF_MESSAGE(reasons_in(answers));
  CAF_CHECK_EQUAL(complaint(answers, machine), "");
  auto is_overload = [](const sample& x) { return x.reason == "overload"; };
  CAF_CHECK_GREATER(count_of(answers, is_overload), answers.size() / 2);
  CAF_CHECK_GREATER(count_of(answers, [](auto& x) { return x.personalized; }), 0u);
  CAF_CHECK_EQUAL(
      first_of(answers, [&](auto& x) { return is_overload(x) && x.timing.find("ranking") != x.timing.npos; }),
      "");
  const auto waited = first_of(answers, [&](auto& x) {
    return is_overload(x) && stage_time(x.timing, "total").value() > 15ms + machine.lost(x.started, x.ended);
  });
  CAF_CHECK_EQUAL(waited, "");
}

CAF_TEST(the flood of one tenant takes nothing from another) {
  hurt_dependency(tested, "ranking", R"({"delay_ms": 20, "tenant": "tenant_sports"})");
  load flood{tested.api().port(), clients_of("tenant_sports", 24)};
  auto one = clients_of("tenant_news", 1);
  one.pause = 3ms;
  load neighbour{tested.api().port(), one};
  flood.start();
  std::this_thread::sleep_for(50ms);
  neighbour.start();
  std::this_thread::sleep_for(600ms);
  const auto answers = neighbour.stop();
  const auto flooded = flood.stop();
  CAF_MESSAGE("neighbour: " << reasons_in(answers) << "flood: " << reasons_in(flooded));
  CAF_CHECK_GREATER(count_of(flooded, [](auto& x) { return x.reason == "overload"; }), flooded.size() / 2);
  CAF_CHECK_GREATER(answers.size(), 20u);
  CAF_CHECK_EQUAL(first_of(answers, [](auto& x) { return !x.personalized; }), "");
}

CAF_TEST(as many clients as may be in flight never meet overload) {
  hurt_dependency(tested, "ranking", R"({"delay_ms": 5})");
  load clients{tested.api().port(), clients_of("tenant_sports", in_flight_max)};
  clients.start();
  std::this_thread::sleep_for(300ms);
  const auto answers = clients.stop();
  CAF_CHECK_EQUAL(complaint(answers, machine), "");
  CAF_CHECK_EQUAL(first_of(answers, [](auto& x) { return x.reason == "overload"; }), "");
}

CAF_TEST(requests that were given up count as in flight no more) {
  for (auto path : {"handlers/0", "handlers/1"})
    hurt_actor(tested, path, R"({"hang": true})");
  load clients{tested.api().port(), clients_of("tenant_sports", 3 * in_flight_max)};
  clients.start();
  std::this_thread::sleep_for(400ms);
  const auto answers = clients.stop();
  CAF_MESSAGE(reasons_in(answers));
  CAF_CHECK_EQUAL(complaint(answers, machine), "");
  CAF_CHECK_GREATER(count_of(answers, [](auto& x) { return x.reason == "deadline_exceeded"; }), 0u);
  for (auto path : {"handlers/0", "handlers/1"})
    heal_actor(tested, path);
  CAF_CHECK(eventually(1s, [&] { return is_personalized(tested, "tenant_sports", 2 * in_flight_max); }));
}

CAF_TEST_FIXTURE_SCOPE_END()

CAF_TEST(names that are no tenant have the share of one) {
  server tested{chaos_args({"--max-in-flight", "8", "--max-at-work", "2", "--feed-budget-ms", "4000",
                            "--hang-timeout-ms", "60000"})};
  for (auto path : {"handlers/0", "handlers/1"})
    hurt_actor(tested, path, R"({"hang": true})");
  auto ask_as = [&](const std::string& tenant) {
    auto out = std::make_unique<connection>(tested.api().port());
    out->send("GET /v1/feed?user_hash=u HTTP/1.1\r\nHost: a\r\nX-Tenant-ID: " + tenant + "\r\n\r\n");
    return out;
  };
  auto in_flight = [&] {
    for (auto& line : lines_of(must(200, tested.admin().get("/metrics")).body))
      if (line.starts_with("kinora_in_flight "))
        return std::stoi(line.substr(17));
    return -1;
  };
  std::vector<std::unique_ptr<connection>> real, made_up;
  for (int i = 0; i < 8; ++i)
    real.push_back(ask_as("tenant_sports"));
  CAF_CHECK(eventually(1s, [&] { return in_flight() == 8; }));
  for (int i = 0; i < 30; ++i)
    made_up.push_back(ask_as("nobody" + std::to_string(i)));
  std::this_thread::sleep_for(200ms);
  const auto inside = in_flight();
  CAF_CHECK(inside >= 8 && inside <= 10); // two more at work at most
  const auto gave_way = std::count_if(real.begin(), real.end(),
                                      [](auto& x) { return !x->receive_until("overload", 20ms).empty(); });
  CAF_MESSAGE(inside << " in flight, " << gave_way << " gave way");
  CAF_CHECK(gave_way >= 1 && gave_way <= 4); // half is theirs
}

CAF_TEST(who waited for half of the budget to be read is answered without being worked on) {
  server tested{chaos_args({"--feed-budget-ms", "2000"})};
  connection client{tested.api().port()};
  auto ask = [&] {
    client.send("GET /v1/feed?user_hash=u HTTP/1.1\r\nHost: a\r\nX-Tenant-ID: tenant_sports\r\n\r\n");
  };
  auto answer = [&] { return client.receive_until("\"request_id\"", 3s); };
  auto ask_while_stopped = [&](std::chrono::milliseconds pause) {
    std::this_thread::sleep_for(50ms); // until the server, too, is done with the answer before
    {
      const standstill while_it_waits{tested.child().pid()};
      ask();
      std::this_thread::sleep_for(pause);
    }
    return answer();
  };
  ask(); // a request is as old as its connection at most, so that has to be accepted before
  CAF_CHECK(answer().find("X-Personalized: true") != std::string::npos);
  const auto late = ask_while_stopped(1'300ms);
  CAF_CHECK(late.find("200 OK") != late.npos);
  CAF_CHECK(late.find("\"degraded_reason\":\"overload\"") != late.npos);
  CAF_CHECK(late.find("ranking;dur") == late.npos);
  const auto in_time = ask_while_stopped(50ms);
  CAF_CHECK(in_time.find("X-Personalized: true") != in_time.npos);
}

CAF_TEST(whose turn comes with half of the budget gone leaves it to who has time left) {
  server tested{
      chaos_args({"--feed-budget-ms", "2000", "--max-at-work", "1", "--ranking-timeout-ms", "1500"})};
  // One or two at a time: the last to begin do so after 0.9 s.
  hurt_dependency(tested, "ranking", R"({"delay_ms": 450})");
  std::vector<std::unique_ptr<connection>> clients;
  for (int i = 0; i < 10; ++i)
    clients.push_back(std::make_unique<connection>(tested.api().port()));
  const auto asked = std::chrono::steady_clock::now();
  for (auto& x : clients)
    x->send("GET /v1/feed?user_hash=u HTTP/1.1\r\nHost: a\r\nX-Tenant-ID: tenant_sports\r\n\r\n");
  std::size_t personalized = 0, gave_it_up = 0;
  for (auto& x : clients) {
    const auto answer = x->receive_until("\"request_id\"", 4s);
    personalized += answer.find("X-Personalized: true") != answer.npos;
    gave_it_up += answer.find("\"degraded_reason\":\"overload\"") != answer.npos;
  }
  const auto took = std::chrono::ceil<std::chrono::milliseconds>(std::chrono::steady_clock::now() - asked);
  CAF_MESSAGE(personalized << " personalized, " << gave_it_up << " gave it up, after " << took.count()
                           << " ms");
  CAF_CHECK_EQUAL(personalized + gave_it_up, clients.size());
  CAF_CHECK(personalized >= 1 && personalized <= 6);
  CAF_CHECK(took < 1'800ms); // some 1,350 ms, and not the whole budget
}
