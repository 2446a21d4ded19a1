#pragma once

#include "domain/result.hpp"

#include <functional>
#include <string>

namespace rocksdb {
class FileSystem;
}

namespace kinora {

/// The failure that a damaged file is, with what to do about it.
failure damaged_file(const std::string& path, const std::string& what);

/// Looks at the files of a store before it is opened: whether it is whole, and whether nobody else has it
/// open. RocksDB by itself starts anew where CURRENT is missing, and cannot tell a log that a crash cut off
/// (`repair`: it is cut back to its last whole record, and `note` told) from a damaged one. The failure names
/// the file. A folder without a store is fine.
result<void> check_folder(rocksdb::FileSystem& files, const std::string& path, bool repair,
                          const std::function<void(const std::string&)>& note);

} // namespace kinora
