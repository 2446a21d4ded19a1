#include "domain/text.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <optional>

namespace kinora {

namespace {

/// Bytes of the sequence that `lead` starts; 0 when no sequence starts with it.
constexpr std::size_t sequence_length(unsigned char lead) {
  if (lead < 0x80)
    return 1;
  if (lead < 0xC2) // continuation bytes, and leads that only overlong forms have
    return 0;
  if (lead < 0xE0)
    return 2;
  if (lead < 0xF0)
    return 3;
  return lead < 0xF5 ? 4 : 0;
}

/// Removes the first code point from `text`; nullopt when `text` does not start with a well-formed one.
std::optional<char32_t> take_code_point(std::string_view& text) {
  constexpr std::array<char32_t, 5> smallest{0, 0, 0x80, 0x800, 0x10000};
  const auto lead = static_cast<unsigned char>(text.front());
  const auto length = sequence_length(lead);
  if (length == 0 || length > text.size())
    return std::nullopt;
  char32_t value = length == 1 ? lead : lead & (0x7Fu >> length);
  for (const char c : text.substr(1, length - 1)) {
    const auto byte = static_cast<unsigned char>(c);
    if ((byte & 0xC0u) != 0x80u)
      return std::nullopt;
    value = (value << 6) | (byte & 0x3Fu);
  }
  const bool surrogate = value >= 0xD800 && value <= 0xDFFF;
  if (value < smallest[length] || surrogate || value > 0x10FFFF)
    return std::nullopt;
  text.remove_prefix(length);
  return value;
}

bool is_control(char32_t x) {
  return x < 0x20 || (x >= 0x7F && x <= 0x9F);
}

/// What follows the printable ASCII at the front: most text is nothing else.
std::string_view skip_plain(std::string_view text) {
  const auto is_plain = [](char c) { return c >= 0x20 && c < 0x7F; };
  return text.substr(static_cast<std::size_t>(std::ranges::find_if_not(text, is_plain) - text.begin()));
}

} // namespace

bool is_valid_utf8(std::string_view text) {
  text = skip_plain(text);
  while (!text.empty())
    if (!take_code_point(text))
      return false;
  return true;
}

bool is_printable(std::string_view text) {
  text = skip_plain(text);
  while (!text.empty())
    if (const auto x = take_code_point(text); !x || is_control(*x))
      return false;
  return true;
}

void append_length_prefixed(std::string& out, std::string_view part) {
  out += std::to_string(part.size());
  out += ':';
  out += part;
}

} // namespace kinora
