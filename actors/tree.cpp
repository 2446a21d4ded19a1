#include "actors/tree.hpp"

#include "actors/access.hpp"
#include "actors/audit.hpp"
#include "actors/breaker.hpp"
#include "actors/feed_handler.hpp"
#include "actors/flags.hpp"
#include "actors/ingester.hpp"
#include "actors/ranker.hpp"
#include "actors/signal_fetcher.hpp"
#include "actors/stats_reader.hpp"
#include "actors/supervisor.hpp"
#include "actors/tenants.hpp"

#include <caf/scoped_actor.hpp>

#include <algorithm>
#include <thread>

namespace kinora {

namespace {

/// Messages an actor handles before others get their turn, and before it is seen to be alive again.
constexpr std::size_t messages_per_turn = 10;

template <class State, class... Args>
caf::actor start(caf::actor_system& system, port::start_context context, Args&&... args) {
  return port::start<State>(system, port::place::on_pool, std::move(context), std::forward<Args>(args)...);
}

/// For those that wait for the store.
template <class State, class... Args>
caf::actor start_blocking(caf::actor_system& system, port::start_context context, Args&&... args) {
  return port::start<State>(system, port::place::on_own_thread, std::move(context),
                            std::forward<Args>(args)...);
}

} // namespace

struct supervision_tree::config : caf::actor_system_config {
  explicit config(const tree_options& options) {
    add_message_types<caf::id_block::kinora>();
    set("scheduler.policy",
        caf::atom("sharing")); // wake-ups from idle are ten times faster than with stealing
    set("scheduler.max-threads", options.pool_threads);
    set("scheduler.max-throughput", messages_per_turn);
  }
};

supervision_tree::supervision_tree(tree_options options, stores from, tree_hooks hooks)
    : options_{options},
      stores_{std::move(from)},
      hooks_{std::move(hooks)},
      backups_{{options_.backup_folder, options_.backups_kept, hooks_.wall_clock, hooks_.on_backup},
               stores_.backups},
      boards_{std::make_shared<kinora::boards>()},
      registry_{std::make_shared<registry>()},
      slots_{std::make_shared<tree_slots>(*registry_, options_)},
      faults_{std::make_shared<fault_boards>()},
      config_{std::make_unique<config>(options_)},
      system_{std::make_unique<caf::actor_system>(*config_)},
      root_{std::make_shared<child_record>("")} {
  // What holds until FLAGS is up, and when it never comes up.
  auto initial = options_.initial_flags;
  initial.kill_switch_active = initial.kill_switch_active || options_.kill_switch_forced;
  boards_->flags.publish(std::make_shared<const global_flags>(initial));
  port::start_context context;
  context.door = root_->open_instance();
  context.door->beat(std::chrono::steady_clock::now());
  auto root =
      start<supervisor_state>(*system_, context, supervision(), registry_, std::string{}, root_children());
  root_->attach(context.door, root);
  root_->mark_running(context.door, hooks_.wall_clock());
}

supervision_tree::~supervision_tree() {
  stop(std::chrono::seconds{5});
}

bool supervision_tree::wait_until_up(std::chrono::milliseconds timeout) const {
  auto until = std::chrono::steady_clock::now() + timeout;
  auto up = [this] {
    auto all = registry_->list();
    return std::none_of(all.begin(), all.end(),
                        [](auto& x) { return x->info().state == child_state::restarting; });
  };
  while (!up()) {
    if (std::chrono::steady_clock::now() >= until)
      return false;
    std::this_thread::sleep_for(std::chrono::milliseconds{1});
  }
  return true;
}

bool supervision_tree::stop(std::chrono::milliseconds timeout) {
  backups_.close();
  auto root = root_->handle();
  if (!root)
    return true;
  bool ended = false;
  {
    caf::scoped_actor self{*system_};
    self->monitor(root);
    port::send_exit(root, caf::exit_reason::user_shutdown);
    self->receive([&](const caf::down_msg&) { ended = true; }, caf::after(timeout) >> [] {});
  }
  root = nullptr;
  root_ = std::make_shared<child_record>("");
  return ended;
}

steady_time supervision_tree::last_progress() {
  port::tell_urgently(root_->handle(), ping_atom_v);
  return root_->last_beat();
}

// -- what the tree is made of -------------------------------------------------------------------------------

supervision_options supervision_tree::supervision() const {
  supervision_options out;
  out.restarts = options_.restarts;
  out.hang_timeout = options_.hang_timeout;
  out.stop_timeout =
      std::chrono::milliseconds{500}; // one that hangs still lets the process end within a second
  out.seed = options_.seed;
  out.wall_clock = hooks_.wall_clock;
  out.on_event = hooks_.on_event;
  return out;
}

child_spec supervision_tree::supervisor_spec(std::string name, std::vector<child_spec> children) {
  auto prefix = name + "/";
  return {std::move(name),
          [this, prefix, children](port::start_context context) {
            return start<supervisor_state>(*system_, std::move(context), supervision(), registry_, prefix,
                                           children);
          },
          {}};
}

std::vector<child_spec>
supervision_tree::workers(std::size_t count,
                          std::function<caf::actor(port::start_context, std::size_t)> start_one,
                          std::function<void()> on_restarted) {
  std::vector<child_spec> out;
  for (std::size_t i = 0; i < count; ++i)
    out.push_back({std::to_string(i),
                   [start_one, i](port::start_context context) { return start_one(std::move(context), i); },
                   on_restarted});
  return out;
}

std::vector<child_spec> supervision_tree::breaker_children() {
  auto make = [this](std::string name, dependency guarded) -> child_spec {
    return {std::move(name),
            [this, guarded](port::start_context context) {
              return start<breaker_actor_state>(*system_, std::move(context), guarded, options_.breaker,
                                                boards_);
            },
            {}};
  };
  return {make("signals", dependency::signals), make("ranking", dependency::ranking)};
}

std::vector<child_spec> supervision_tree::root_children() {
  child_spec flags{"flags",
                   [this](port::start_context context) {
                     flags_options x{options_.initial_flags, options_.kill_switch_forced, hooks_.wall_clock,
                                     hooks_.on_flags_difference, hooks_.describe};
                     return start_blocking<flags_state>(*system_, std::move(context), x, stores_.flags,
                                                        boards_);
                   },
                   {}};
  child_spec access{"access",
                    [this](port::start_context context) {
                      return start_blocking<access_state>(*system_, std::move(context),
                                                          access_options{hooks_.wall_clock}, stores_.access,
                                                          boards_);
                    },
                    {}};
  child_spec audit{"audit",
                   [this](port::start_context context) {
                     return start_blocking<audit_state>(*system_, std::move(context), stores_.audit);
                   },
                   {}};
  child_spec tenants{"tenants",
                     [this, turns = std::make_shared<turnstile>()](port::start_context context) {
                       tenants_options x;
                       x.tenants_max = options_.tenants_max;
                       x.tenant = {{},    options_.videos_max, options_.trending_ttl,   hooks_.wall_clock,
                                   turns, hooks_.describe,     slots_->ranking_breaker, hooks_.write_item};
                       x.supervision = supervision();
                       return start_blocking<tenants_state>(*system_, std::move(context), x, stores_, boards_,
                                                            registry_, slots_->cache);
                     },
                     {}};
  child_spec stats{"stats",
                   [this](port::start_context context) {
                     return start_blocking<stats_reader_state>(*system_, std::move(context), stores_.stats);
                   },
                   {}};
  // A worker that was started anew deserves a new trial: its open breaker turns half-open.
  auto renew = [](record_ptr breaker) {
    return [breaker] { port::tell(caf::actor_cast<breaker_actor>(breaker->handle()), renewed_atom_v); };
  };
  auto fetchers = workers(
      options_.signal_fetchers,
      [this](port::start_context context, std::size_t i) {
        signal_fetcher_options x{options_.signal_retention, hooks_.wall_clock, options_.seed + i};
        return start_blocking<signal_fetcher_state>(*system_, std::move(context), x, stores_.signals,
                                                    slots_->cache,
                                                    std::shared_ptr<const fault_boards>{faults_});
      },
      renew(slots_->signals_breaker));
  auto rankers = workers(
      options_.rankers,
      [this](port::start_context context, std::size_t i) {
        return start<ranker_state>(*system_, std::move(context), std::shared_ptr<const fault_boards>{faults_},
                                   options_.seed + i);
      },
      renew(slots_->ranking_breaker));
  auto ingesters = workers(options_.ingesters,
                           [this](port::start_context context, std::size_t) {
                             ingester_options x;
                             x.wall_clock = hooks_.wall_clock;
                             return start_blocking<ingester_state>(*system_, std::move(context), x, stores_,
                                                                   boards_, slots_, registry_);
                           },
                           {});
  auto handlers = workers(
      options_.handlers,
      [this](port::start_context context, std::size_t) {
        feed_handler_options x{options_.cache_timeout, options_.signal_timeout, options_.ranking_timeout};
        return start<feed_handler_state>(*system_, std::move(context), x, boards_, slots_,
                                         std::shared_ptr<const fault_boards>{faults_});
      },
      {});
  return {std::move(flags),
          std::move(access),
          std::move(audit),
          std::move(tenants),
          std::move(stats),
          supervisor_spec("signals", std::move(fetchers)),
          supervisor_spec("rankers", std::move(rankers)),
          supervisor_spec("breakers", breaker_children()),
          supervisor_spec("ingest", std::move(ingesters)),
          supervisor_spec("handlers", std::move(handlers))};
}

} // namespace kinora
