#include "storage/rocksdb/log_file_check.hpp"

#include <rocksdb/file_checksum.h>

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <optional>
#include <string_view>
#include <system_error>
#include <utility>

namespace kinora {

namespace {

constexpr std::size_t block_size = 32768;
constexpr std::size_t header_size = 7;

/// How a physical record takes part in a logical one.
enum record_type : std::uint8_t { full = 1, first = 2, middle = 3, last = 4 };

/// CRC-32C as RocksDB's logs keep it ("masked", since it covers bytes that hold checksums themselves).
std::uint32_t masked_crc(std::string_view bytes) {
  static const auto factory = rocksdb::GetFileChecksumGenCrc32cFactory();
  const auto generator = factory->CreateFileChecksumGenerator({});
  generator->Update(bytes.data(), bytes.size());
  generator->Finalize();
  std::uint32_t crc = 0;
  for (const char c : generator->GetChecksum())
    crc = (crc << 8) | static_cast<std::uint8_t>(c);
  return ((crc >> 15) | (crc << 17)) + 0xa282ead8u;
}

/// The header of a physical record: checksum (4 bytes), length (2), type (1), little-endian.
struct record_header {
  std::uint32_t checksum = 0;
  std::size_t length = 0; ///< Of the payload.
  std::uint8_t type = 0;

  explicit record_header(std::string_view bytes)
      : checksum{byte(bytes, 0) | byte(bytes, 1) << 8 | byte(bytes, 2) << 16 | byte(bytes, 3) << 24},
        length{byte(bytes, 4) | byte(bytes, 5) << 8},
        type{static_cast<std::uint8_t>(bytes[6])} {}

  bool known() const { return type >= full && type <= last; }
  bool begins() const { return type == full || type == first; }
  bool ends() const { return type == full || type == last; }

private:
  static std::uint32_t byte(std::string_view bytes, std::size_t at) {
    return static_cast<std::uint8_t>(bytes[at]);
  }
};

/// Does `header`, the first bytes of `rest`, vouch for a payload of `length` bytes?
bool matches(const record_header& header, std::string_view rest, std::size_t length) {
  return header_size + length <= rest.size() && masked_crc(rest.substr(6, 1 + length)) == header.checksum;
}

bool all_zero(std::string_view bytes) {
  return bytes.find_first_not_of('\0') == std::string_view::npos;
}

/// May `rest`, which its header says is only the beginning of a record, be whole, with another length?
bool length_changed(const record_header& header, std::string_view rest) {
  if (matches(header, rest, rest.size() - header_size))
    return true;
  for (std::size_t bit = 1; bit <= 0x8000; bit <<= 1)
    if (matches(header, rest, header.length ^ bit))
      return true;
  return false;
}

/// Is there a whole record anywhere after the beginning of `rest`?
bool has_whole_record(std::string_view rest) {
  while (rest.size() > header_size) {
    rest.remove_prefix(1);
    const record_header header{rest};
    if (header.known() && matches(header, rest, header.length))
      return true;
  }
  return false;
}

/// Reads a log block by block, until it knows the verdict.
class log_scan {
public:
  bool decided() const { return verdict_.has_value(); }

  /// Takes on the next block, of `block_size` bytes, or fewer at the end of the file.
  void read_block(std::string_view block) {
    const auto begin = size_;
    size_ += block.size();
    std::size_t at = 0;
    while (!decided() && at + header_size <= block_size && at < block.size())
      at += read_record(begin + at, block.substr(at), block_size - at);
    const bool ends_in_filling = at < block.size() && block.size() < block_size;
    if (!decided() && ends_in_filling)
      verdict_ = torn();
  }

  /// After the last block.
  log_verdict verdict() const {
    if (decided())
      return *verdict_;
    if (in_record_ || zeros_from_)
      return torn();
    return {log_condition::intact, size_, {}};
  }

private:
  /// Reads the physical record at `offset`, in front of `rest`, what the file has of the `room` bytes to the
  /// end of the block. Returns its size.
  std::size_t read_record(std::uint64_t offset, std::string_view rest, std::size_t room) {
    if (zeros_from_ || all_zero(rest.substr(0, header_size))) {
      zeros_from_ = zeros_from_.value_or(offset);
      if (!all_zero(rest))
        damage(*zeros_from_, "zeros where a record should begin");
      return rest.size();
    }
    if (rest.size() < header_size) {
      verdict_ = torn();
      return rest.size();
    }
    const record_header header{rest};
    if (!header.known())
      damage(offset, "a record of unknown type " + std::to_string(header.type));
    else if (header.begins() == in_record_)
      damage(offset,
             in_record_ ? "a record before the end of the one before it" : "a record without its beginning");
    else if (header_size + header.length > room)
      damage(offset, "a record that is longer than its block");
    else if (header_size + header.length > rest.size())
      judge_cut(offset, header, rest, room);
    else if (!matches(header, rest, header.length))
      damage(offset, "a record whose checksum is wrong");
    else
      accept(offset, header);
    return header_size + header.length;
  }

