#include "transfer/byte_source.hpp"

#define XXH_INLINE_ALL
#include <xxhash.h>
#include <zlib.h>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

namespace kinora {

namespace {

constexpr std::size_t buffer_bytes = 256 * 1024;
constexpr std::size_t head_bytes = 64 * 1024;
constexpr std::string_view gzip_magic = "\x1f\x8b";
constexpr int gzip_window_bits = 15 + 16; ///< The largest window; 16: with gzip's header and sums.

failure cannot_read(const std::string& path) {
  return invalid(path, std::string{"cannot be read: "} + std::strerror(errno));
}

result<int> open_input(const std::string& path) {
  if (path == standard_stream)
    return STDIN_FILENO;
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0)
    return cannot_read(path);
  return fd;
}

/// Reads until `size` bytes are there or the input ends.
result<std::size_t> read_fully(const std::string& path, int fd, char* to, std::size_t size) {
  std::size_t out = 0;
  while (out < size) {
    const auto got = ::read(fd, to + out, size - out);
    if (got < 0 && errno == EINTR)
      continue;
    if (got < 0)
      return cannot_read(path);
    if (got == 0)
      break;
    out += static_cast<std::size_t>(got);
  }
  return out;
}

} // namespace

struct byte_source::inflater {
  inflater() : out(buffer_bytes, '\0') { ready = ::inflateInit2(&stream, gzip_window_bits) == Z_OK; }
  ~inflater() {
    if (ready)
      ::inflateEnd(&stream);
  }
  inflater(const inflater&) = delete;
  inflater& operator=(const inflater&) = delete;

  z_stream stream{};
  std::string out;
  bool ready = false;
  bool in_member = true; ///< False between two members.
};

result<std::unique_ptr<byte_source>> byte_source::open(const std::string& path) {
  const auto fd = open_input(path);
  if (!fd)
    return fd.error();
  return std::unique_ptr<byte_source>{new byte_source{path, *fd}};
}

byte_source::byte_source(std::string path, int fd)
    : path_{std::move(path)}, fd_{fd}, buffer_(buffer_bytes, '\0') {}

byte_source::~byte_source() {
  if (fd_ != STDIN_FILENO)
    ::close(fd_);
}

/// Reads more of the input, once all of it was handed out. A pipe hands over little at a time: at least the
/// two bytes that tell gzip are waited for.
result<void> byte_source::fill() {
  if (at_end_ || !left_.empty())
    return {};
  const auto got = read_fully(path_, fd_, buffer_.data(), buffer_.size());
  if (!got)
    return got.error();
  at_end_ = *got < buffer_.size();
  bytes_read_ += *got;
  left_ = std::string_view{buffer_}.substr(0, *got);
  return {};
}

result<std::string_view> byte_source::read() {
  if (auto filled = fill(); !filled)
    return filled.error();
  if (!std::exchange(looked_, true) && left_.starts_with(gzip_magic)) {
    inflater_ = std::make_unique<inflater>();
    if (!inflater_->ready)
      return invalid(path_, "there is no memory to decompress it");
  }
  return inflater_ ? inflate() : result<std::string_view>{std::exchange(left_, {})};
}

result<std::string_view> byte_source::inflate() {
  auto& stream = inflater_->stream;
  for (;;) {
    if (auto filled = fill(); !filled)
      return filled.error();
    if (!inflater_->in_member) {
      // As gzip does: zeros after the last member fill up a block of a tape or a disk.
      left_.remove_prefix(std::min(left_.find_first_not_of('\0'), left_.size()));
      if (left_.empty() && at_end_)
        return std::string_view{};
      if (left_.empty())
        continue;
      if (left_.front() != gzip_magic.front())
        return invalid(path_, "has something after the end of its gzip stream that is none");
      ::inflateReset(&stream);
      inflater_->in_member = true;
    }
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(left_.data()));
    stream.avail_in = static_cast<uInt>(left_.size());
    stream.next_out = reinterpret_cast<Bytef*>(inflater_->out.data());
    stream.avail_out = static_cast<uInt>(inflater_->out.size());
    const auto status = ::inflate(&stream, Z_NO_FLUSH);
    left_.remove_prefix(left_.size() - stream.avail_in);
    if (status == Z_STREAM_END)
      inflater_->in_member = false;
    else if (status != Z_OK && status != Z_BUF_ERROR)
      return invalid(path_, std::string{"its gzip stream is damaged"} +
                                (stream.msg ? std::string{": "} + stream.msg : std::string{}));
    if (const auto made = inflater_->out.size() - stream.avail_out; made > 0)
      return std::string_view{inflater_->out}.substr(0, made);
    if (inflater_->in_member && left_.empty() && at_end_)
      return invalid(path_, "ends in the middle of its gzip stream");
  }
}

result<std::optional<input_identity>> identify_input(const std::string& path) {
  const auto fd = open_input(path);
  if (!fd)
    return fd.error();
  struct stat about {};
  const bool is_known = ::fstat(*fd, &about) == 0;
  if (path == standard_stream)
    return std::optional<input_identity>{};
  std::optional<input_identity> out;
  if (is_known && S_ISREG(about.st_mode)) {
    std::string head(head_bytes, '\0');
    const auto got = read_fully(path, *fd, head.data(), head.size());
    if (!got) {
      ::close(*fd);
      return got.error();
    }
    out = {static_cast<std::uint64_t>(about.st_size), XXH3_64bits(head.data(), *got)};
  }
  ::close(*fd);
  if (is_known && S_ISDIR(about.st_mode))
    return invalid(path, "is a folder");
  return out;
}

} // namespace kinora
