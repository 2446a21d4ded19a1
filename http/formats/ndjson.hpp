// NDJSON: one JSON text a line.
#pragma once

#include <algorithm>
#include <cstddef>
#include <optional>
#include <string_view>

namespace kinora::http {

/// Walks over the lines of a body that are not blank. Lines end with \n or \r\n, the last one may lack its
/// end; a byte order mark at the start is skipped. The body has to outlive the walk.
class ndjson_lines {
public:
  struct line {
    std::size_t number; ///< From 1; blank lines count.
    std::string_view text;
  };

  explicit ndjson_lines(std::string_view body) : left_{body} {
    constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";
    if (left_.starts_with(byte_order_mark))
      left_.remove_prefix(byte_order_mark.size());
  }

  /// nullopt after the last one.
  std::optional<line> next() {
    while (!left_.empty()) {
      ++number_;
      if (const auto text = take(); text.find_first_not_of(" \t\r") != text.npos)
        return line{number_, text};
    }
    return std::nullopt;
  }

private:
  std::string_view take() {
    const auto length = std::min(left_.find('\n'), left_.size());
    auto text = left_.substr(0, length);
    left_.remove_prefix(std::min(length + 1, left_.size()));
    if (text.ends_with('\r'))
      text.remove_suffix(1);
    return text;
  }

  std::string_view left_;
  std::size_t number_ = 0;
};

} // namespace kinora::http
