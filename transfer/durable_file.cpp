#include "transfer/durable_file.hpp"

#include "transfer/byte_source.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>

namespace kinora {

namespace {

constexpr std::size_t buffer_bytes_max = 256 * 1024;

failure cannot_write(const std::string& path) {
  const auto code = errno == ENOSPC || errno == EDQUOT ? errc::storage_full : errc::storage_failed;
  return {code, path, std::string{"cannot be written: "} + std::strerror(errno)};
}

} // namespace

output_file::~output_file() {
  if (fd_ > STDOUT_FILENO)
    ::close(fd_);
}

result<void> output_file::open(const std::string& path, std::uint64_t bytes_kept) {
  path_ = path;
  if (path == standard_stream) {
    fd_ = STDOUT_FILENO;
    return {};
  }
  fd_ = ::open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0666);
  const auto size = fd_ < 0 ? -1 : ::lseek(fd_, 0, SEEK_END);
  if (size < 0)
    return cannot_write(path_);
  bytes_ = std::min(bytes_kept, static_cast<std::uint64_t>(size));
  const auto kept = static_cast<off_t>(bytes_);
  if (::ftruncate(fd_, kept) != 0 || ::lseek(fd_, kept, SEEK_SET) != kept)
    return cannot_write(path_);
  return {};
}

result<void> output_file::write(std::string_view text) {
  buffer_ += text;
  bytes_ += text.size();
  return buffer_.size() < buffer_bytes_max ? result<void>{} : flush();
}

result<void> output_file::flush() {
  for (std::string_view left{buffer_}; !left.empty();) {
    const auto written = ::write(fd_, left.data(), left.size());
    if (written < 0 && errno == EINTR)
      continue;
    if (written < 0)
      return cannot_write(path_);
    left.remove_prefix(static_cast<std::size_t>(written));
  }
  buffer_.clear();
  return {};
}

result<void> output_file::sync() {
  if (auto flushed = flush(); !flushed)
    return flushed;
  if (::fsync(fd_) != 0 && errno != EINVAL && errno != ENOTSUP && errno != EROFS)
    return cannot_write(path_);
  return {};
}

std::optional<failure> check_output(const std::string& flag, const std::string& path,
                                    const std::vector<std::string>& others) {
  namespace fs = std::filesystem;
  if (path == standard_stream)
    return std::nullopt;
  std::error_code error;
  const auto there = fs::symlink_status(path, error);
  if (fs::exists(there) && !fs::is_regular_file(there))
    return invalid(flag, "is no regular file, and is not replaced: " + path + "; - is standard output");
  auto real = [](const std::string& x) {
    std::error_code unknown;
    const auto out = fs::weakly_canonical(fs::absolute(x), unknown);
    return unknown ? fs::path{x} : out;
  };
  for (auto& other : others)
    if (other != standard_stream && real(other) == real(path))
      return invalid(flag, "is another file of the same command: " + path);
  return std::nullopt;
}

result<void> move_into_place(const std::string& from, const std::string& to) {
  if (std::rename(from.c_str(), to.c_str()) != 0)
    return cannot_write(to);
  auto folder = std::filesystem::path{to}.parent_path().string();
  const int fd = ::open(folder.empty() ? "." : folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  const bool synced = fd >= 0 && ::fsync(fd) == 0;
  const auto why = synced ? result<void>{} : result<void>{cannot_write(to)};
  if (fd >= 0)
    ::close(fd);
  return why;
}

} // namespace kinora
