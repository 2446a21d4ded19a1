#define CAF_SUITE blackbox.reduced_feeds
#include "tests/support/unit_test.hpp"

#include "tests/blackbox/support/chaos.hpp"
#include "tests/blackbox/support/judge.hpp"
#include "tests/blackbox/support/metric.hpp"
#include "tests/blackbox/support/standstill.hpp"

#include <algorithm>
#include <regex>

using namespace kinora::blackbox;
using namespace std::chrono_literals;

namespace {

/// A tenant of more videos than reduced feeds are ranked from; v1000 is the best.
void put_large_tenant(const server& to) {
  std::string videos;
  for (int i = 0; i < 600; ++i)
    videos += R"({"id":"v)" + std::to_string(1'000 + i) + R"(","title":"t","score":)" +
              std::to_string(90.0 - i * 0.1) + "}\n";
  put_tenant(to, "large", "{}", videos);
}

std::string reduced_feeds(const server& of, const std::string& tenant) {
  return metric(of, R"(kinora_feeds_reduced_total{tenant=")" + tenant + R"("})");
}

bool is_reduced(const sample& x) {
  return x.timing.find(R"(;desc="reduced")") != std::string::npos;
}

/// Whether Server-Timing is as the server's own contract has it.
bool is_as_promised(const server& of, const std::string& timing) {
  const auto contract = of.api().get("/openapi.json").json();
  const auto& pattern = contract.at_pointer("/components/headers/Server-Timing/schema/pattern").as_string();
  return std::regex_match(timing, std::regex{pattern.begin(), pattern.end()});
}

/// What became of a feed, in words.
std::string kind_of(const std::string& answer) {
  if (answer.find("200 OK") == std::string::npos)
    return answer;
  std::string out = answer.find(R"(;desc="reduced", total;dur=)") != std::string::npos ? "reduced" : "whole";
  if (answer.find("X-Personalized: true") == std::string::npos)
    out += " not personalized";
  if (answer.find(R"("degraded":false)") == std::string::npos)
    out += " degraded";
  return out;
}

} // namespace

CAF_TEST(who waited for an eighth of the budget gets a personal feed that says that it is reduced) {
  server tested{chaos_args({"--feed-budget-ms", "8000"})};
  put_large_tenant(tested);
  connection client{tested.api().port()};
  auto ask = [&](const std::string& tenant, const std::string& query) {
    client.send("GET /v1/feed?user_hash=u&limit=3" + query +
                " HTTP/1.1\r\nHost: a\r\nX-Tenant-ID: " + tenant + "\r\n\r\n");
  };
  auto answer = [&] { return client.receive_until("\"request_id\""); };
  auto ask_while_stopped = [&](const std::string& tenant, const std::string& query = "") {
    std::this_thread::sleep_for(50ms); // until the server, too, is done with the answer before
    {
      const standstill while_it_waits{tested.child().pid()};
      ask(tenant, query);
      std::this_thread::sleep_for(1'300ms);
    }
    return answer();
  };
  ask("large", ""); // a request is as old as its connection at most, so that has to be accepted before
  CAF_CHECK_EQUAL(kind_of(answer()), "whole");
  CAF_CHECK_EQUAL(reduced_feeds(tested, "large"), "absent");
  const auto reduced = ask_while_stopped("large");
  CAF_CHECK_EQUAL(kind_of(reduced), "reduced");
  CAF_CHECK(reduced.find(R"("id":"v1000")") != std::string::npos);
  CAF_CHECK_EQUAL(reduced_feeds(tested, "large"), "1");
  CAF_CHECK_EQUAL(kind_of(ask_while_stopped("large", "&explain=true")), "whole");
  CAF_CHECK_EQUAL(kind_of(ask_while_stopped("tenant_sports")),
                  "whole"); // five videos: none would be left out
  ask("large", "");
  CAF_CHECK_EQUAL(kind_of(answer()), "whole");
  CAF_CHECK_EQUAL(reduced_feeds(tested, "large"), "1");
  CAF_CHECK_EQUAL(reduced_feeds(tested, "tenant_sports"), "absent");
}

CAF_TEST(under pressure feeds are reduced before any is trending and whole again afterwards) {
  constexpr std::size_t in_flight_max = 8;
  constexpr auto budget = 800ms;
  server tested{chaos_args({"--max-in-flight", std::to_string(in_flight_max), "--max-at-work", "1",
                            "--feed-budget-ms", std::to_string(budget.count()), "--ranking-timeout-ms", "400",
                            "--signal-store-timeout-ms", "400", "--hang-timeout-ms", "60000"})};
  put_large_tenant(tested);
  stall_watch machine{tested.child().pid()};
  // One feed at a time, 20 ms each: the last of eight has waited for 140 ms, more than an eighth.
  hurt_dependency(tested, "ranking", R"({"delay_ms": 20})");
  auto run = [&](std::size_t clients) {
    load pressure{tested.api().port(), clients_of("large", clients)};
    pressure.start();
    std::this_thread::sleep_for(800ms);
    auto answers = pressure.stop();
    CAF_MESSAGE(reasons_in(answers) << count_of(answers, is_reduced) << " reduced");
    CAF_CHECK_EQUAL(complaint(answers, machine, budget + 50ms), "");
    CAF_CHECK_EQUAL(first_of(answers, [](auto& x) { return is_reduced(x) && !x.personalized; }), "");
    return answers;
  };
  const auto alone = run(1);
  CAF_CHECK_EQUAL(first_of(undisturbed(alone, machine), is_reduced), "");
  const auto busy = run(in_flight_max);
  CAF_REQUIRE_GREATER(count_of(busy, is_reduced), busy.size() / 2);
  CAF_CHECK_EQUAL(first_of(busy, [](auto& x) { return !x.personalized; }), "");
  CAF_CHECK(is_as_promised(tested, std::find_if(busy.begin(), busy.end(), is_reduced)->timing));
  const auto flooded = run(3 * in_flight_max);
  CAF_CHECK_GREATER(count_of(flooded, is_reduced), 0u);
  CAF_CHECK_GREATER(count_of(flooded, [](auto& x) { return x.reason == "overload"; }), 0u);
  heal_dependency(tested, "ranking");
  const auto after = run(1);
  CAF_CHECK_EQUAL(first_of(undisturbed(after, machine), is_reduced), "");
  std::size_t marked = 0;
  for (auto* answers : {&alone, &busy, &flooded, &after})
    marked += count_of(*answers, is_reduced);
  CAF_CHECK_EQUAL(reduced_feeds(tested, "large"), std::to_string(marked));
}
