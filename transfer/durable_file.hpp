#pragma once

#include "domain/result.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace kinora {

/// A file that is written front to back, through a buffer. Failures name the path.
class output_file {
public:
  output_file() = default;
  ~output_file();
  output_file(const output_file&) = delete;
  output_file& operator=(const output_file&) = delete;

  /// Makes the file, or goes on with one that is there behind its first `bytes_kept` bytes; what follows them
  /// is cut off. "-" is standard output.
  result<void> open(const std::string& path, std::uint64_t bytes_kept = 0);

  bool is_open() const noexcept { return fd_ >= 0; }

  result<void> write(std::string_view text);

  /// Hands over what the buffer holds, and waits until all is on disk; a pipe or a terminal has no disk.
  result<void> sync();

  /// How long the file is, with what the buffer holds.
  std::uint64_t bytes() const noexcept { return bytes_; }

private:
  result<void> flush();

  std::string path_;
  int fd_ = -1;
  std::string buffer_;
  std::uint64_t bytes_ = 0;
};

/// Why a file cannot be made or replaced at a path, in field `flag`; nullopt when it can: there is nothing
/// yet, or a regular file, and it is none of `others`. Devices, pipes and links are not replaced; "-" is
/// always good.
std::optional<failure> check_output(const std::string& flag, const std::string& path,
                                    const std::vector<std::string>& others);

/// Renames `from` to `to`, durably, in place of what may be there.
result<void> move_into_place(const std::string& from, const std::string& to);

} // namespace kinora
