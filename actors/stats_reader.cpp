#include "actors/stats_reader.hpp"

#include <utility>

namespace kinora {

stats_reader_state::stats_reader_state(stats_reader_actor::pointer self, std::shared_ptr<stats_store> store)
    : self_{self}, store_{std::move(store)} {}

stats_reader_actor::behavior_type stats_reader_state::make_behavior() {
  return {
      [](ping_atom) {},
      [this](fetch_atom, const payload<stats_job>& job) { return on_fetch(*job); },
  };
}

caf::result<payload<std::vector<hourly_stats>>> stats_reader_state::on_fetch(const stats_job& job) {
  if (self_->clock().now() >= job.deadline)
    return caf::make_error(errc::timeout);
  auto found = store_->load(job.tenant, job.first, job.end);
  if (!found)
    return caf::make_error(found.error().code, found.error().detail);
  return std::make_shared<const std::vector<hourly_stats>>(std::move(*found));
}

} // namespace kinora
