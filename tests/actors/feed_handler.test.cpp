#define CAF_SUITE actors.feed_handler
#include "tests/support/actor_test.hpp"

#include "actors/breaker.hpp"
#include "actors/feed_handler.hpp"
#include "actors/ranker.hpp"
#include "actors/signal_fetcher.hpp"
#include "actors/tenants.hpp"
#include "tests/support/flaky_stores.hpp"

#include <thread>

using namespace kinora;
using namespace kinora::test;
using namespace std::chrono_literals;

namespace {

using ids = std::vector<std::string>;

/// What the callback of one request was called with: nothing yet, or once or more.
struct outcome {
  std::vector<std::optional<feed_answer>> calls;

  const feed_answer& answer() const {
    CAF_REQUIRE_EQUAL(calls.size(), 1u);
    CAF_REQUIRE(calls[0].has_value());
    return *calls[0];
  }

  ids items() const {
    ids out;
    for (auto& x : answer().page.items)
      out.push_back(x.video->id);
    return out;
  }

  bool personalized() const {
    return answer().type == feed_type::personalized && why() == degraded_reason::none;
  }
  degraded_reason why() const { return answer().degraded; }
};

using outcome_ptr = std::shared_ptr<outcome>;

/// The actors of a feed in their slots, without supervisors: a test decides what lives. Two fetchers, two
/// rankers, one handler. "ada" of "acme" is a sports fan who has watched "seen".
struct fixture : actor_fixture {
  std::shared_ptr<flaky_signal_store> signal_store = std::make_shared<flaky_signal_store>(engine.signals);
  std::shared_ptr<fault_boards> faults = std::make_shared<fault_boards>();
  tree_slots_ptr reach = std::make_shared<tree_slots>(*slots, reach_options());
  tenants_actor directory;
  std::vector<signal_fetcher_actor> fetchers;
  std::vector<ranker_actor> rankers;
  breaker_actor signals_breaker;
  breaker_actor ranking_breaker;
  feed_handler_actor handler;

  /// Without a cache, so that every feed asks a fetcher, until `know`.
  static tree_options reach_options() {
    tree_options out;
    out.signal_cache_bytes = 0;
    out.signal_reads_max = 16;
    return out;
  }

  fixture() {
    std::vector<video> videos{make_video("top", 90), make_video("seen", 80),
                              make_video("goal", 60, {"sports"})};
    store_tenant("acme", {}, videos);
    store_tenant("zoo", {}, videos);
    user_signals ada{{"seen"}, {{"sports", 1.0}}, {}, {}, {}};
    CAF_REQUIRE(engine.signals->save("acme", "ada", record_of(ada, wall_now())).has_value());
    tenants_options options;
    options.tenant = {{}, 10, 60s, wall_clock()};
    options.supervision.wall_clock = wall_clock();
    options.tenants_run = port::place::on_pool;
    directory = start_in<tenants_state>(reach->tenants, options, engine, all_boards, slots, reach->cache);
    std::shared_ptr<const fault_boards> read_faults = faults;
    for (auto* n : {"0", "1"}) {
      fetchers.push_back(start_in<signal_fetcher_state>(fetcher_slot(n),
                                                        signal_fetcher_options{24h, wall_clock(), 1u},
                                                        signal_store, reach->cache, read_faults));
      rankers.push_back(start_in<ranker_state>(ranker_slot(n), read_faults, 1u));
    }
    signals_breaker = start_in<breaker_actor_state>(reach->signals_breaker, dependency::signals,
                                                    breaker_options{}, all_boards);
    ranking_breaker = start_in<breaker_actor_state>(reach->ranking_breaker, dependency::ranking,
                                                    breaker_options{}, all_boards);
    handler = start_in<feed_handler_state>(slots->open("handlers/0"), feed_handler_options{5ms, 10ms, 20ms},
                                           all_boards, reach, read_faults);
  }

  /// Puts a user into a cache that the feeds from now on find.
  void know(const std::string& user, user_signals x) {
    reach->cache = std::make_shared<signal_cache>(1 << 20);
    reach->cache->begin("acme", user).keep(std::make_shared<const ranking_signals>(x), wall_now());
  }

