// Deterministic actor tests: one thread, a clock that only moves when told to.
#pragma once

#include "actors/boards.hpp"
#include "actors/interfaces.hpp"
#include "actors/registry.hpp"
#include "domain/revision.hpp"
#include "storage/memory/memory_stores.hpp"
#include "tests/support/random_world.hpp"
#include "tests/support/unit_test.hpp"

#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace kinora::test {

struct actor_config : caf::actor_system_config {
  actor_config() { add_message_types<caf::id_block::kinora>(); }
};

/// What a failed request says; none for a success.
template <class T>
errc code_of(const caf::expected<T>& x) {
  return x ? errc::none : to_errc(x.error());
}

/// An actor system under the test coordinator, with what every actor is given. Actors that supervise or keep
/// a time of their own tick for ever, so tests call `settle` and `pass`, never `run`.
struct actor_fixture : test_coordinator_fixture<actor_config> {
  /// Stops every actor: as long as one ticks, there is always something left to run.
  ~actor_fixture() override {
    for (auto& hdl : started_)
      caf::anon_send_exit(hdl, caf::exit_reason::user_shutdown);
    for (auto& [door, hdl] : doors_)
      door->open(hdl);
    run();
  }

  // -- time
  // ---------------------------------------------------------------------------------------------------

  steady_time now() { return sched.clock().now(); }

  /// The wall clock goes with the virtual one.
  wall_time wall_now() {
    return noon + std::chrono::duration_cast<std::chrono::milliseconds>(now() - began_);
  }

  std::function<wall_time()> wall_clock() {
    return [this] { return wall_now(); };
  }

  /// Lets all messages be handled.
  void settle() { consume_messages(); }

  /// Moves the clock in small steps, so that ticks come when they are due, and lets all messages be handled.
  void pass(std::chrono::milliseconds span, std::chrono::milliseconds step = std::chrono::milliseconds{10}) {
    for (settle(); span.count() > 0; span -= step) {
      advance_time(std::min(span, step));
      settle();
    }
  }

  // -- actors
  // -------------------------------------------------------------------------------------------------

  template <class State, class... Args>
  auto start(Args&&... args) {
    auto hdl = port::spawn<State>(sys, std::forward<Args>(args)...);
    track(caf::actor_cast<caf::actor>(hdl));
    settle();
    return hdl;
  }

  /// Starts an actor in a slot, as its supervisor would.
  template <class State, class... Args>
  auto start_in(const record_ptr& slot, Args&&... args) {
    auto door = slot->open_instance();
    auto hdl = port::spawn_supervised<State>(sys, {door, {}, {}}, std::forward<Args>(args)...);
    auto instance = caf::actor_cast<caf::actor>(hdl);
    slot->attach(door, instance);
    slot->mark_running(door, wall_now());
    doors_.emplace_back(door, instance);
    track(instance);
    settle();
    return hdl;
  }

  /// Has an actor stopped at the end of the test.
  void track(caf::actor hdl) { started_.push_back(std::move(hdl)); }

  /// Ends an actor behind its supervisor's back.
  template <class Handle>
  void kill(const Handle& hdl) {
    port::send_exit(caf::actor_cast<caf::actor>(hdl), caf::exit_reason::kill);
    settle();
  }

  /// Grants access to the state of `hdl`.
  template <class State, class Handle>
  State& state_of(const Handle& hdl) {
    return *deref<port::actor_impl<State>>(hdl).state.impl;
  }

  // -- requests
  // -----------------------------------------------------------------------------------------------

  /// Asks, lets all messages be handled, and takes the answer; fails the test when there is none.
  template <class T, class Handle, class... Ts>
  caf::expected<T> ask(const Handle& hdl, Ts&&... xs) {
    auto pending = self->request(hdl, caf::infinite, std::forward<Ts>(xs)...);
    settle();
    return answer_to<T>(pending);
  }

  /// The answer to a request sent before.
  template <class T, class Pending>
  caf::expected<T> answer_to(Pending& pending) {
    if (!answered())
      CAF_FAIL("there is no answer");
    caf::expected<T> out{caf::make_error(errc::timeout)};
    auto on_error = [&](caf::error& why) { out = std::move(why); };
    if constexpr (std::is_void_v<T>)
      pending.receive([&] { out = caf::unit; }, on_error);
    else
      pending.receive([&](const T& x) { out = x; }, on_error);
    return out;
  }

  /// Whether anything has come for whoever asks.
  bool answered() { return self->peek_at_next_mailbox_element() != nullptr; }

  // -- what actors are given
  // ----------------------------------------------------------------------------------

  /// Stores a tenant as if it had been made earlier.
  void store_tenant(const std::string& id, tenant_rules rules = {}, const std::vector<video>& videos = {}) {
    CAF_REQUIRE(engine.tenants->save(id, {std::move(rules), next_revision(0, wall_now())}).has_value());
    std::vector<video_ptr> shared;
    for (auto& x : videos)
      shared.push_back(share(x));
    CAF_REQUIRE(engine.videos->upsert(id, shared).has_value());
  }

  stores engine = make_memory_stores({100, 1'000});
  boards_ptr all_boards = std::make_shared<boards>();
  registry_ptr slots = std::make_shared<registry>();

private:
  steady_time began_ = sched.clock().now();
  std::vector<caf::actor> started_;
  std::vector<std::pair<port::gate_ptr, caf::actor>> doors_;
};

/// The ids of a snapshot's trending list, best first.
inline std::vector<std::string> trending_ids(const tenant_snapshot_ptr& x) {
  std::vector<std::string> out;
  for (auto& entry : x->trending->entries)
    out.push_back(entry.video()->id);
  return out;
}

} // namespace kinora::test
