#pragma once

#include <rocksdb/merge_operator.h>

#include <chrono>
#include <memory>

namespace kinora {

/// Merges records of users (domain/user_record.hpp), so that events are written without reading. What a user
/// was `retention` before is forgotten.
std::shared_ptr<rocksdb::MergeOperator> make_record_merge(std::chrono::hours retention);

/// Merges popularity (domain/decay.hpp).
std::shared_ptr<rocksdb::MergeOperator> make_popularity_merge();

/// Adds statistics up (domain/stats.hpp).
std::shared_ptr<rocksdb::MergeOperator> make_stats_merge();

} // namespace kinora
