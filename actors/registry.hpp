#pragma once

#include "actors/port.hpp"
#include "domain/time.hpp"

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace kinora {

enum class child_state : std::uint8_t { running, restarting, quarantined };

constexpr std::string_view to_string_view(child_state x) noexcept {
  switch (x) {
  case child_state::running: return "running";
  case child_state::restarting: return "restarting";
  case child_state::quarantined: return "quarantined";
  }
  return "unknown";
}

/// What is told of a supervised actor.
struct child_info {
  std::string path; ///< As in the supervision tree, e.g. "rankers/0".
  child_state state = child_state::restarting;
  std::uint64_t restarts = 0; ///< How often it was started again, with success or not.
  std::string last_reason;    ///< Why it ended last; empty when it never did.
  wall_time since;            ///< When it came into `state`.
};

/// The slot of one supervised actor: who runs there now, and what is known of those before. Outlives every
/// instance and the supervisor above, so others hold it instead of a handle that a restart makes stale.
/// Thread-safe.
class child_record {
public:
  explicit child_record(std::string path) { info_.path = std::move(path); }

  const std::string& path() const noexcept { return info_.path; }

  child_info info() const;

  /// The running instance; empty while there is none.
  caf::actor handle() const;

  // -- of its supervisor --

  /// An instance is about to be spawned; nobody reaches it before `mark_running`. The gate returned names it
  /// from now on: what an earlier supervisor still has to say about an earlier instance is ignored.
  /// `epoch`: of the supervisor; throws `std::runtime_error` when a newer one has opened the slot already.
  port::gate_ptr open_instance(std::uint64_t epoch = 0);
  void attach(const port::gate_ptr& door, const caf::actor& instance);
  void mark_running(const port::gate_ptr& door, wall_time now);
  /// The instance ended or was given up: nobody reaches it any more, and if it still runs, or is held, it
  /// ends.
  void mark_down(const port::gate_ptr& door, child_state next, std::string reason, wall_time now);
  /// The supervisor above ended, and with it whatever runs here.
  void mark_orphaned(wall_time now);

  // -- of its callers --

  /// When the instance last handled anything.
  steady_time last_beat() const;

  /// Marks the instance as not answering; cleared when it runs again. Callers keep away from it meanwhile.
  void suspect(steady_time now);
  bool suspected() const;

  // -- faults, with --chaos --

  void set_crash_on_start(bool on) noexcept { crash_on_start_.store(on); }
  bool crash_on_start() const noexcept { return crash_on_start_.load(); }
  /// Holds the running instance, or lets it go; no effect without one.
  void set_hang(bool on);
  /// Whether the running instance is held.
  bool hangs() const;

private:
  void end_instance(child_state next, std::string reason, wall_time now, std::unique_lock<std::mutex> lock);

  mutable std::mutex mutex_; ///< Guards info_, instance_, running_, door_.
  child_info info_;
  caf::actor instance_;
  bool running_ = false;
  std::uint64_t epoch_ = 0; ///< Of the supervisor that opened the slot last.
  bool started_before_ = false;
  port::gate_ptr door_;
  std::atomic<bool> crash_on_start_{false};
  std::atomic<steady_time::rep> suspected_at_{0}; ///< 0: not.
};

using record_ptr = std::shared_ptr<child_record>;

/// All slots by path. Thread-safe; outlives every actor.
class registry {
public:
  /// The slot of `path`, made when it is new.
  record_ptr open(const std::string& path);

  /// nullptr when there is none.
  record_ptr find(std::string_view path) const;

  /// Forgets a slot whose actor is gone for good.
  void close(std::string_view path);

  /// All slots in order of path.
  std::vector<record_ptr> list() const;

  /// A number for a supervisor that starts; higher than those of all before.
  std::uint64_t next_epoch() noexcept { return ++epochs_; }

  /// Marks all slots below `path` as orphaned.
  void orphan_below(const std::string& path, wall_time now);

private:
  mutable std::mutex mutex_;
  std::map<std::string, record_ptr, std::less<>> records_;
  std::atomic<std::uint64_t> epochs_{0};
};

using registry_ptr = std::shared_ptr<registry>;

} // namespace kinora
