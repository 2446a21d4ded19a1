#pragma once

#include "domain/result.hpp"
#include "domain/stats.hpp"

#include <string_view>
#include <vector>

namespace kinora {

/// Port: what the events of each tenant that named a served position add up to, by the hour in which they
/// occurred. Written by the event store, together with the events. Thread-safe.
class stats_store {
public:
  virtual ~stats_store() = default;

  /// The hours from `first` up to, not including, `end` in which anything happened, in order. Hours that are
  /// over (`is_over`) may be among them.
  virtual result<std::vector<hourly_stats>> load(std::string_view tenant, stats_hour first,
                                                 stats_hour end) = 0;
};

} // namespace kinora
