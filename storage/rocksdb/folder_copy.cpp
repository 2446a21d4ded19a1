#include "storage/rocksdb/folder_copy.hpp"

#include <rocksdb/file_system.h>

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <memory>

namespace kinora {

namespace {

constexpr std::size_t chunk_bytes = 1024 * 1024;

} // namespace

failure folder_copier::failed(const std::string& path, const std::string& why, bool is_full) const {
  return {is_full ? errc::storage_full : errc::storage_failed, field_, path + ": " + why};
}

result<void> folder_copier::copy(const std::string& from, const std::string& to, std::uint64_t bytes) const {
  std::unique_ptr<rocksdb::FSSequentialFile> source;
  if (auto opened = files_.NewSequentialFile(from, {}, &source, nullptr); !opened.ok())
    return failed(from, opened.ToString());
  std::unique_ptr<rocksdb::FSWritableFile> target;
  auto done = files_.NewWritableFile(to, {}, &target, nullptr);
  std::string chunk(chunk_bytes, '\0');
  while (done.ok() && bytes > 0) {
    if (is_stopped_())
      return failure{errc::unavailable, field_, "given up, because the process ends"};
    rocksdb::Slice read;
    if (auto got =
            source->Read(std::min<std::uint64_t>(bytes, chunk.size()), {}, &read, chunk.data(), nullptr);
        !got.ok() || read.empty())
      return failed(from, got.ok() ? "is shorter than it was" : got.ToString());
    done = target->Append(read, {}, nullptr);
    bytes -= read.size();
  }
  if (done.ok())
    done = target->Fsync({}, nullptr);
  if (done.ok())
    done = target->Close({}, nullptr);
  return done.ok() ? result<void>{} : failed(to, done.ToString(), done.IsNoSpace());
}

result<void> folder_copier::link(const std::string& from, const std::string& to, std::uint64_t bytes) const {
  return files_.LinkFile(from, to, {}, nullptr).ok() ? result<void>{} : copy(from, to, bytes);
}

result<void> folder_copier::write(const std::string& to, std::string_view text) const {
  auto done = rocksdb::WriteStringToFile(&files_, {text.data(), text.size()}, to, /*should_sync=*/true);
  return done.ok() ? result<void>{} : failed(to, done.ToString(), done.IsNoSpace());
}

result<void> folder_copier::sync_folder(const std::string& path) const {
  std::unique_ptr<rocksdb::FSDirectory> folder;
  auto done = files_.NewDirectory(path, {}, &folder, nullptr);
  if (done.ok())
    done = folder->Fsync({}, nullptr);
  return done.ok() ? result<void>{} : failed(path, done.ToString());
}

result<void> folder_copier::rename_folder(const std::string& from, const std::string& to) const {
  if (auto done = files_.RenameFile(from, to, {}, nullptr); !done.ok())
    return failed(to, done.ToString());
  return sync_folder(std::filesystem::absolute(to).parent_path().string());
}

folder_claim::folder_claim(const std::string& path)
    : fd_{::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)} {
  if (fd_ >= 0 && ::flock(fd_, LOCK_EX | LOCK_NB) != 0) {
    ::close(fd_);
    fd_ = -1;
  }
}

folder_claim::~folder_claim() {
  if (fd_ >= 0)
    ::close(fd_);
}

std::uint64_t bytes_in(const std::string& folder) {
  std::uint64_t out = 0;
  std::error_code error;
  for (auto& file : std::filesystem::directory_iterator{folder, error})
    if (file.is_regular_file(error))
      out += file.file_size(error);
  return out;
}

} // namespace kinora
