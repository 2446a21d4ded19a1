#pragma once

#include "transfer/byte_source.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace kinora {

inline constexpr std::size_t line_bytes_max = 1024 * 1024;

/// One line of an input that is not blank.
struct input_line {
  std::uint64_t number; ///< From 1; blank lines count.
  std::string_view text;
  bool is_too_long = false; ///< It has more than `line_bytes_max` bytes: `text` is its beginning.
};

/// The lines of an input, in memory that does not grow with it. They end with \n or \r\n, the last one may
/// lack its end; a byte order mark at the start is skipped.
class line_reader {
public:
  explicit line_reader(std::unique_ptr<byte_source> from) : from_{std::move(from)} {}

  /// The next line, good until the next call; nullopt at the end. A failure says after which line.
  result<std::optional<input_line>> next();

  const byte_source& source() const noexcept { return *from_; }

private:
  result<bool> take(std::string_view& text);

  std::unique_ptr<byte_source> from_;
  std::string_view chunk_; ///< What of the source's last bytes was not handed out.
  std::string joined_;     ///< A line that began in an earlier chunk.
  std::uint64_t number_ = 0;
  bool is_too_long_ = false;
};

} // namespace kinora
