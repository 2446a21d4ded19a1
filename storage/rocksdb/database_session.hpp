#pragma once

#include "storage/rocksdb/database.hpp"

#include <rocksdb/db.h>
#include <rocksdb/env.h>

#include <array>

namespace kinora {

struct database::session {
  session() = default;
  session(const session&) = delete;
  session& operator=(const session&) = delete;
  ~session();

  /// nullptr: the store is opened for reading and has no such family.
  rocksdb::ColumnFamilyHandle* handle(family x) const { return families[static_cast<std::size_t>(x)]; }

  std::shared_ptr<rocksdb::Env> env; ///< Outlives the engine.
  std::unique_ptr<rocksdb::DB> db;
  std::array<rocksdb::ColumnFamilyHandle*, family_count> families{};
};

} // namespace kinora
