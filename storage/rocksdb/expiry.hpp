#pragma once

#include "domain/time.hpp"

#include <rocksdb/compaction_filter.h>

#include <chrono>
#include <functional>
#include <memory>

namespace kinora {

using clock_function = std::function<wall_time()>;

/// Drops users whom nothing has touched for `retention` when files are compacted.
std::shared_ptr<rocksdb::CompactionFilterFactory> make_record_expiry(clock_function clock,
                                                                     std::chrono::hours retention);

/// Drops the popularity of videos that decay has left nothing of.
std::shared_ptr<rocksdb::CompactionFilterFactory> make_popularity_expiry(clock_function clock);

/// Drops statistics of hours that are over.
std::shared_ptr<rocksdb::CompactionFilterFactory> make_stats_expiry(clock_function clock);

/// Drops ids of events that are too old to be accepted again.
std::shared_ptr<rocksdb::CompactionFilterFactory> make_event_expiry(clock_function clock);

} // namespace kinora
