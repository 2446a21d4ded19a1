#define CAF_SUITE actors.supervision
#include "tests/support/actor_test.hpp"

#include "actors/supervisor.hpp"

#include <stdexcept>

using namespace kinora;
using namespace std::chrono_literals;

namespace {

/// Outlives the fixture's members, because children write to it while they are stopped.
using journal = std::shared_ptr<std::vector<std::string>>;

using child_actor = port::extend<supervised_actor, caf::result<void>(reset_atom)>;

/// Writes down when it starts and ends; throws when asked to reset.
class child_state_machine {
public:
  static inline const char* name = "test.child";

  child_state_machine(child_actor::pointer, std::string id, journal log)
      : id_{std::move(id)}, log_{std::move(log)} {
    log_->push_back("start " + id_);
  }
  ~child_state_machine() { log_->push_back("stop " + id_); }

  child_actor::behavior_type make_behavior() {
    return {
        [](ping_atom) {},
        [](reset_atom) { throw std::runtime_error{"boom"}; },
    };
  }

private:
  std::string id_;
  journal log_;
};

using removing_actor = port::extend<supervisor_actor, caf::result<void>(erase_atom, std::string)>;

/// A supervisor that can be asked to remove a child.
class removing_state {
public:
  static inline const char* name = "test.removing";

  removing_state(removing_actor::pointer, supervision_options options, registry_ptr slots,
                 std::vector<child_spec> children, journal log);

  removing_actor::behavior_type make_behavior() {
    return {
        [](ping_atom) {},
        [this](started_atom, const std::string& child, std::uint64_t i) {
          supervision_.on_started(child, i);
        },
        [this](retry_atom, const std::string& child, std::uint64_t i) { supervision_.on_retry(child, i); },
        [this](tick_atom) { supervision_.on_tick(); },
        [this](erase_atom, const std::string& child) {
          supervision_.remove(child, [this, child] { log_->push_back("removed " + child); });
        },
    };
  }

private:
  supervision supervision_;
  journal log_;
};

removing_state::removing_state(removing_actor::pointer self, supervision_options options, registry_ptr slots,
                               std::vector<child_spec> children, journal log)
    : supervision_{self, std::move(options), std::move(slots), ""}, log_{std::move(log)} {
  for (auto& x : children)
    supervision_.add(std::move(x));
}

struct fixture : test::actor_fixture {
  journal log = std::make_shared<std::vector<std::string>>();
  journal events = std::make_shared<std::vector<std::string>>();
  journal renewals = std::make_shared<std::vector<std::string>>();

  supervision_options options(restart_strategy strategy = restart_strategy::one_for_one) {
    supervision_options out;
    out.strategy = strategy;
    out.wall_clock = wall_clock();
    out.on_event = [log = events](const supervision_event& x) {
      constexpr const char* names[] = {"started", "restarted", "down", "quarantined"};
      log->push_back(std::string{names[static_cast<int>(x.what)]} + " " + x.path +
                     (x.reason.empty() ? "" : ": " + x.reason));
    };
    return out;
  }

  child_spec child(std::string id) {
    auto start = [this, id](port::start_context context) {
      return caf::actor_cast<caf::actor>(
          port::spawn_supervised<child_state_machine>(sys, std::move(context), id, log));
    };
    return {id, start, [id, log = renewals] { log->push_back(id); }};
  }

  /// A supervisor as the child of another one; its own child is `inner/x`.
  child_spec inner_supervisor() {
    auto start = [this](port::start_context context) {
      return caf::actor_cast<caf::actor>(port::spawn_supervised<supervisor_state>(
          sys, std::move(context), options(), slots, std::string{"inner/"}, std::vector{child("x")}));
    };
    return {"inner", start, {}};
  }

  std::vector<child_spec> children(const std::vector<std::string>& ids) {
    std::vector<child_spec> out;
    for (auto& id : ids)
      out.push_back(child(id));
    return out;
  }

  supervisor_actor supervise(std::vector<child_spec> specs,
                             restart_strategy strategy = restart_strategy::one_for_one) {
    return start<supervisor_state>(options(strategy), slots, std::string{}, std::move(specs));
  }

  child_info info(const std::string& path) {
    auto slot = slots->find(path);
    CAF_REQUIRE(slot);
    return slot->info();
  }

  child_state state(const std::string& path) { return info(path).state; }

  caf::actor at(const std::string& path) { return slots->open(path)->handle(); }

  void crash(const std::string& path) {
    port::tell(caf::actor_cast<child_actor>(at(path)), reset_atom_v);
    settle();
  }

