#include "telemetry/json_text.hpp"

#include "domain/text.hpp"

#include <algorithm>
#include <cstdint>

namespace kinora::log {

namespace {

constexpr std::string_view replacement = "\xEF\xBF\xBD"; // U+FFFD

/// Returns the length of the well-formed sequence at the start of a text, 0 when there is none.
std::size_t sequence_length(std::string_view text) {
  for (std::size_t length = 1; length <= std::min<std::size_t>(4, text.size()); ++length)
    if (is_valid_utf8(text.substr(0, length)))
      return length;
  return 0;
}

void append_ascii(std::string& out, char c) {
  constexpr std::string_view digits = "0123456789abcdef";
  switch (c) {
  case '"': out += "\\\""; return;
  case '\\': out += "\\\\"; return;
  case '\n': out += "\\n"; return;
  case '\r': out += "\\r"; return;
  case '\t': out += "\\t"; return;
  default: break;
  }
  if (c >= ' ') {
    out += c;
    return;
  }
  out += "\\u00";
  out += digits[static_cast<std::uint8_t>(c) >> 4];
  out += digits[static_cast<std::uint8_t>(c) & 0xF];
}

} // namespace

void append_json_text(std::string& out, std::string_view text, std::size_t bytes_max) {
  const bool cut = text.size() > bytes_max;
  text = text.substr(0, bytes_max);
  out += '"';
  while (!text.empty()) {
    auto length = sequence_length(text);
    if (length == 0)
      out += replacement;
    else if (length == 1)
      append_ascii(out, text.front());
    else
      out += text.substr(0, length);
    text.remove_prefix(length == 0 ? 1 : length);
  }
  out += cut ? "...\"" : "\"";
}

} // namespace kinora::log
