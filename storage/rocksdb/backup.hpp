#pragma once

#include "storage/backup_store.hpp"
#include "storage/rocksdb/database.hpp"

#include <memory>

namespace kinora {

/// Backups of an open database: its tables by a second name where the folder is on the same file system, all
/// else as copies.
std::shared_ptr<backup_store> make_rocksdb_backups(std::shared_ptr<database> from,
                                                   const rocksdb_options& options);

/// A backup of a store that nobody has open.
result<backup_report> backup_rocksdb_store(const rocksdb_options& options, const backup_order& x);

/// Makes a store in `options.path`, which must not exist or be an empty folder, of a backup, which is checked
/// first. A kill at any instant leaves no store or a whole one.
result<void> restore_rocksdb_store(const rocksdb_options& options, const std::string& from,
                                   const std::function<bool()>& is_stopped);

} // namespace kinora
