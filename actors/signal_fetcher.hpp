#pragma once

#include "actors/interfaces.hpp"
#include "actors/signal_cache.hpp"
#include "actors/workbench.hpp"
#include "storage/signal_store.hpp"

#include <array>
#include <chrono>
#include <functional>

namespace kinora {

struct signal_fetcher_options {
  std::chrono::hours retention{24 * 90}; ///< Users untouched for longer are unknown.
  std::function<wall_time()> wall_clock;
  std::uint64_t seed = 0; ///< Of fault injection.
};

/// State and behaviour of a SIGNAL FETCHER: the only kind of actor that reads user signals from the store,
/// and fills the cache with them. Supervised by signals; blocks as long as the engine reads, so it runs on a
/// thread of its own.
class signal_fetcher_state {
public:
  static inline const char* name = "kinora.signal-fetcher";

  signal_fetcher_state(signal_fetcher_actor::pointer self, signal_fetcher_options options,
                       std::shared_ptr<signal_store> store, std::shared_ptr<signal_cache> cache,
                       std::shared_ptr<const fault_boards> faults);

  signal_fetcher_actor::behavior_type make_behavior();

private:
  caf::result<payload<ranking_signals>> on_fetch(const payload<signals_job>& job);
  bool is_in_vain(const signals_job& job, steady_time now) const;
  caf::result<payload<user_record>> on_find(const signals_job& job);
  caf::expected<payload<user_record>> load(const signals_job& job) const;
  caf::expected<payload<ranking_signals>> fetch(const signals_job& job) const;

  signal_fetcher_actor::pointer self_;
  signal_fetcher_options options_;
  std::shared_ptr<signal_store> store_;
  std::shared_ptr<signal_cache> cache_;
  std::shared_ptr<const fault_boards> faults_;
  workbench<signal_fetcher_actor::base, payload<ranking_signals>> bench_;
  std::array<std::chrono::nanoseconds, 2> last_reads_{}; ///< What they took, the last one first.
};

} // namespace kinora
