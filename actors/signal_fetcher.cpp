#include "actors/signal_fetcher.hpp"

#include <algorithm>

namespace kinora {

signal_fetcher_state::signal_fetcher_state(signal_fetcher_actor::pointer self, signal_fetcher_options options,
                                           std::shared_ptr<signal_store> store,
                                           std::shared_ptr<signal_cache> cache,
                                           std::shared_ptr<const fault_boards> faults)
    : self_{self},
      options_{std::move(options)},
      store_{std::move(store)},
      cache_{std::move(cache)},
      faults_{std::move(faults)},
      bench_{self, options_.seed} {}

signal_fetcher_actor::behavior_type signal_fetcher_state::make_behavior() {
  return {
      [](ping_atom) {},
      [this](fetch_atom, const payload<signals_job>& job) { return on_fetch(job); },
      [this](find_atom, const payload<signals_job>& job) { return on_find(*job); },
      [this](late_atom, std::uint64_t id) { bench_.on_late(id); },
  };
}

caf::result<payload<ranking_signals>> signal_fetcher_state::on_fetch(const payload<signals_job>& job) {
  auto now = self_->clock().now();
  if (is_in_vain(*job, now)) {
    job->taken_up.set(job->deadline); // as if too late: the store is not to blame
    return caf::make_error(errc::timeout);
  }
  job->taken_up.set(now); // even when it is too late: whoever asked must not take this one for hung
  if (now >= job->deadline)
    return caf::make_error(errc::timeout);
  auto out = bench_.run(faults_->signals.active(job->tenant), [this, job] { return fetch(*job); });
  last_reads_ = {self_->clock().now() - now, last_reads_[0]};
  return out;
}

/// Whether a read that has waited would be too late if it took as long as the last ones: reading it would
/// have the next one wait as long, and so on for ever. One that has hardly waited is read all the same, to
/// find out how the store does now.
bool signal_fetcher_state::is_in_vain(const signals_job& job, steady_time now) const {
  if (!job.asked_at)
    return false;
  const auto left = job.deadline - now, waited = now - *job.asked_at;
  return waited >= (job.deadline - *job.asked_at) / 8 && std::min(last_reads_[0], last_reads_[1]) > left;
}

caf::result<payload<user_record>> signal_fetcher_state::on_find(const signals_job& job) {
  if (self_->clock().now() >= job.deadline)
    return caf::make_error(errc::timeout);
  auto found = load(job);
  if (!found)
    return std::move(found.error());
  return std::move(*found);
}

caf::expected<payload<user_record>> signal_fetcher_state::load(const signals_job& job) const {
  auto found = store_->load(job.tenant, job.user);
  if (!found)
    return caf::make_error(errc::work_failed, found.error().detail);
  auto& record = *found;
  if (record &&
      wall_time{std::chrono::milliseconds{record->touched_ms}} + options_.retention < options_.wall_clock())
    return payload<user_record>{};
  return std::move(record);
}

caf::expected<payload<ranking_signals>> signal_fetcher_state::fetch(const signals_job& job) const {
  auto loading = cache_->begin(job.tenant, job.user);
  auto record = load(job);
  if (!record)
    return std::move(record.error());
  auto now = options_.wall_clock();
  payload<ranking_signals> out;
  if (*record)
    out = std::make_shared<const ranking_signals>(signals_at(**record, now));
  loading.keep(out, now);
  return out;
}

} // namespace kinora
