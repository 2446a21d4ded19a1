#pragma once

#include "domain/result.hpp"

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

namespace rocksdb {
class FileSystem;
}

namespace kinora {

/// Copying files from one folder to another, durably, past everything that watches over a store. Failures
/// are about `field`, and name the file; those for want of space are errc::storage_full.
class folder_copier {
public:
  folder_copier(rocksdb::FileSystem& files, std::string field, std::function<bool()> is_stopped)
      : files_{files}, field_{std::move(field)}, is_stopped_{std::move(is_stopped)} {}

  /// The first `bytes` of a file; it has at least so many.
  result<void> copy(const std::string& from, const std::string& to, std::uint64_t bytes) const;

  /// A whole file that nobody changes any more: a second name for it where the system allows that.
  result<void> link(const std::string& from, const std::string& to, std::uint64_t bytes) const;

  result<void> write(const std::string& to, std::string_view text) const;

  /// Waits until the names in a folder are on disk.
  result<void> sync_folder(const std::string& path) const;

  /// Gives a folder its name, durably.
  result<void> rename_folder(const std::string& from, const std::string& to) const;

private:
  failure failed(const std::string& path, const std::string& why, bool is_full = false) const;

  rocksdb::FileSystem& files_;
  std::string field_;
  std::function<bool()> is_stopped_;
};

/// What a folder that is being filled or removed has behind its name.
inline constexpr std::string_view unfinished_suffix = ".unfinished";

/// A folder that this process alone works in, as long as all look. Given up at its end, also by a kill.
class folder_claim {
public:
  explicit folder_claim(const std::string& path);
  ~folder_claim();
  folder_claim(const folder_claim&) = delete;
  folder_claim& operator=(const folder_claim&) = delete;

  /// False when another one has it, or it cannot be opened.
  bool holds() const noexcept { return fd_ >= 0; }

private:
  int fd_;
};

/// Bytes of a folder's files.
std::uint64_t bytes_in(const std::string& folder);

} // namespace kinora
