#pragma once

#include "storage/rocksdb/database.hpp"

#include <rocksdb/db.h>

#include <array>
#include <vector>

namespace kinora {

/// Names of the families on disk, in the order of `family`.
inline constexpr std::array<const char*, family_count> family_names{
    "default", "videos", "users", "popularity", "events", "stats", "audit"};

rocksdb::DBOptions make_db_options(const rocksdb_options& x, rocksdb::Env* env);

/// Every family with its options, in the order of `family`.
std::vector<rocksdb::ColumnFamilyDescriptor> make_families(const rocksdb_options& x);

} // namespace kinora
