#pragma once

#include "domain/result.hpp"
#include "transfer/durable_file.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace kinora {

/// A line that an import leaves out, and why.
struct rejected_input_line {
  std::string_view file;
  std::uint64_t line; ///< From 1.
  std::string_view code;
  std::string_view detail;
  std::string_view text; ///< As it stands in the file.
};

/// Where an import writes the lines that it leaves out: NDJSON, `{file, line, code, detail, text}` each. The
/// file is made with the first of them.
class rejected_lines {
public:
  static constexpr std::size_t listed_max = 100'000;   ///< Later ones are counted only.
  static constexpr std::size_t text_bytes_max = 1'024; ///< Of a line; what is cut off shows as "...".

  /// Of a fresh import, or of one that goes on behind what it has written so far.
  explicit rejected_lines(std::string path, std::uint64_t listed = 0, std::uint64_t bytes = 0)
      : path_{std::move(path)}, listed_{listed}, bytes_{bytes} {}

  result<void> add(const rejected_input_line& x);

  /// Waits until all of it is on disk.
  result<void> sync();

  const std::string& path() const noexcept { return path_; }
  std::uint64_t listed() const noexcept { return listed_; }
  std::uint64_t bytes() const noexcept { return file_.is_open() ? file_.bytes() : bytes_; }

private:
  std::string path_;
  std::uint64_t listed_;
  std::uint64_t bytes_; ///< What an earlier run has written.
  output_file file_;
};

} // namespace kinora