  std::vector<std::string> take(journal& from) { return std::exchange(*from, {}); }
};

using lines = std::vector<std::string>;

} // namespace

CAF_TEST_FIXTURE_SCOPE(supervision_tests, fixture)

// -- start and stop -----------------------------------------------------------------------------------------

CAF_TEST(children start in order and stop in reverse) {
  auto top = supervise(children({"a", "b", "c"}));
  CAF_CHECK_EQUAL(take(log), (lines{"start a", "start b", "start c"}));
  CAF_CHECK_EQUAL(take(events), (lines{"started a", "started b", "started c"}));
  port::send_exit(caf::actor_cast<caf::actor>(top), caf::exit_reason::user_shutdown);
  settle();
  CAF_CHECK_EQUAL(take(log), (lines{"stop c", "stop b", "stop a"}));
  CAF_CHECK_EQUAL(take(events), lines{}); // a stop is no news
  CAF_CHECK(!at("a"));
}

CAF_TEST(a child waits until those before it are up) {
  slots->open("a")->set_crash_on_start(true);
  auto top = supervise(children({"a", "b"}));
  pass(20ms);
  CAF_CHECK_EQUAL(state("b"), child_state::restarting);
  slots->open("a")->set_crash_on_start(false);
  pass(60ms);
  CAF_CHECK_EQUAL(take(log), (lines{"start a", "start b"}));
  CAF_CHECK_EQUAL(state("b"), child_state::running);
}

CAF_TEST(a child does not wait for one in quarantine) {
  slots->open("a")->set_crash_on_start(true);
  auto top = supervise(children({"a", "b"}));
  pass(3s);
  CAF_CHECK_EQUAL(state("a"), child_state::quarantined);
  CAF_CHECK_EQUAL(state("b"), child_state::running);
}

CAF_TEST(a stop with a hung child takes the stop timeout and then goes on) {
  auto top = supervise(children({"a", "b"}));
  slots->open("b")->set_hang(true);
  take(log);
  self->monitor(top);
  port::send_exit(caf::actor_cast<caf::actor>(top), caf::exit_reason::user_shutdown);
  pass(990ms);
  CAF_CHECK_EQUAL(take(log), lines{});
  pass(20ms);
  CAF_CHECK_EQUAL(take(log), (lines{"stop b", "stop a"})); // b was let go, to its end
  CAF_CHECK(answered());
}

// -- restarts -----------------------------------------------------------------------------------------------

CAF_TEST(with one for one only the child that ended is started again) {
  auto top = supervise(children({"a", "b", "c"}));
  take(log);
  take(events);
  auto before = at("b");
  kill(before);
  CAF_CHECK_EQUAL(take(log), (lines{"stop b", "start b"}));
  CAF_CHECK_EQUAL(take(events), (lines{"down b: killed", "restarted b"}));
  CAF_CHECK_EQUAL(info("b").restarts, 1u);
  CAF_CHECK_EQUAL(info("b").last_reason, "killed");
  CAF_CHECK_EQUAL(info("a").restarts, 0u);
  CAF_CHECK_NOT_EQUAL(at("b"), before);
  CAF_CHECK_EQUAL(*renewals, lines{"b"});
}

CAF_TEST(with rest for one those behind it are stopped and started again behind it) {
  auto top = supervise(children({"a", "b", "c", "d"}), restart_strategy::rest_for_one);
  take(log);
  kill(at("b"));
  auto seen = take(log);
  CAF_CHECK_EQUAL(std::count(seen.begin(), seen.end(), "start a"), 0);
  lines starts;
  std::copy_if(seen.begin(), seen.end(), std::back_inserter(starts),
               [](auto& x) { return x.starts_with("start"); });
  CAF_CHECK_EQUAL(starts, (lines{"start b", "start c", "start d"}));
  CAF_CHECK_EQUAL(info("c").restarts, 1u);
  CAF_CHECK_EQUAL(info("c").last_reason, "b was restarted");
  CAF_CHECK_EQUAL(state("d"), child_state::running);
  CAF_CHECK_EQUAL(info("a").restarts, 0u);
}

CAF_TEST(with rest for one those behind a child wait for its delay) {
  auto top = supervise(children({"a", "b", "c"}), restart_strategy::rest_for_one);
  kill(at("b"));
  kill(at("b"));
  CAF_CHECK_EQUAL(state("c"), child_state::restarting);
  kill(at("a")); // somebody else's restart does not bring c back early
  CAF_CHECK_EQUAL(state("a"), child_state::running);
  CAF_CHECK_EQUAL(state("b"), child_state::restarting);
  CAF_CHECK_EQUAL(state("c"), child_state::restarting);
  pass(60ms);
  CAF_CHECK_EQUAL(state("b"), child_state::running);
  CAF_CHECK_EQUAL(state("c"), child_state::running);
}

