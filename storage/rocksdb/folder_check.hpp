#pragma once

#include "domain/result.hpp"

#include <cstdint>
#include <functional>
#include <string>

namespace rocksdb {
class FileSystem;
}

namespace kinora {

/// The failure that a damaged file is, with what to do about it.
failure damaged_file(const std::string& path, const std::string& what);

/// What is to be done with a store once it was looked at.
enum class folder_use : std::uint8_t {
  serve, ///< A write that was cut off is dropped: its log is cut back to the last whole one. The folder may
         ///< have no store yet.
  read,  ///< Nothing changes, and the folder may be one that cannot be written. A store has to be there.
};

/// Looks at the files of a store before it is opened: whether it is whole, and whether nobody else has it
/// open. RocksDB by itself starts anew where CURRENT is missing, does not miss its newest log, and cannot
/// tell a log that a crash cut off (`note` is told of it) from a damaged one. The failure names the file; its
/// code is errc::conflict when another process has the store open.
result<void> check_folder(rocksdb::FileSystem& files, const std::string& path, folder_use use,
                          const std::function<void(const std::string&)>& note);

} // namespace kinora
