#define CAF_SUITE blackbox.hung_actors
#include "tests/support/unit_test.hpp"

#include "tests/blackbox/support/chaos.hpp"
#include "tests/blackbox/support/judge.hpp"

#include <csignal>

using namespace kinora::blackbox;
using namespace std::chrono_literals;

namespace {

using clock_type = std::chrono::steady_clock;

constexpr auto hang_timeout = 600ms;
constexpr auto ping_interval = hang_timeout / 6;
constexpr auto noticed_within = hang_timeout + 2 * ping_interval + 200ms;
constexpr std::size_t clients_per_tenant = 4;

/// After this time everybody who was stuck has been given up, at the request's deadline at the latest, and
/// the hung one is known.
constexpr auto known_after = 100ms + 50ms;

/// How much memory a second of load may cost at most, whatever hangs: less than the requests alone would
/// take.
constexpr std::size_t memory_growth_max_kb = 8 * 1'024;

const std::vector<std::string> steps{"--signal-store-timeout-ms", "40", "--ranking-timeout-ms", "40",
                                     "--cache-timeout-ms",        "20"};

std::vector<std::string> with_steps(std::vector<std::string> more) {
  more.insert(more.end(), steps.begin(), steps.end());
  return chaos_args(more);
}

bool is_degraded(const sample& x) {
  return x.degraded;
}

} // namespace

CAF_TEST(a hung actor is replaced in time and requests keep away from it meanwhile) {
  server tested{with_steps({"--hang-timeout-ms", std::to_string(hang_timeout.count())})};
  stall_watch machine{tested.child().pid()};
  load clients{tested.api().port(), clients_of("tenant_sports", clients_per_tenant)};
  for (std::string path : {"handlers/0", "rankers/0", "signals/0", "tenants/tenant_sports", "flags",
                           "breakers/signals", "breakers/ranking"}) {
    clients.start();
    std::this_thread::sleep_for(50ms);
    const auto before = actor_of(tested, path);
    const auto hung_at = clock_type::now();
    hurt_actor(tested, path, R"({"hang": true})");
    const auto replaced = time_until([&] {
      const auto now = actor_of(tested, path);
      return now.restarts > before.restarts && now.state == "running";
    });
    const auto replaced_at = clock_type::now();
    const auto after = actor_of(tested, path);
    CAF_CHECK(eventually(1s, [&] { return is_personalized(tested, "tenant_sports"); }));
    const auto answers = clients.stop();
    const auto known = undisturbed(started_between(answers, hung_at + known_after, replaced_at), machine);
    CAF_MESSAGE(path << ": replaced after " << replaced.count() << " ms; " << reasons_in(answers)
                     << "once known: " << reasons_in(known));
    CAF_CHECK_EQUAL(after.last_reason, "actor_hung");
    CAF_CHECK(replaced >= hang_timeout - 2 * ping_interval);
    CAF_CHECK_EQUAL(exceeds(noticed_within, hung_at, replaced, machine), "");
    CAF_CHECK_EQUAL(complaint(answers, machine), "");
    // Nobody runs into it twice in a row; a busy machine may cost an answer now and then.
    CAF_CHECK_LESS_OR_EQUAL(count_of(undisturbed(answers, machine), is_degraded), 3 * clients_per_tenant);
    CAF_CHECK_LESS_OR_EQUAL(count_of(known, is_degraded), 1 + known.size() / 50);
  }
}

CAF_TEST(a hung supervisor is replaced with all below it) {
  server tested{with_steps({"--hang-timeout-ms", std::to_string(hang_timeout.count())})};
  stall_watch machine{tested.child().pid()};
  load clients{tested.api().port(), clients_of("tenant_sports", clients_per_tenant)};
  clients.start();
  for (std::string path : {"handlers", "rankers", "signals", "tenants", "breakers"}) {
    const auto before = actors_of(tested);
    const auto hung_at = clock_type::now();
    hurt_actor(tested, path, R"({"hang": true})");
    const auto replaced = time_until([&] {
      const auto now = actors_of(tested);
      for (std::size_t i = 0; i < now.size(); ++i)
        if (now.at(i).path.starts_with(path) &&
            (now.at(i).restarts <= before.at(i).restarts || now.at(i).state != "running"))
          return false;
      return true;
    });
    CAF_MESSAGE(path << ": replaced after " << replaced.count() << " ms");
    CAF_CHECK_EQUAL(exceeds(noticed_within, hung_at, replaced, machine), "");
    CAF_CHECK_EQUAL(actor_of(tested, path).last_reason, "actor_hung");
    CAF_CHECK(eventually(1s, [&] { return is_personalized(tested, "tenant_sports"); }));
  }
  const auto answers = clients.stop();
  CAF_MESSAGE(reasons_in(answers));
  CAF_CHECK_EQUAL(complaint(answers, machine), "");
}

