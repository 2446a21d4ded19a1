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

  rocksdb::ColumnFamilyHandle* handle(family x) const { return families[static_cast<std::size_t>(x)]; }

  /// A store of an older format that is opened for reading has not all families: what is missing is empty.
  bool has(family x) const { return handle(x) != nullptr; }

  std::shared_ptr<rocksdb::Env> env; ///< Outlives the engine.
  std::unique_ptr<rocksdb::DB> db;
  std::array<rocksdb::ColumnFamilyHandle*, family_count> families{};
};

} // namespace kinora