  void accept(std::uint64_t offset, const record_header& header) {
    in_record_ = !header.ends();
    if (header.ends())
      whole_end_ = offset + header_size + header.length;
  }

  /// The file ends before the record does.
  void judge_cut(std::uint64_t offset, const record_header& header, std::string_view rest, std::size_t room) {
    if (!header.ends() && header_size + header.length != room)
      damage(offset, "a part of a record that does not fill its block");
    else if (length_changed(header, rest))
      damage(offset, "a record whose length is wrong");
    else if (has_whole_record(rest))
      damage(offset, "a record that covers others");
    else
      verdict_ = torn();
  }

  void damage(std::uint64_t offset, std::string what) {
    verdict_ = log_verdict{log_condition::damaged, offset, std::move(what)};
  }

  log_verdict torn() const { return {log_condition::torn, whole_end_, {}}; }

  std::uint64_t size_ = 0;                  ///< Of what was read.
  std::uint64_t whole_end_ = 0;             ///< Where the last whole logical record ends.
  bool in_record_ = false;                  ///< After the beginning of a logical record, before its end?
  std::optional<std::uint64_t> zeros_from_; ///< From there on all was zeros.
  std::optional<log_verdict> verdict_;
};

/// An open file or folder.
class descriptor {
public:
  descriptor(const std::string& path, int flags) : fd_{::open(path.c_str(), flags | O_CLOEXEC)} {}
  descriptor(const descriptor&) = delete;
  descriptor& operator=(const descriptor&) = delete;
  ~descriptor() {
    if (fd_ >= 0)
      ::close(fd_);
  }
  int get() const { return fd_; }

private:
  int fd_;
};

failure io_failure(const std::string& path, const std::string& what) {
  return {errc::storage_failed, path, what + ": " + std::system_category().message(errno)};
}

/// Reads until `bytes` is full or the file ends; returns how many bytes, -1 after a failure.
ssize_t read_full(int fd, std::string& bytes) {
  std::size_t done = 0;
  while (done < bytes.size()) {
    const auto n = ::read(fd, bytes.data() + done, bytes.size() - done);
    if (n < 0 && errno == EINTR)
      continue;
    if (n < 0)
      return -1;
    if (n == 0)
      break;
    done += static_cast<std::size_t>(n);
  }
  return static_cast<ssize_t>(done);
}

result<void> sync_folder_of(const std::string& path) {
  const auto folder = (std::filesystem::path{path}.parent_path() / ".").string();
  const descriptor opened{folder, O_RDONLY | O_DIRECTORY};
  if (opened.get() < 0 || ::fsync(opened.get()) != 0)
    return io_failure(folder, "cannot be synced");
  return {};
}

} // namespace

result<log_verdict> check_log_file(const std::string& path) {
  const descriptor file{path, O_RDONLY};
  if (file.get() < 0)
    return io_failure(path, "cannot be opened");
  log_scan scan;
  std::string block(block_size, '\0');
  while (!scan.decided()) {
    const auto bytes = read_full(file.get(), block);
    if (bytes < 0)
      return io_failure(path, "cannot be read");
    if (bytes == 0)
      break;
    scan.read_block(std::string_view{block}.substr(0, static_cast<std::size_t>(bytes)));
  }
  return scan.verdict();
}

result<void> truncate_log_file(const std::string& path, std::uint64_t size) {
  const descriptor file{path, O_WRONLY};
  if (file.get() < 0)
    return io_failure(path, "cannot be opened");
  if (::ftruncate(file.get(), static_cast<off_t>(size)) != 0)
    return io_failure(path, "cannot be cut off");
  if (::fsync(file.get()) != 0)
    return io_failure(path, "cannot be synced");
  return sync_folder_of(path);
}

} // namespace kinora
