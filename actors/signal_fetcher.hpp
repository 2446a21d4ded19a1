#pragma once

#include "actors/interfaces.hpp"
#include "actors/workbench.hpp"
#include "storage/signal_store.hpp"

namespace kinora {

/// State and behaviour of a SIGNAL FETCHER: the only kind of actor that reads user signals from the store.
/// Holds no state of its own. Supervised by signals. Reads in the handler, which may block as long as the
/// engine does; the memory engine never does.
class signal_fetcher_state {
public:
  static inline const char* name = "kinora.signal-fetcher";

  signal_fetcher_state(signal_fetcher_actor::pointer self, std::shared_ptr<signal_store> store,
                       std::shared_ptr<const fault_boards> faults, std::uint64_t seed);

  signal_fetcher_actor::behavior_type make_behavior();

private:
  caf::result<payload<user_signals>> on_fetch(const payload<signals_job>& job);

  signal_fetcher_actor::pointer self_;
  std::shared_ptr<signal_store> store_;
  std::shared_ptr<const fault_boards> faults_;
  workbench<signal_fetcher_actor::base, payload<user_signals>> bench_;
};

} // namespace kinora
