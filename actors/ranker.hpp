#pragma once

#include "actors/interfaces.hpp"
#include "actors/workbench.hpp"
#include "domain/ranking.hpp"

namespace kinora {

/// State and behaviour of a RANKER: scores a tenant's whole catalogue for one request at a time. Owns nothing
/// but its buffers. Supervised by rankers. Computes up to the job's deadline, never blocks.
class ranker_state {
public:
  static inline const char* name = "kinora.ranker";

  ranker_state(ranker_actor::pointer self, std::shared_ptr<const fault_boards> faults, std::uint64_t seed);

  ranker_actor::behavior_type make_behavior();

private:
  caf::result<payload<slate>> on_rank(const payload<rank_job>& job);
  caf::expected<payload<slate>> rank(const rank_job& job);

  ranker_actor::pointer self_;
  std::shared_ptr<const fault_boards> faults_;
  ranking ranking_;
  workbench<ranker_actor::base, payload<slate>> bench_;
};

} // namespace kinora
