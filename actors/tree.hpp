#pragma once

#include "actors/audit_notes.hpp"
#include "actors/backup_desk.hpp"
#include "actors/boards.hpp"
#include "actors/faults.hpp"
#include "actors/options.hpp"
#include "actors/registry.hpp"
#include "actors/slots.hpp"
#include "actors/supervision.hpp"
#include "domain/catalogue.hpp"
#include "storage/stores.hpp"

#include <functional>
#include <memory>

namespace kinora {

/// What the tree tells the process around it. Called in actors; must not block.
struct tree_hooks {
  std::function<wall_time()> wall_clock;
  std::function<void(const supervision_event&)> on_event;
  /// The stored flags win over the settings' initial ones, and differ.
  std::function<void(const global_flags& stored, const global_flags& initial)> on_flags_difference;
  describers describe{};
  /// A backup has ended; on a thread of its own.
  std::function<void(const backup_status&)> on_backup = {};
  item_writer write_item = {}; ///< For catalogues; called by tenants.
};

/// The whole supervision tree with its actor system, from start to stop:
///
/// kinora (root) → flags, access, audit, tenants (→ tenants/{id}), stats, signals (→ signals/{n}),
/// rankers (→ rankers/{n}), breakers (→ breakers/signals, breakers/ranking), ingest (→ ingest/{n}),
/// handlers (→ handlers/{n})
class supervision_tree {
public:
  supervision_tree(tree_options options, stores from, tree_hooks hooks);

  /// Stops, if that was not done yet.
  ~supervision_tree();

  /// Waits until every actor has come up once (or is in quarantine), at most `timeout`; false when it passed.
  bool wait_until_up(std::chrono::milliseconds timeout) const;

  /// Stops all actors in reverse order of their start; false when some did not end within `timeout`.
  bool stop(std::chrono::milliseconds timeout);

  const boards_ptr& boards() const noexcept { return boards_; }
  const registry_ptr& slots() const noexcept { return registry_; }
  const tree_slots_ptr& reach() const noexcept { return slots_; }
  const std::shared_ptr<fault_boards>& faults() const noexcept { return faults_; }
  const std::shared_ptr<const store_health>& health() const noexcept { return stores_.health; }
  backup_desk& backups() noexcept { return backups_; }
  caf::actor_system& system() noexcept { return *system_; }

  /// When the root last ran; asks it to run again. A root that stays silent means that the pool makes no
  /// progress, which cannot be healed from inside.
  steady_time last_progress();

private:
  struct config;

  std::vector<child_spec> root_children();
  child_spec supervisor_spec(std::string name, std::vector<child_spec> children);
  std::vector<child_spec> workers(std::size_t count,
                                  std::function<caf::actor(port::start_context, std::size_t)> start,
                                  std::function<void()> on_restarted);
  std::vector<child_spec> breaker_children();
  supervision_options supervision() const;

  tree_options options_;
  stores stores_;
  tree_hooks hooks_;
  backup_desk backups_;
  boards_ptr boards_;
  registry_ptr registry_;
  tree_slots_ptr slots_;
  std::shared_ptr<fault_boards> faults_;
  std::unique_ptr<config> config_;
  std::unique_ptr<caf::actor_system> system_;
  record_ptr root_;
};

} // namespace kinora
