#pragma once

#include "actors/messages.hpp"
#include "actors/registry.hpp"
#include "domain/restart_policy.hpp"

#include <deque>
#include <functional>
#include <string>
#include <vector>

namespace kinora {

/// What happens to the others when one child is restarted.
enum class restart_strategy : std::uint8_t {
  one_for_one,  ///< Nothing.
  rest_for_one, ///< Those that started after it are stopped, and started again behind it.
};

/// What a supervisor did, for the log and the metrics.
struct supervision_event {
  enum class kind : std::uint8_t { started, restarted, down, quarantined };
  kind what;
  std::string path;
  std::string reason; ///< Why the child ended; empty for starts.
};

struct supervision_options {
  restart_strategy strategy = restart_strategy::one_for_one;
  restart_options restarts;
  std::chrono::milliseconds hang_timeout{3'000};          ///< A child silent for longer is given up.
  std::chrono::milliseconds stop_timeout{1'000};          ///< How long a stop waits for one child.
  std::uint64_t seed = 0;                                 ///< Of the restart jitter.
  std::function<wall_time()> wall_clock;                  ///< For `since`.
  std::function<void(const supervision_event&)> on_event; ///< May be empty; called in the supervisor.

  /// How often children are pinged.
  std::chrono::milliseconds ping_interval() const { return hang_timeout / 6; }
};

/// How to start one child.
struct child_spec {
  std::string name; ///< Last segment of its path.
  std::function<caf::actor(port::start_context)> start;
  std::function<void()> on_restarted; ///< Runs when it is up again; may be empty.
};

/// The supervising part of an actor: starts children in order, restarts those that end, gives up those that
/// fall silent, quarantines those that do not stay up, stops them in reverse. Its actor forwards to it
/// `started`, `retry` and `tick` messages, and owns it; it installs the actor's down and exit handlers. An
/// exit message from anyone makes it stop its children first, and then its actor. Children are monitored, not
/// linked: through a link, the kill of a child would kill its supervisor too.
class supervision {
public:
  /// `prefix` is put before the names of children: "" or "rankers/".
  supervision(caf::scheduled_actor* self, supervision_options options, registry_ptr slots,
              std::string prefix);

  supervision(const supervision&) = delete;
  supervision& operator=(const supervision&) = delete;

  /// Kills the children that are left: they do not outlive a supervisor that crashed or was killed.
  ~supervision();

  /// Appends a child; it starts when those before it are up or in quarantine.
  void add(child_spec spec);

  /// Ends a child for good and calls `done` once it has ended; at once when there is none of that name.
  void remove(const std::string& name, std::function<void()> done);

  bool has(std::string_view name) const;

  /// Calls `observer` in this actor whenever a child has come up or has failed to.
  void observe(std::function<void(const std::string& name, bool up)> observer) {
    observer_ = std::move(observer);
  }

  // -- forwarded messages --

  void on_started(const std::string& name, std::uint64_t instance);
  void on_retry(const std::string& name, std::uint64_t instance);
  void on_tick();

private:
  enum class phase : std::uint8_t { idle, starting, up, waiting, stopping };

  struct child {
    child(child_spec x, record_ptr slot, restart_policy restarts)
        : spec{std::move(x)}, record{std::move(slot)}, policy{std::move(restarts)} {}

    child_spec spec;
    record_ptr record;
    restart_policy policy;
    phase at = phase::idle;
    std::uint64_t instance =
        0; ///< Number of the last start, so that late messages of earlier ones are told apart.
    bool was_up = false;
    caf::actor_addr address;
    port::gate_ptr door; ///< Names the instance to the record.
    steady_time spawned_at;
    std::function<void()> on_removed;
  };

  child* find(std::string_view name);
  child* find(const caf::actor_addr& address);
  void on_down(const caf::down_msg& msg);
  void start(child& x);
  bool blocks_next(const child& x) const;
  void start_next();
  void give_up(child& x);
  void on_child_down(child& x, std::string reason);
  void stop_after(const child& x);
  void ask_to_end(child& x);
  void begin_stop(caf::error reason);
  void stop_next();
  void emit(supervision_event::kind what, const child& x, std::string reason) const;
  steady_time now() const { return self_->clock().now(); }

  caf::scheduled_actor* self_;
  supervision_options options_;
  registry_ptr slots_;
  std::uint64_t epoch_; ///< Of this supervisor among those of its slots.
  std::string prefix_;
  std::deque<child> children_; ///< In order of start; a deque, because callbacks keep references.
  std::function<void(const std::string&, bool)> observer_;
  std::uint64_t starts_ =
      0; ///< Of all children, so that one that is removed and added again is told apart, too.
  steady_time last_tick_;
  bool stopping_ = false;
  caf::error stop_reason_;
};

} // namespace kinora
