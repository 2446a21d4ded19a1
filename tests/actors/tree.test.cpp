#define CAF_SUITE actors.tree
#include "tests/support/actor_test.hpp"

#include "actors/tree.hpp"

#include <future>
#include <thread>

using namespace kinora;
using namespace kinora::test;
using namespace std::chrono_literals;

namespace {

using std::chrono::steady_clock;

/// Waits until something is so; false when it took too long.
template <class Condition>
bool eventually(Condition holds, std::chrono::milliseconds limit = 5s) {
  for (auto until = steady_clock::now() + limit; !holds();) {
    if (steady_clock::now() >= until)
      return false;
    std::this_thread::sleep_for(1ms);
  }
  return true;
}

/// The whole tree on real threads and the real clock, with short times.
struct fixture {
  stores engine = make_memory_stores({100});
  std::shared_ptr<std::atomic<int>> differences = std::make_shared<std::atomic<int>>(0);
  std::unique_ptr<supervision_tree> tree;

  fixture() {
    CAF_REQUIRE(engine.tenants->save("acme", {{}, 1}).has_value());
    std::vector<video_ptr> videos{share(make_video("top", 90)), share(make_video("goal", 60, {"sports"}))};
    CAF_REQUIRE(engine.videos->upsert("acme", videos).has_value());
    CAF_REQUIRE(
        engine.signals
            ->save("acme", "ada",
                   record_of(user_signals{{}, {{"sports", 1.0}}, {}, {}, {}},
                             std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now())))
            .has_value());
    tree_hooks hooks{[] {
                       return std::chrono::time_point_cast<std::chrono::milliseconds>(
                           std::chrono::system_clock::now());
                     },
                     {},
                     [count = differences](auto&, auto&) { ++*count; }};
    hooks.write_item = [](const video& x, const tenant_rules&) { return "text of " + x.id; };
    tree = std::make_unique<supervision_tree>(options(), engine, hooks);
    CAF_REQUIRE(tree->wait_until_up(5s));
  }

  static tree_options options() {
    tree_options out;
    // Generous, so that a busy machine does not fail the test.
    out.signal_timeout = out.ranking_timeout = out.cache_timeout = 2s;
    out.hang_timeout = 300ms;
    out.restarts.probe_interval = 100ms;
    return out;
  }

  child_info info(const std::string& path) { return tree->slots()->find(path)->info(); }

  void kill(const std::string& path) {
    port::send_exit(tree->slots()->find(path)->handle(), caf::exit_reason::kill);
  }

  bool all_running() {
    auto all = tree->slots()->list();
    return std::all_of(all.begin(), all.end(),
                       [](auto& x) { return x->info().state == child_state::running; });
  }

  std::vector<std::string> paths() {
    std::vector<std::string> out;
    for (auto& x : tree->slots()->list())
      out.push_back(x->path());
    return out;
  }

  /// The answer to one request; nullopt when its handler ended, or when none came within a second.
  std::optional<feed_answer> feed() {
    auto worker = tree->reach()->handlers.next();
    if (!worker)
      return std::nullopt;
    feed_request request;
    request.tenant = "acme";
    request.user = "ada";
    request.now = std::chrono::time_point_cast<std::chrono::milliseconds>(std::chrono::system_clock::now());
    request.deadline = steady_clock::now() + 1s;
    auto promise = std::make_shared<std::promise<std::optional<feed_answer>>>();
    auto answer = promise->get_future();
    port::tell(worker->handle, feed_atom_v, std::make_shared<const feed_job>(request, [promise](auto x) {
                 promise->set_value(std::move(x));
               }));
    return answer.wait_for(1s) == std::future_status::ready ? answer.get() : std::nullopt;
  }