  record_ptr fetcher_slot(const std::string& n) { return slots->open("signals/" + n); }
  record_ptr ranker_slot(const std::string& n) { return slots->open("rankers/" + n); }

  feed_request request_of(std::string user = "ada", std::string tenant = "acme") {
    feed_request out;
    out.tenant = std::move(tenant);
    out.user = std::move(user);
    out.now = wall_now();
    out.deadline = now() + 100ms;
    return out;
  }

  /// Sends a request and lets everything happen that takes no time.
  outcome_ptr send(feed_request request) {
    auto out = std::make_shared<outcome>();
    port::tell(handler, feed_atom_v, std::make_shared<const feed_job>(std::move(request), [out](auto answer) {
                 out->calls.push_back(std::move(answer));
               }));
    settle();
    return out;
  }

  outcome_ptr send() { return send(request_of()); }

  /// Sends one request after the other, each when the last is answered.
  std::vector<outcome_ptr> send_many(int times) {
    std::vector<outcome_ptr> out;
    for (int i = 0; i < times; ++i) {
      out.push_back(send());
      pass(1ms, 1ms);
    }
    return out;
  }

  void set_flags(global_flags x) { all_boards->flags.publish(std::make_shared<const global_flags>(x)); }

  void set_rules(tenant_rules x) {
    CAF_REQUIRE(ask<payload<put_outcome>>(
        directory, put_atom_v, std::make_shared<const put_rules>(put_rules{"acme", std::move(x), {}})));
  }

  void go_down(const record_ptr& slot) {
    auto hdl = slot->handle();
    auto door = slot->open_instance(slots->next_epoch());
    slot->mark_down(door, child_state::restarting, "test", wall_now());
    kill(hdl);
  }

  void open_signals_breaker() {
    faults->signals.set("", fault{.error_rate = 1.0});
    send_many(5);
    faults->signals.clear();
    CAF_REQUIRE_EQUAL(signals_view().state, breaker_state::open);
  }

  breaker_view signals_view() { return *all_boards->signals.load(); }
  breaker_view ranking_view(std::string_view tenant = "acme") {
    return *all_boards->find(tenant)->ranking.load();
  }
};

const ids ranked{"goal", "top"};
const ids trending{"top", "seen", "goal"};
const ids trending_unseen{"top", "goal"};

} // namespace

CAF_TEST_FIXTURE_SCOPE(feed_handler_tests, fixture)

// -- personalized or not ------------------------------------------------------------------------------------

CAF_TEST(a feed is ranked for the user) {
  auto x = send();
  CAF_CHECK(x->personalized());
  CAF_CHECK_EQUAL(x->items(), ranked);
  CAF_CHECK(x->answer().depends_on_user);
  CAF_CHECK(x->answer().rules);
  CAF_CHECK_EQUAL(x->answer().stages.signals, 0ns);
  CAF_CHECK_EQUAL(x->answer().stages.ranking, 0ns);
}

CAF_TEST(an unknown user is personalized by popularity and recency) {
  auto x = send(request_of("nobody"));
  CAF_CHECK(x->personalized());
  CAF_CHECK_EQUAL(x->items(), trending);
}

CAF_TEST(a slow stage within its timeout is waited for and its time is told) {
  faults->signals.set("", fault{.delay = 6ms});
  faults->ranking.set("", fault{.delay = 15ms});
  auto x = send();
  pass(20ms, 1ms);
  CAF_CHECK(x->calls.empty());
  pass(1ms, 1ms);
  CAF_CHECK(x->personalized());
  CAF_CHECK_EQUAL(x->answer().stages.signals, 6ms);
  CAF_CHECK_EQUAL(x->answer().stages.ranking, 15ms);
}

