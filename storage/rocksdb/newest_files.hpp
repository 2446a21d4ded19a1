#pragma once

#include <rocksdb/file_system.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace kinora {

/// What a store's folder holds by its own account. RocksDB does not notice by itself that the log it wrote
/// last is gone, nor that its MANIFEST was cut off behind a record: it then opens what is left.
struct newest_files {
  std::string log;                  ///< Its name in the folder.
  std::string manifest;             ///< Its name in the folder.
  std::uint64_t manifest_bytes = 0; ///< It has at least so many.
};

/// The file that says so, in the same folder. It counts while CURRENT names the same MANIFEST: each opening
/// begins another one.
inline constexpr std::string_view newest_files_name = "NEWEST";

std::string encode(const newest_files& x);

/// nullopt for what is damaged, or of a version that this program does not know.
std::optional<newest_files> decode_newest_files(std::string_view bytes);

bool is_log_name(std::string_view name);      ///< 000042.log
bool is_manifest_name(std::string_view name); ///< MANIFEST-000042

/// `target`, for one opening of one store: it keeps that file, durably, before RocksDB hears that a log was
/// made or a MANIFEST synced. When it cannot, the making or syncing fails. Thread-safe, as `target` is.
std::shared_ptr<rocksdb::FileSystem> make_recording_file_system(std::shared_ptr<rocksdb::FileSystem> target);

} // namespace kinora