  bool personalized() {
    auto x = feed();
    return x && x->type == feed_type::personalized && x->page.items.size() == 2 &&
           x->page.items[0].video->id == "goal";
  }
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(tree_tests, fixture)

CAF_TEST(every actor of the design comes up under its path) {
  CAF_CHECK_EQUAL(paths(),
                  (std::vector<std::string>{"access",           "audit",     "breakers",  "breakers/ranking",
                                            "breakers/signals", "flags",     "handlers",  "handlers/0",
                                            "handlers/1",       "ingest",    "ingest/0",  "ingest/1",
                                            "rankers",          "rankers/0", "rankers/1", "signals",
                                            "signals/0",        "signals/1", "stats",     "tenants",
                                            "tenants/acme"}));
  CAF_CHECK(all_running());
  CAF_CHECK_EQUAL(info("rankers/1").restarts, 0u);
  CAF_CHECK(personalized());
}

CAF_TEST(items have the texts that the process writes of them) {
  const auto x = feed();
  CAF_REQUIRE(x.has_value());
  CAF_CHECK_EQUAL(x->page.items.at(0).text, "text of goal");
  CAF_CHECK_EQUAL(x->page.items.at(1).text, "text of top");
}

CAF_TEST(whatever is killed comes back and feeds are personalized again) {
  for (auto& path : paths()) {
    CAF_MESSAGE("killing " << path);
    auto before = info(path).restarts;
    kill(path);
    CAF_CHECK(
        eventually([&] { return info(path).restarts > before && info(path).state == child_state::running; }));
    CAF_CHECK(eventually([&] { return all_running(); }));
    CAF_CHECK(eventually([&] { return personalized(); }, 1s));
    CAF_CHECK(info(path).last_reason == "killed" || info(path).last_reason == "its supervisor ended");
  }
  CAF_CHECK_EQUAL(info("flags").restarts, 1u);
  CAF_CHECK_EQUAL(info("rankers").restarts, 1u);
  CAF_CHECK_EQUAL(info("rankers/0").restarts, 2u); // with its supervisor, and on its own
  CAF_CHECK_EQUAL(tree->boards()->signals.load()->state, breaker_state::closed);
}

CAF_TEST(whatever hangs is replaced) {
  for (auto& path : paths()) {
    CAF_MESSAGE("holding " << path);
    auto before = info(path).restarts;
    tree->slots()->find(path)->set_hang(true);
    CAF_CHECK(
        eventually([&] { return info(path).restarts > before && info(path).state == child_state::running; }));
    CAF_CHECK(eventually([&] { return all_running(); }));
  }
  CAF_CHECK_EQUAL(info("flags").last_reason, "actor_hung");
  CAF_CHECK(eventually([&] { return personalized(); }, 1s));
}

CAF_TEST(what cannot start is quarantined while the rest goes on and heals when it can) {
  tree->slots()->find("rankers/0")->set_crash_on_start(true);
  kill("rankers/0");
  CAF_CHECK(eventually([&] { return info("rankers/0").state == child_state::quarantined; }));
  CAF_CHECK(personalized()); // by the other ranker
  CAF_CHECK(personalized());
  CAF_CHECK_EQUAL(info("rankers").restarts, 0u);
  tree->slots()->find("rankers/0")->set_crash_on_start(false);
  CAF_CHECK(eventually([&] { return info("rankers/0").state == child_state::running; }));
}

CAF_TEST(a ranker that was started anew gives an open breaker a new trial) {
  auto breaker = caf::actor_cast<breaker_actor>(tree->reach()->ranking_breaker->handle());
  auto& board = tree->boards()->find("acme")->ranking;
  for (std::uint32_t i = 1; i <= 5; ++i) {
    port::tell(breaker, report_atom_v,
               std::make_shared<const call_outcome>(call_outcome{"acme", false, false, steady_clock::now()}));
    CAF_REQUIRE(eventually([&] { return board.load()->consecutive_failures == i; }));
  }
  CAF_CHECK_EQUAL(board.load()->state, breaker_state::open);
  kill("rankers/0");
  CAF_CHECK(eventually([&] { return board.load()->state == breaker_state::half_open; }));
  CAF_CHECK(eventually([&] { return personalized() && board.load()->state == breaker_state::closed; }));
}

CAF_TEST(the root is seen to make progress) {
  auto before = tree->last_progress();
  CAF_CHECK(eventually([&] { return tree->last_progress() > before; }));
}

CAF_TEST(a stop is quick and a second one does nothing) {
  auto began = steady_clock::now();
  CAF_CHECK(tree->stop(5s));
  CAF_CHECK(tree->stop(5s));
  tree.reset();
  CAF_CHECK_LESS((steady_clock::now() - began).count(), std::chrono::nanoseconds{1s}.count());
}

CAF_TEST(a stop ends although an actor hangs) {
  tree->slots()->find("handlers/1")->set_hang(true);
  CAF_CHECK(tree->stop(5s));
  tree.reset();
}

CAF_TEST(boards outlive the tree) {
  auto boards = tree->boards();
  tree.reset();
  CAF_CHECK_EQUAL(trending_ids(boards->snapshot_of("acme")), (std::vector<std::string>{"top", "goal"}));
}

CAF_TEST_FIXTURE_SCOPE_END()