CAF_TEST(when personalization is switched off trending is what was asked for and no signals are read) {
  tenant_rules off, rolled_out_to_none;
  off.personalization_enabled = false;
  rolled_out_to_none.rollout_percentage = 0.0;
  auto check = [&] {
    auto x = send();
    CAF_CHECK_EQUAL(x->answer().type, feed_type::trending);
    CAF_CHECK_EQUAL(x->why(), degraded_reason::none);
    CAF_CHECK_EQUAL(x->items(), trending);
    CAF_CHECK(!x->answer().depends_on_user);
    CAF_CHECK(!x->answer().stages.signals);
    CAF_CHECK(!x->answer().stages.ranking);
  };
  for (auto flags : {global_flags{true, true, 100.0, 1}, global_flags{false, false, 100.0, 1},
                     global_flags{true, false, 0.0, 1}}) {
    set_flags(flags);
    check();
  }
  set_flags({});
  for (auto& rules : {off, rolled_out_to_none}) {
    set_rules(rules);
    check();
  }
  CAF_CHECK_EQUAL(signal_store->reads, 0);
}

CAF_TEST(a user who is not in the rollout gets trending that depends on the user) {
  set_flags({true, false, 50.0, 1});
  int personalized = 0, others = 0;
  for (int i = 0; i < 40; ++i) {
    auto x = send(request_of("user" + std::to_string(i)));
    CAF_CHECK_EQUAL(x->why(), degraded_reason::none);
    CAF_CHECK(x->answer().depends_on_user);
    ++(x->personalized() ? personalized : others);
  }
  CAF_CHECK_GREATER(personalized, 5);
  CAF_CHECK_GREATER(others, 5);
  CAF_CHECK_EQUAL(signal_store->reads, personalized);
}

