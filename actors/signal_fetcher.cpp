#include "actors/signal_fetcher.hpp"

namespace kinora {

namespace {

caf::expected<payload<user_signals>> fetch(signal_store& store, const signals_job& job) {
  auto found = store.load(job.tenant, job.user);
  if (!found)
    return caf::make_error(errc::work_failed, found.error().detail);
  return std::move(*found);
}

} // namespace

signal_fetcher_state::signal_fetcher_state(signal_fetcher_actor::pointer self,
                                           std::shared_ptr<signal_store> store,
                                           std::shared_ptr<const fault_boards> faults, std::uint64_t seed)
    : self_{self}, store_{std::move(store)}, faults_{std::move(faults)}, bench_{self, seed} {}

signal_fetcher_actor::behavior_type signal_fetcher_state::make_behavior() {
  return {
      [](ping_atom) {},
      [this](fetch_atom, const payload<signals_job>& job) { return on_fetch(job); },
      [this](late_atom, std::uint64_t id) { bench_.on_late(id); },
  };
}

caf::result<payload<user_signals>> signal_fetcher_state::on_fetch(const payload<signals_job>& job) {
  auto now = self_->clock().now();
  job->taken_up.set(now); // even when it is too late: whoever asked must not take this one for hung
  if (now >= job->deadline)
    return caf::make_error(errc::timeout);
  return bench_.run(faults_->signals.active(job->tenant), [this, job] { return fetch(*store_, *job); });
}

} // namespace kinora
