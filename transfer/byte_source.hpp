#pragma once

#include "domain/result.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace kinora {

/// The path that stands for standard input, or standard output.
inline constexpr std::string_view standard_stream = "-";

/// The bytes of a file or of standard input, piece by piece; what is compressed by gzip, which its first two
/// bytes say, in any number of members, comes out decompressed. Failures name the path.
class byte_source {
public:
  static result<std::unique_ptr<byte_source>> open(const std::string& path);

  ~byte_source();
  byte_source(const byte_source&) = delete;
  byte_source& operator=(const byte_source&) = delete;

  /// The next bytes, good until the next call; empty at the end. Fails when the input cannot be read, is no
  /// whole gzip file, or has something else after one.
  result<std::string_view> read();

  const std::string& path() const noexcept { return path_; }

  /// How much of the input was read, as it is stored.
  std::uint64_t bytes_read() const noexcept { return bytes_read_; }

private:
  struct inflater; ///< Keeps zlib out of the header.

  byte_source(std::string path, int fd);

  result<void> fill();
  result<std::string_view> inflate();

  std::string path_;
  int fd_;
  std::string buffer_;    ///< What was read of the input.
  std::string_view left_; ///< What of it has not been handed out.
  bool at_end_ = false;   ///< Of the input.
  std::uint64_t bytes_read_ = 0;
  std::unique_ptr<inflater> inflater_; ///< nullptr: the input is not compressed, or nobody has looked yet.
  bool looked_ = false;
};

/// What tells one input from another.
struct input_identity {
  std::uint64_t bytes = 0;
  std::uint64_t head_hash = 0; ///< XXH3_64 of its first 64 KiB.
  bool operator==(const input_identity&) const = default;
};

/// nullopt for what is no regular file: it cannot be read twice. Fails when there is none, or it cannot be
/// read.
result<std::optional<input_identity>> identify_input(const std::string& path);

} // namespace kinora