CAF_TEST(an answer knows the split of its users whatever became of it) {
  set_flags({true, false, 40.0, 1});
  for (auto user : {"a", "b", "c", "d", "e", "f"})
    CAF_CHECK(send(request_of(user))->answer().rollout_share == 4'000u);
  signal_store->fail = true;
  set_flags({true, false, 100.0, 2});
  CAF_CHECK(send()->why() == degraded_reason::signals_failed);
  CAF_CHECK(send()->answer().rollout_share == 10'000u);
  set_flags({true, true, 100.0, 3});
  CAF_CHECK(!send()->answer().rollout_share);
}

CAF_TEST(switched off an answer needs no other actor) {
  set_flags({true, true, 100.0, 1});
  for (auto& x : slots->list())
    if (x->path() != "handlers/0" && x->handle())
      go_down(x);
  auto x = send();
  CAF_CHECK_EQUAL(x->why(), degraded_reason::none);
  CAF_CHECK_EQUAL(x->items(), trending);
}

// -- tenants ------------------------------------------------------------------------------------------------

CAF_TEST(an unknown tenant gets no items) {
  auto x = send(request_of("ada", "nobody"));
  CAF_CHECK_EQUAL(x->why(), degraded_reason::unknown_tenant);
  CAF_CHECK_EQUAL(x->items(), ids{});
}

CAF_TEST(when the directory does not answer about a tenant it is unavailable after the cache timeout) {
  reach->tenants->set_hang(true);
  auto x = send(request_of("ada", "nobody"));
  pass(4ms, 1ms);
  CAF_CHECK(x->calls.empty());
  pass(1ms, 1ms);
  CAF_CHECK_EQUAL(x->why(), degraded_reason::tenant_unavailable);
  CAF_CHECK(send()->personalized()); // those on the board need no directory
}

CAF_TEST(without a directory a tenant that is not on the board is unavailable at once) {
  go_down(reach->tenants);
  CAF_CHECK_EQUAL(send(request_of("ada", "nobody"))->why(), degraded_reason::tenant_unavailable);
  CAF_CHECK(send()->personalized());
}

CAF_TEST(a tenant that has not published yet is unavailable) {
  auto map = std::make_shared<tenant_map>(*all_boards->tenants.load());
  map->emplace("new", std::make_shared<tenant_board>());
  all_boards->tenants.publish(map);
  auto x = send(request_of("ada", "new"));
  CAF_CHECK_EQUAL(x->why(), degraded_reason::tenant_unavailable);
  CAF_CHECK_EQUAL(x->items(), ids{});
}

// -- signals ------------------------------------------------------------------------------------------------

CAF_TEST(signals that do not come cost exactly their timeout) {
  faults->signals.set("", fault{.hang = true});
  auto x = send();
  pass(9ms, 1ms);
  CAF_CHECK(x->calls.empty());
  pass(1ms, 1ms);
  CAF_CHECK_EQUAL(x->why(), degraded_reason::signals_timeout);
  CAF_CHECK_EQUAL(x->items(), trending);
  CAF_CHECK_EQUAL(x->answer().stages.signals, 10ms);
  CAF_CHECK(!x->answer().stages.ranking);
  CAF_CHECK_EQUAL(signals_view().consecutive_failures, 1u);
}

CAF_TEST(signals that come late are ignored) {
  faults->signals.set("", fault{.delay = 12ms});
  auto x = send();
  pass(30ms, 1ms);
  CAF_CHECK_EQUAL(x->why(), degraded_reason::signals_timeout);
  CAF_CHECK_EQUAL(x->calls.size(), 1u);
}

CAF_TEST(signals that cannot be read degrade and count) {
  signal_store->fail = true;
  CAF_CHECK_EQUAL(send()->why(), degraded_reason::signals_failed);
  CAF_CHECK_EQUAL(signals_view().consecutive_failures, 1u);
  signal_store->fail = false;
  advance_time(1ms);
  faults->signals.set("", fault{.throws = true});
  CAF_CHECK_EQUAL(send()->why(), degraded_reason::signals_failed);
  CAF_CHECK_EQUAL(signals_view().consecutive_failures, 2u);
  faults->signals.clear();
  advance_time(1ms);
  CAF_CHECK(send()->personalized());
  CAF_CHECK_EQUAL(signals_view().consecutive_failures, 0u);
}

CAF_TEST(without a fetcher signals are unavailable and nobody is blamed) {
  go_down(fetcher_slot("0"));
  CAF_CHECK(send()->personalized());
  go_down(fetcher_slot("1"));
  auto x = send();
  CAF_CHECK_EQUAL(x->why(), degraded_reason::signals_unavailable);
  CAF_CHECK_EQUAL(x->items(), trending);
  CAF_CHECK_EQUAL(signals_view().consecutive_failures, 0u);
}

CAF_TEST(a fetcher that died unnoticed is not blamed either) {
  for (auto& hdl : fetchers)
    kill(hdl);
  CAF_CHECK_EQUAL(send()->why(), degraded_reason::signals_unavailable);
  CAF_CHECK_EQUAL(signals_view().consecutive_failures, 0u);
}

// -- ranking ------------------------------------------------------------------------------------------------

CAF_TEST(a ranking that does not come costs exactly its timeout and hides what was watched) {
  faults->ranking.set("", fault{.hang = true});
  auto x = send();
  pass(19ms, 1ms);
  CAF_CHECK(x->calls.empty());
  pass(1ms, 1ms);
  CAF_CHECK_EQUAL(x->why(), degraded_reason::ranking_timeout);
  CAF_CHECK_EQUAL(x->items(), trending_unseen);
  CAF_CHECK_EQUAL(x->answer().stages.ranking, 20ms);
  CAF_CHECK_EQUAL(ranking_view().consecutive_failures, 1u);
}

CAF_TEST(a ranking that throws fails for its tenant alone and ends no actor) {
  faults->ranking.set("acme", fault{.throws = true});
  for (auto& x : send_many(5))
    CAF_CHECK_EQUAL(x->why(), degraded_reason::ranking_failed);
  CAF_CHECK_EQUAL(ranking_view("acme").state, breaker_state::open);
  CAF_CHECK_EQUAL(send()->why(), degraded_reason::ranking_circuit_open);
  CAF_CHECK(send(request_of("ada", "zoo"))->personalized());
  CAF_CHECK_EQUAL(ranking_view("zoo").consecutive_failures, 0u);
  CAF_CHECK_EQUAL(signals_view().consecutive_failures, 0u);
}

CAF_TEST(without a ranker ranking is unavailable and nobody is blamed) {
  for (auto* n : {"0", "1"})
    go_down(ranker_slot(n));
  auto x = send();
  CAF_CHECK_EQUAL(x->why(), degraded_reason::ranking_unavailable);
  CAF_CHECK_EQUAL(x->items(), trending_unseen);
  CAF_CHECK_EQUAL(ranking_view().consecutive_failures, 0u);
}

// -- workers that wait --------------------------------------------------------------------------------------

CAF_TEST(a worker that does not take up its work is avoided and not counted) {
  fetcher_slot("0")->set_hang(true);
  std::vector<outcome_ptr> seen;
  for (int i = 0; i < 5; ++i) {
    seen.push_back(send());
    pass(10ms, 1ms);
  }
  CAF_CHECK_EQUAL(seen[0]->why(), degraded_reason::signals_timeout);
  for (std::size_t i = 1; i < seen.size(); ++i)
    CAF_CHECK(seen[i]->personalized());
  CAF_CHECK_EQUAL(signals_view().consecutive_failures, 0u);
  CAF_CHECK(fetcher_slot("0")->suspected());
  fetcher_slot("0")->set_hang(false);
  settle();
  CAF_CHECK(!fetcher_slot("0")->suspected());
  auto reads = signal_store->reads;
  CAF_CHECK(send()->personalized());
  CAF_CHECK(send()->personalized());
  CAF_CHECK_EQUAL(signal_store->reads, reads + 2);
}

CAF_TEST(when every worker is a suspect there is nobody to ask) {
  for (auto* n : {"0", "1"})
    ranker_slot(n)->set_hang(true);
  for (int i = 0; i < 2; ++i) {
    auto x = send();
    pass(20ms, 1ms);
    CAF_CHECK_EQUAL(x->why(), degraded_reason::ranking_timeout);
  }
  CAF_CHECK_EQUAL(send()->why(), degraded_reason::ranking_unavailable);
  CAF_CHECK_EQUAL(ranking_view().consecutive_failures, 0u);
}

CAF_TEST(time that was mostly spent in a mailbox is overload and not failure) {
  faults->signals.set("", fault{.hang = true});
  fetcher_slot("0")->set_hang(true);
  auto x = send();
  pass(6ms, 1ms);
  fetcher_slot("0")->set_hang(false);
  pass(4ms, 1ms);
  CAF_CHECK_EQUAL(x->why(), degraded_reason::signals_timeout);
  CAF_CHECK_EQUAL(signals_view().consecutive_failures, 0u);
  CAF_CHECK(!fetcher_slot("0")->suspected());
}

CAF_TEST(work whose time is over is not done) {
  fetcher_slot("0")->set_hang(true);
  send();
  pass(10ms, 1ms);
  fetcher_slot("0")->set_hang(false);
  settle();
  CAF_CHECK_EQUAL(signal_store->reads, 0);
}

// -- breakers -----------------------------------------------------------------------------------------------

CAF_TEST(an open breaker answers at once and asks nobody) {
  open_signals_breaker();
  auto reads = signal_store->reads;
  faults->signals.set("", fault{.hang = true});
  auto x = send();
  CAF_CHECK_EQUAL(x->why(), degraded_reason::signals_circuit_open);
  CAF_CHECK_EQUAL(x->items(), trending);
  CAF_CHECK(!x->answer().stages.signals);
  CAF_CHECK_EQUAL(signal_store->reads, reads);
}

CAF_TEST(an open breaker is nothing to a user who is cached) {
  open_signals_breaker();
  know("ada", {{"seen"}, {}, {}, {}, {}});
  auto reads = signal_store->reads;
  CAF_CHECK(send()->personalized());
  CAF_CHECK_EQUAL(send(request_of("bob"))->why(), degraded_reason::signals_circuit_open);
  CAF_CHECK_EQUAL(signal_store->reads, reads);
  advance_time(30s); // half open: three may try, the others need not
  faults->signals.set("zoo", fault{.delay = 5ms});
  for (int i = 0; i < 3; ++i)
    send(request_of("ada", "zoo"));
  CAF_CHECK(send()->personalized());
  CAF_CHECK_EQUAL(signal_store->reads, reads);
}

CAF_TEST(half open three requests try and the others are answered at once) {
  open_signals_breaker();
  advance_time(30s);
  faults->signals.set("", fault{.delay = 5ms});
  std::vector<outcome_ptr> seen;
  for (int i = 0; i < 5; ++i)
    seen.push_back(send());
  CAF_CHECK_EQUAL(seen[3]->why(), degraded_reason::signals_circuit_open);
  CAF_CHECK_EQUAL(seen[4]->why(), degraded_reason::signals_circuit_open);
  CAF_CHECK(seen[0]->calls.empty());
  pass(5ms, 1ms);
  for (std::size_t i = 0; i < 3; ++i)
    CAF_CHECK(seen[i]->personalized());
  CAF_CHECK_EQUAL(signals_view().state, breaker_state::closed);
}

CAF_TEST(a probe that fails opens the breaker again) {
  open_signals_breaker();
  advance_time(30s);
  signal_store->fail = true;
  CAF_CHECK_EQUAL(send()->why(), degraded_reason::signals_failed);
  CAF_CHECK_EQUAL(signals_view().state, breaker_state::open);
  CAF_CHECK_EQUAL(signals_view().retry_at, now() + 30s);
  CAF_CHECK_EQUAL(send()->why(), degraded_reason::signals_circuit_open);
}

CAF_TEST(half open a breaker that does not answer counts as open) {
  open_signals_breaker();
  advance_time(30s);
  reach->signals_breaker->set_hang(true);
  auto x = send();
  pass(4ms, 1ms);
  CAF_CHECK(x->calls.empty());
  pass(1ms, 1ms);
  CAF_CHECK_EQUAL(x->why(), degraded_reason::signals_circuit_open);
  go_down(reach->signals_breaker);
  CAF_CHECK_EQUAL(send()->why(), degraded_reason::signals_circuit_open);
}

CAF_TEST(closed a breaker that is gone is not missed) {
  go_down(reach->signals_breaker);
  go_down(reach->ranking_breaker);
  CAF_CHECK(send()->personalized());
  signal_store->fail = true;
  CAF_CHECK_EQUAL(send()->why(), degraded_reason::signals_failed);
}

CAF_TEST(failures of calls in flight together count once) {
  faults->signals.set("", fault{.hang = true});
  std::vector<outcome_ptr> seen;
  for (int i = 0; i < 8; ++i)
    seen.push_back(send());
  pass(10ms, 1ms);
  for (auto& x : seen)
    CAF_CHECK_EQUAL(x->why(), degraded_reason::signals_timeout);
  CAF_CHECK_EQUAL(signals_view().consecutive_failures, 1u);
}

// -- the cache ----------------------------------------------------------------------------------------------

CAF_TEST(a user who is cached costs no read and is answered at once) {
  know("ada", {{"seen", "top"}, {}, {}, {}, {}});
  go_down(fetcher_slot("0"));
  go_down(fetcher_slot("1"));
  auto x = send();
  pass(1ms, 1ms);
  CAF_CHECK(x->personalized());
  CAF_CHECK_EQUAL(x->items(), ids{"goal"});
  CAF_CHECK_EQUAL(signal_store->reads, 0);
}

CAF_TEST(it is told when nothing is to be read any more and only then) {
  int told = 0;
  auto ask = [&](const std::string& user) {
    port::tell(
        handler, feed_atom_v,
        std::make_shared<const feed_job>(
            request_of(user), [](auto) {}, std::optional<payload<ranking_signals>>{}, [&] { ++told; }));
    settle();
  };
  faults->ranking.set("", fault{.hang = true});
  ask("ada");
  CAF_CHECK_EQUAL(told, 1); // long before the answer
  know("ada", {});
  ask("ada"); // somebody else has read for it
  CAF_CHECK_EQUAL(told, 2);
  signal_store->fail = true;
  ask("bob");
  pass(30ms, 1ms);
  CAF_CHECK_EQUAL(told, 2);
}

CAF_TEST(signals that come with the feed are taken as they are) {
  auto out = std::make_shared<outcome>();
  auto at_hand = std::make_shared<const ranking_signals>(user_signals{{"top", "goal"}, {}, {}, {}, {}});
  port::tell(handler, feed_atom_v,
             std::make_shared<const feed_job>(
                 request_of(), [out](auto answer) { out->calls.push_back(std::move(answer)); },
                 std::optional<payload<ranking_signals>>{at_hand}));
  settle();
  pass(1ms, 1ms);
  CAF_CHECK(out->personalized());
  CAF_CHECK_EQUAL(out->items(), ids{"seen"});
  CAF_CHECK_EQUAL(signal_store->reads, 0);
}

CAF_TEST(how long reads wait for their fetchers sets how many feeds may read) {
  CAF_CHECK_EQUAL(reach->feed_reads->now(), 2u);
  faults->signals.set("", fault{.delay = 5ms}); // slow by itself, but nobody waits
  auto crowd = [&](std::chrono::milliseconds held) {
    for (int i = 0; i < 40; ++i) {
      for (auto* n : {"0", "1"})
        fetcher_slot(n)->set_hang(held > 0ms);
      for (int feed = 0; feed < 6; ++feed) // so many reads at a time
        send();
      pass(held, 1ms);
      for (auto* n : {"0", "1"})
        fetcher_slot(n)->set_hang(false);
      pass(10ms - held, 1ms);
    }
  };
  crowd(0ms);
  CAF_CHECK_EQUAL(reach->feed_reads->now(), 12u); // twice as many as there ever are
  crowd(4ms);
  CAF_CHECK_LESS(reach->feed_reads->now(), 12u);
  faults->signals.set("", fault{.delay = 1ms});
  crowd(8ms);
  CAF_CHECK_LESS_OR_EQUAL(reach->feed_reads->now(), 5u);
  CAF_CHECK_EQUAL(signals_view().state, breaker_state::closed);
}

CAF_TEST(faults that are injected into signals are met by cached users too) {
  know("ada", {});
  faults->signals.set("", fault{.error_rate = 1.0});
  auto x = send();
  pass(1ms, 1ms);
  CAF_CHECK_EQUAL(x->why(), degraded_reason::signals_failed);
}

CAF_TEST(a probe of the store goes past the cache) {
  know("ada", {});
  faults->signals.set("", fault{.error_rate = 1.0});
  send_many(5);
  faults->signals.clear();
  CAF_CHECK_EQUAL(signals_view().state, breaker_state::open);
  pass(31s, 1s);
  auto reads = signal_store->reads;
  know("ada", {});
  send_many(3);
  CAF_CHECK_EQUAL(signal_store->reads, reads + 3);
  CAF_CHECK_EQUAL(signals_view().state, breaker_state::closed);
}

CAF_TEST(a probe of the store is read however long the last reads took) {
  signal_store->on_read = [this] { sched.clock().current_time += 9ms; };
  send_many(4); // two of each fetcher
  for (int i = 0; i < 5; ++i) {
    auto all_places = reach->signal_reads->enter(16);
    send();
    pass(1ms, 1ms);
  }
  CAF_REQUIRE_EQUAL(signals_view().state, breaker_state::open);
  pass(31s, 1s);
  const auto reads = signal_store->reads;
  for (int i = 0; i < 2; ++i) // the second one has a millisecond left when it is its turn
    port::tell(handler, feed_atom_v, std::make_shared<const feed_job>(request_of(), [](auto) {}));
  settle();
  CAF_CHECK_EQUAL(signal_store->reads, reads + 2);
}

CAF_TEST(a store with too many reads under way counts as slow) {
  for (int i = 0; i < 5; ++i) { // reads that hang, each as long as its worker lives
    auto place = reach->signal_reads->enter(16);
    CAF_REQUIRE(place.has_value());
    auto x = send();
    CAF_CHECK_EQUAL(x->why(), degraded_reason::signals_timeout);
    pass(1ms, 1ms);
  }
  CAF_CHECK_EQUAL(signal_store->reads, 0);
  CAF_CHECK_EQUAL(signals_view().state, breaker_state::open);
  CAF_CHECK_EQUAL(reach->signal_reads->used(), 0u);
}

// -- deadlines and exactly one answer -----------------------------------------------------------------------

CAF_TEST(no stage is waited for past the deadline of the request) {
  faults->signals.set("", fault{.delay = 3ms});
  faults->ranking.set("", fault{.hang = true});
  auto request = request_of();
  request.deadline = now() + 8ms;
  auto x = send(request);
  pass(7ms, 1ms);
  CAF_CHECK(x->calls.empty());
  pass(1ms, 1ms);
  CAF_CHECK_EQUAL(x->why(), degraded_reason::ranking_timeout);
  CAF_CHECK_EQUAL(x->answer().stages.ranking, 5ms);
}

CAF_TEST(a stage whose turn comes after the deadline is not entered) {
  faults->signals.set("", fault{.delay = 3ms});
  auto request = request_of();
  request.deadline = now() + 8ms;
  auto x = send(request);
  pass(2ms, 1ms);
  slots->open("handlers/0")->set_hang(true); // the signals come, but the handler sees them late
  pass(10ms, 1ms);
  slots->open("handlers/0")->set_hang(false);
  settle();
  CAF_CHECK_EQUAL(x->why(), degraded_reason::deadline_exceeded);
  CAF_CHECK(!x->answer().stages.ranking);
}

CAF_TEST(a request that arrives past its deadline is dropped) {
  auto request = request_of();
  request.deadline = now();
  auto x = send(request);
  CAF_REQUIRE_EQUAL(x->calls.size(), 1u);
  CAF_CHECK(!x->calls[0]);
  CAF_CHECK_EQUAL(signal_store->reads, 0);
}

CAF_TEST(a handler that is killed gives every request in its hands back once) {
  faults->signals.set("", fault{.delay = 5ms});
  faults->ranking.set("", fault{.hang = true});
  std::vector<outcome_ptr> seen{send(), send(request_of("nobody"))};
  pass(6ms, 1ms);         // these two wait for their ranking
  seen.push_back(send()); // this one for its signals
  slots->open("handlers/0")->set_hang(true);
  seen.push_back(send()); // and this one in the mailbox
  for (auto& x : seen)
    CAF_CHECK(x->calls.empty());
  kill(handler);
  slots->open("handlers/0")->set_hang(false);
  settle();
  pass(100ms, 1ms);
  for (auto& x : seen) {
    CAF_REQUIRE_EQUAL(x->calls.size(), 1u);
    CAF_CHECK(!x->calls[0]);
  }
  CAF_CHECK_EQUAL(send()->calls.size(), 1u); // sent to the dead one
}

CAF_TEST(a job tells when it was taken up) {
  slots->open("handlers/0")->set_hang(true);
  auto job = std::make_shared<const feed_job>(request_of(), [](auto) {});
  port::tell(handler, feed_atom_v, job);
  settle();
  CAF_CHECK(!job->taken_up.get());
  pass(3ms, 1ms);
  slots->open("handlers/0")->set_hang(false);
  settle();
  CAF_CHECK(job->taken_up.get() == now());
}

CAF_TEST_FIXTURE_SCOPE_END()

// -- the reply slot -----------------------------------------------------------------------------------------

CAF_TEST(a slot is completed by the first answer) {
  int calls = 0;
  {
    reply_slot slot{[&](auto x) { calls += x.has_value() ? 1 : 100; }};
    CAF_CHECK(slot.complete({}));
    CAF_CHECK(!slot.complete({}));
    CAF_CHECK_EQUAL(calls, 1);
  }
  CAF_CHECK_EQUAL(calls, 1);
}

CAF_TEST(a slot that nobody completes is completed by its end with nothing) {
  int calls = 0;
  {
    reply_slot slot{[&](auto x) { calls += x.has_value() ? 100 : 1; }};
  }
  CAF_CHECK_EQUAL(calls, 1);
}

CAF_TEST(of many that complete a slot at once exactly one does) {
  for (int round = 0; round < 200; ++round) {
    std::atomic<int> calls = 0, winners = 0;
    std::atomic<bool> go = false;
    reply_slot slot{[&](auto) { ++calls; }};
    auto race = [&] {
      while (!go)
        std::this_thread::yield();
      winners += slot.complete({}) ? 1 : 0;
    };
    std::thread a{race}, b{race};
    go = true;
    a.join();
    b.join();
    CAF_REQUIRE_EQUAL(calls.load(), 1);
    CAF_REQUIRE_EQUAL(winners.load(), 1);
  }
}
