#define CAF_SUITE blackbox.overload_bound
#include "tests/support/unit_test.hpp"

#include "tests/blackbox/support/chaos.hpp"
#include "tests/blackbox/support/judge.hpp"

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

CAF_TEST(names that are no tenant share one place among the others) {
  server tested{chaos_args({"--max-in-flight", "4", "--max-at-work", "2", "--feed-budget-ms", "3000",
                            "--hang-timeout-ms", "60000"})};
  for (auto path : {"handlers/0", "handlers/1"})
    hurt_actor(tested, path, R"({"hang": true})");
  std::vector<std::unique_ptr<connection>> clients;
  for (int i = 0; i < 30; ++i) {
    clients.push_back(std::make_unique<connection>(tested.api().port()));
    clients.back()->send("GET /v1/feed?user_hash=u HTTP/1.1\r\nHost: a\r\nX-Tenant-ID: nobody" +
                         std::to_string(i) + "\r\n\r\n");
  }
  auto in_flight = [&] {
    for (auto& line : lines_of(must(200, tested.admin().get("/metrics")).body))
      if (line.starts_with("kinora_in_flight "))
        return std::stoi(line.substr(17));
    return -1;
  };
  CAF_CHECK(eventually(2s, [&] { return in_flight() == 4; }));
  std::this_thread::sleep_for(200ms); // for those that would come late
  CAF_CHECK_EQUAL(in_flight(), 4);
}