CAF_TEST(with rest for one a probe that fails in quarantine leaves the others alone) {
  auto top = supervise(children({"a", "b"}), restart_strategy::rest_for_one);
  slots->open("a")->set_crash_on_start(true);
  kill(at("a"));
  pass(3s);
  CAF_CHECK_EQUAL(state("a"), child_state::quarantined);
  CAF_CHECK_EQUAL(state("b"), child_state::running);
  auto restarts = info("b").restarts;
  pass(10s);
  CAF_CHECK_EQUAL(state("a"), child_state::quarantined);
  CAF_CHECK_EQUAL(info("b").restarts, restarts);
}

CAF_TEST(the first restart is immediate and the next ones back off) {
  auto top = supervise(children({"a"}));
  kill(at("a"));
  CAF_CHECK_EQUAL(state("a"), child_state::running);
  kill(at("a"));
  CAF_CHECK_EQUAL(state("a"), child_state::restarting);
  pass(39ms, 1ms);
  CAF_CHECK_EQUAL(state("a"), child_state::restarting);
  pass(22ms, 1ms);
  CAF_CHECK_EQUAL(state("a"), child_state::running);
  kill(at("a"));
  pass(79ms, 1ms);
  CAF_CHECK_EQUAL(state("a"), child_state::restarting);
  pass(42ms, 1ms);
  CAF_CHECK_EQUAL(state("a"), child_state::running);
  CAF_CHECK_EQUAL(info("a").restarts, 3u);
}

