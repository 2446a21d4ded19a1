#pragma once

#include "actors/interfaces.hpp"
#include "storage/stats_store.hpp"

#include <memory>

namespace kinora {

/// State and behaviour of STATS: reads the statistics of tenants for whoever asks. Owns nothing. Supervised
/// by the root; blocks as long as the engine reads, so it runs on a thread of its own.
class stats_reader_state {
public:
  static inline const char* name = "kinora.stats-reader";

  stats_reader_state(stats_reader_actor::pointer self, std::shared_ptr<stats_store> store);

  stats_reader_actor::behavior_type make_behavior();

private:
  caf::result<payload<std::vector<hourly_stats>>> on_fetch(const stats_job& job);

  stats_reader_actor::pointer self_;
  std::shared_ptr<stats_store> store_;
};

} // namespace kinora