CAF_TEST(while actors hang memory stays bounded and feeds stay personalized) {
  server tested{with_steps({"--hang-timeout-ms", "60000"})};
  stall_watch machine{tested.child().pid()};
  load clients{tested.api().port(), clients_of("tenant_sports", 8)};
  clients.start();
  std::this_thread::sleep_for(500ms); // what grows with the first requests has grown
  for (auto path : {"handlers/0", "rankers/0", "signals/0", "tenants/tenant_sports", "breakers/signals",
                    "breakers/ranking", "rankers"})
    hurt_actor(tested, path, R"({"hang": true})");
  const auto hung_at = clock_type::now();
  const auto before = tested.rss_kb();
  std::this_thread::sleep_for(2s);
  const auto after = tested.rss_kb();
  const auto answers = clients.stop();
  const auto known =
      undisturbed(started_between(answers, hung_at + 2 * known_after, clock_type::now()), machine);
  CAF_MESSAGE(before << " kB before, " << after << " kB after " << answers.size() << " requests; "
                     << reasons_in(answers));
  CAF_CHECK_LESS_OR_EQUAL(after, before + memory_growth_max_kb);
  CAF_CHECK_EQUAL(complaint(answers, machine), "");
  CAF_CHECK_LESS_OR_EQUAL(count_of(known, is_degraded), 1 + known.size() / 50);
}

CAF_TEST(when all handlers hang requests do not wait for them again and memory stays bounded) {
  server tested{with_steps({"--hang-timeout-ms", "60000"})};
  stall_watch machine{tested.child().pid()};
  load clients{tested.api().port(), clients_of("tenant_sports", 8)};
  clients.start();
  std::this_thread::sleep_for(300ms);
  for (auto path : {"handlers/0", "handlers/1"})
    hurt_actor(tested, path, R"({"hang": true})");
  const auto hung_at = clock_type::now();
  std::this_thread::sleep_for(2 * known_after);
  const auto before = tested.rss_kb();
  std::this_thread::sleep_for(1s);
  const auto healed_at = clock_type::now();
  CAF_CHECK_LESS_OR_EQUAL(tested.rss_kb(), before + memory_growth_max_kb);
  for (auto path : {"handlers/0", "handlers/1"})
    heal_actor(tested, path);
  CAF_CHECK(eventually(1s, [&] { return is_personalized(tested, "tenant_sports"); }));
  const auto answers = clients.stop();
  const auto known = undisturbed(started_between(answers, hung_at + 2 * known_after, healed_at), machine);
  CAF_MESSAGE(reasons_in(answers));
  CAF_CHECK_EQUAL(complaint(answers, machine), "");
  CAF_CHECK_EQUAL(complaint(known, machine, 50ms), "");
  CAF_CHECK_EQUAL(
      first_of(known, [&](auto& x) { return x.ended < healed_at && x.reason != "handler_unavailable"; }), "");
  // Cleared, they went on: nobody was replaced.
  for (auto& x : actors_of(tested))
    CAF_CHECK_EQUAL(x.path + ' ' + std::to_string(x.restarts), x.path + " 0");
}

CAF_TEST(the process ends in time while actors hang and faults are active) {
  for (auto& hung : std::vector<std::vector<std::string>>{{"handlers/0"},
                                                          {"rankers", "signals/1"},
                                                          {"tenants/tenant_sports", "tenants", "flags"},
                                                          {"breakers/ranking", "handlers", "handlers/1"}}) {
    server tested{with_steps({"--hang-timeout-ms", "60000"})};
    load clients{tested.api().port(), clients_of("tenant_sports", clients_per_tenant)};
    hurt_dependency(tested, "signals", R"({"delay_ms": 30})");
    hurt_dependency(tested, "ranking", R"({"hang": true})");
    clients.start();
    for (auto& path : hung)
      hurt_actor(tested, path, R"({"hang": true})");
    std::this_thread::sleep_for(100ms);
    const auto asked_at = clock_type::now();
    const auto ended = tested.stop(SIGTERM, 10s);
    const auto answers = started_between(clients.stop(), clock_type::time_point{}, asked_at);
    CAF_REQUIRE(ended.has_value());
    CAF_MESSAGE(hung.front() << ": ended after "
                             << std::chrono::duration_cast<std::chrono::milliseconds>(ended->took).count()
                             << " ms");
    CAF_CHECK_EQUAL(ended->exit_code, 0);
    CAF_CHECK(ended->took < 5s);
    // What was in flight was answered.
    CAF_CHECK_EQUAL(first_of(answers, [](auto& x) { return x.status != 200; }), "");
  }
}
