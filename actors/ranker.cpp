#include "actors/ranker.hpp"

namespace kinora {

ranker_state::ranker_state(ranker_actor::pointer self, std::shared_ptr<const fault_boards> faults,
                           std::uint64_t seed)
    : self_{self}, faults_{std::move(faults)}, bench_{self, seed} {}

ranker_actor::behavior_type ranker_state::make_behavior() {
  return {
      [](ping_atom) {},
      [this](rank_atom, const payload<rank_job>& job) { return on_rank(job); },
      [this](late_atom, std::uint64_t id) { bench_.on_late(id); },
  };
}

caf::result<payload<slate>> ranker_state::on_rank(const payload<rank_job>& job) {
  auto now = self_->clock().now();
  job->taken_up.set(now); // even when it is too late: whoever asked must not take this one for hung
  if (now >= job->deadline)
    return caf::make_error(errc::timeout);
  return bench_.run(faults_->ranking.active(job->tenant->id), [this, job] { return rank(*job); });
}

caf::expected<payload<slate>> ranker_state::rank(const rank_job& job) {
  auto& clock = self_->clock();
  auto half_time = clock.now() + (job.deadline - clock.now()) / 2;
  rank_query query{job.tenant->catalogue,
                   job.signals.get(),
                   job.page,
                   job.now,
                   [&] { return clock.now() >= job.deadline; },
                   [&] { return clock.now() >= half_time; },
                   job.tenant->best_candidates};
  auto page = ranking_.run(query);
  if (!page)
    return caf::make_error(page.error().code, page.error().detail);
  return std::make_shared<const slate>(std::move(*page));
}

} // namespace kinora