CAF_TEST(past the intensity a child is in quarantine until a probe finds it well) {
  auto top = supervise(children({"a", "b"}));
  for (int i = 0; i < 5; ++i) {
    kill(at("a"));
    pass(1s);
    CAF_CHECK_EQUAL(state("a"), child_state::running);
  }
  take(events);
  kill(at("a"));
  CAF_CHECK_EQUAL(state("a"), child_state::quarantined);
  CAF_CHECK_EQUAL(take(events), (lines{"down a: killed", "quarantined a: killed"}));
  CAF_CHECK(!at("a"));
  pass(1'990ms);
  CAF_CHECK_EQUAL(state("a"), child_state::quarantined);
  pass(20ms);
  CAF_CHECK_EQUAL(state("a"), child_state::running);
  CAF_CHECK_EQUAL(take(events), lines{"restarted a"});
  CAF_CHECK_EQUAL(info("b").restarts, 0u);
}

CAF_TEST(a child that cannot start is quarantined and heals without anybody else restarting) {
  auto top = supervise(children({"a", "b"}));
  slots->open("a")->set_crash_on_start(true);
  kill(at("a"));
  pass(5s);
  CAF_CHECK_EQUAL(state("a"), child_state::quarantined);
  CAF_CHECK_EQUAL(info("a").last_reason, "actor_crashed: injected fault: crash_on_start");
  auto attempts = info("a").restarts;
  CAF_CHECK_GREATER_OR_EQUAL(attempts, 5u); // it never ran again, but was started
  CAF_CHECK_EQUAL(
      std::count_if(events->begin(), events->end(), [](auto& x) { return x.starts_with("quarantined"); }), 1);
  slots->open("a")->set_crash_on_start(false);
  pass(2'100ms);
  CAF_CHECK_EQUAL(state("a"), child_state::running);
  CAF_CHECK(info("a").restarts > attempts);
  CAF_CHECK_EQUAL(info("b").restarts, 0u);
}

CAF_TEST(an exception in a handler is why the child ended) {
  auto top = supervise(children({"a"}));
  crash("a");
  CAF_CHECK_EQUAL(info("a").last_reason, "actor_crashed: boom");
  CAF_CHECK_EQUAL(info("a").restarts, 1u);
}

// -- hangs --------------------------------------------------------------------------------------------------

CAF_TEST(a child that falls silent is replaced) {
  auto top = supervise(children({"a", "b"}));
  auto silent = at("a");
  slots->open("a")->set_hang(true);
  pass(2'900ms);
  CAF_CHECK_EQUAL(at("a"), silent);
  pass(700ms);
  CAF_CHECK_NOT_EQUAL(at("a"), silent);
  CAF_CHECK_EQUAL(state("a"), child_state::running);
  CAF_CHECK_EQUAL(info("a").last_reason, "actor_hung");
  CAF_CHECK_EQUAL(info("a").restarts, 1u);
  CAF_CHECK_EQUAL(info("b").restarts, 0u);
  pass(10s);
  CAF_CHECK_EQUAL(info("a").restarts, 1u);
}

CAF_TEST(nothing that the replaced one was sent is handled any more) {
  auto top = supervise(children({"a"}));
  auto silent = caf::actor_cast<child_actor>(at("a"));
  slots->open("a")->set_hang(true);
  port::tell(silent, reset_atom_v);
  pass(4s);
  CAF_CHECK_EQUAL(info("a").restarts, 1u);
  CAF_CHECK_EQUAL(std::count(log->begin(), log->end(), "stop a"), 1);
  take(log);
  port::tell(silent, reset_atom_v);
  settle();
  CAF_CHECK_EQUAL(take(log), lines{});
  CAF_CHECK_EQUAL(info("a").restarts, 1u);
}

CAF_TEST(late words about earlier instances change nothing) {
  auto top = supervise(children({"a"}));
  kill(at("a"));
  kill(at("a"));
  CAF_REQUIRE_EQUAL(state("a"), child_state::restarting);
  for (std::uint64_t earlier : {1, 2}) {
    port::tell(top, started_atom_v, std::string{"a"}, earlier);
    settle();
  }
  CAF_CHECK_EQUAL(state("a"), child_state::restarting);
  port::tell(top, retry_atom_v, std::string{"a"}, std::uint64_t{1});
  port::tell(top, retry_atom_v, std::string{"nobody"}, std::uint64_t{1});
  settle();
  CAF_CHECK_EQUAL(state("a"), child_state::restarting);
  pass(60ms);
  CAF_CHECK_EQUAL(state("a"), child_state::running);
}

CAF_TEST(a late tick of the supervisor blames nobody) {
  auto top = supervise(children({"a", "b"}));
  advance_time(20s); // as if nothing at all had run
  settle();
  pass(2s);
  CAF_CHECK_EQUAL(info("a").restarts, 0u);
  CAF_CHECK_EQUAL(info("b").restarts, 0u);
}

CAF_TEST(a child that dies while it is given up does not end its supervisor) {
  auto top = supervise(children({"a", "b"}));
  auto silent = at("a");
  slots->open("a")->set_hang(true);
  pass(2'990ms);
  advance_time(520ms);
  slots->open("a")->set_hang(false);
  port::send_exit(silent, caf::exit_reason::kill);
  settle();
  pass(1s);
  CAF_CHECK_EQUAL(state("a"), child_state::running);
  CAF_CHECK_EQUAL(info("b").restarts, 0u);
}

// -- supervisors of supervisors -----------------------------------------------------------------------------

CAF_TEST(killing a child leaves its supervisor alone) {
  auto root = supervise({inner_supervisor()});
  kill(at("inner/x"));
  CAF_CHECK_EQUAL(info("inner/x").restarts, 1u);
  CAF_CHECK_EQUAL(info("inner").restarts, 0u);
}

CAF_TEST(killing a supervisor takes its children down and both come back) {
  auto root = supervise({inner_supervisor(), child("other")});
  CAF_REQUIRE_EQUAL(state("inner/x"), child_state::running);
  take(log);
  kill(at("inner"));
  CAF_CHECK_EQUAL(std::count(log->begin(), log->end(), "stop x"), 1);
  CAF_CHECK_EQUAL(std::count(log->begin(), log->end(), "start x"), 1);
  CAF_CHECK_EQUAL(state("inner"), child_state::running);
  CAF_CHECK_EQUAL(state("inner/x"), child_state::running);
  CAF_CHECK_EQUAL(info("inner").restarts, 1u);
  CAF_CHECK_EQUAL(info("inner/x").restarts, 1u);
  CAF_CHECK_EQUAL(info("inner/x").last_reason, "its supervisor ended");
  CAF_CHECK_EQUAL(info("other").restarts, 0u);
  pass(10s);
  CAF_CHECK_EQUAL(info("inner/x").restarts, 1u);
}

CAF_TEST(children do not outlive a supervisor that nobody watches) {
  auto root = supervise({child("a"), inner_supervisor()});
  take(log);
  kill(root);
  auto seen = take(log);
  std::sort(seen.begin(), seen.end());
  CAF_CHECK_EQUAL(seen, (lines{"stop a", "stop x"}));
}

CAF_TEST(counters survive the restart of the supervisor above) {
  auto root = supervise({inner_supervisor()});
  kill(at("inner/x"));
  kill(at("inner"));
  kill(at("inner/x"));
  CAF_CHECK_EQUAL(info("inner/x").restarts, 3u);
}

CAF_TEST(a hung supervisor is replaced together with its children) {
  auto root = supervise({inner_supervisor()});
  slots->open("inner")->set_hang(true);
  pass(4s);
  CAF_CHECK_EQUAL(info("inner").last_reason, "actor_hung");
  CAF_CHECK_EQUAL(state("inner"), child_state::running);
  CAF_CHECK_EQUAL(state("inner/x"), child_state::running);
  CAF_CHECK_EQUAL(std::count(log->begin(), log->end(), "stop x"), 1);
  CAF_CHECK_EQUAL(std::count(log->begin(), log->end(), "start x"), 2);
}

CAF_TEST(a stop from above stops the children of the supervisor below) {
  auto root = supervise({child("a"), inner_supervisor()});
  take(log);
  port::send_exit(caf::actor_cast<caf::actor>(root), caf::exit_reason::user_shutdown);
  settle();
  CAF_CHECK_EQUAL(take(log), (lines{"stop x", "stop a"}));
}

// -- removal ------------------------------------------------------------------------------------------------

CAF_TEST(a child that is removed ends for good and its slot is closed) {
  auto top = start<removing_state>(options(), slots, children({"a", "b"}), log);
  take(log);
  CAF_CHECK(ask<void>(top, erase_atom_v, std::string{"a"}));
  CAF_CHECK_EQUAL(take(log), (lines{"stop a", "removed a"}));
  CAF_CHECK(!slots->find("a"));
  pass(10s);
  CAF_CHECK_EQUAL(std::count(log->begin(), log->end(), "start a"), 0);
  CAF_CHECK_EQUAL(info("b").restarts, 0u);
}

CAF_TEST(removing one that is not there is done at once) {
  auto top = start<removing_state>(options(), slots, children({"a"}), log);
  take(log);
  CAF_CHECK(ask<void>(top, erase_atom_v, std::string{"nobody"}));
  CAF_CHECK_EQUAL(take(log), lines{"removed nobody"});
}

CAF_TEST(a hung child is removed when its stop timeout is over) {
  auto top = start<removing_state>(options(), slots, children({"a"}), log);
  slots->open("a")->set_hang(true);
  take(log);
  CAF_CHECK(ask<void>(top, erase_atom_v, std::string{"a"}));
  pass(990ms);
  CAF_CHECK_EQUAL(take(log), lines{});
  pass(20ms);
  CAF_CHECK_EQUAL(take(log), (lines{"removed a", "stop a"}));
}

CAF_TEST(those behind a child that never came up start when it is removed) {
  slots->open("a")->set_crash_on_start(true);
  auto top = start<removing_state>(options(), slots, children({"a", "b"}), log);
  CAF_REQUIRE_EQUAL(state("b"), child_state::restarting);
  CAF_CHECK(ask<void>(top, erase_atom_v, std::string{"a"}));
  CAF_CHECK_EQUAL(state("b"), child_state::running);
  CAF_CHECK(!slots->find("a"));
}

CAF_TEST_FIXTURE_SCOPE_END()

// -- words --------------------------------------------------------------------------------------------------

CAF_TEST(exit reasons are told in words) {
  CAF_CHECK_EQUAL(to_text({}), "ended");
  CAF_CHECK_EQUAL(to_text(caf::exit_reason::kill), "killed");
  CAF_CHECK_EQUAL(to_text(caf::exit_reason::user_shutdown), "user_shutdown");
  CAF_CHECK_EQUAL(to_text(caf::sec::request_timeout), "request_timeout");
  CAF_CHECK_EQUAL(to_text(caf::make_error(errc::actor_crashed, std::string{"boom"})), "actor_crashed: boom");
  CAF_CHECK_EQUAL(to_text(caf::make_error(errc::actor_hung)), "actor_hung");
  CAF_CHECK_EQUAL(to_text(caf::make_error(errc::actor_crashed, std::string(1000, 'x'))).size(), 215u);
}

CAF_TEST(errors of others mean a timeout or that nobody is there) {
  CAF_CHECK_EQUAL(to_errc(caf::sec::request_timeout), errc::timeout);
  CAF_CHECK_EQUAL(to_errc(caf::sec::request_receiver_down), errc::unavailable);
  CAF_CHECK_EQUAL(to_errc(caf::exit_reason::kill), errc::unavailable);
  CAF_CHECK_EQUAL(to_errc(caf::make_error(errc::storage_full)), errc::storage_full);
  CAF_CHECK_EQUAL(detail_of(caf::make_error(errc::storage_full, std::string{"no room"})), "no room");
  CAF_CHECK_EQUAL(detail_of(caf::make_error(errc::storage_full)), "");
}
