#include "http/json_writer.hpp"

#include <array>
#include <charconv>
#include <cmath>
#include <cstring>
#include <stdexcept>
#include <utility>

namespace kinora::http {

namespace {

/// RFC 8259, section 7: what has to be escaped, in its short form where it has one.
void append_escaped(std::string& out, char c) {
  switch (c) {
  case '"': out += "\\\""; return;
  case '\\': out += "\\\\"; return;
  case '\b': out += "\\b"; return;
  case '\f': out += "\\f"; return;
  case '\n': out += "\\n"; return;
  case '\r': out += "\\r"; return;
  case '\t': out += "\\t"; return;
  }
  constexpr std::string_view digits = "0123456789abcdef";
  out += "\\u00";
  out += digits[static_cast<unsigned char>(c) >> 4];
  out += digits[static_cast<unsigned char>(c) & 15];
}

/// Whether none of eight bytes has to be escaped; "Bit Twiddling Hacks" (S. E. Anderson), "Determine if a
/// word has a zero byte" and "has a byte less than n".
bool are_plain(std::uint64_t bytes) {
  constexpr std::uint64_t ones = 0x0101'0101'0101'0101u, high_bits = 0x80 * ones;
  auto is_below = [](std::uint64_t x, std::uint64_t limit) { return (x - limit * ones) & ~x & high_bits; };
  return (is_below(bytes, 0x20) | is_below(bytes ^ ('"' * ones), 1) | is_below(bytes ^ ('\\' * ones), 1)) ==
         0;
}

bool is_plain(char c) {
  return static_cast<unsigned char>(c) >= 0x20 && c != '"' && c != '\\';
}

/// The end of what can be copied from `begin` on.
std::size_t plain_end(std::string_view text, std::size_t begin) {
  for (std::uint64_t bytes = 0; text.size() - begin >= sizeof bytes; begin += sizeof bytes) {
    std::memcpy(&bytes, text.data() + begin, sizeof bytes);
    if (!are_plain(bytes))
      break;
  }
  while (begin < text.size() && is_plain(text[begin]))
    ++begin;
  return begin;
}

void append_string(std::string& out, std::string_view text) {
  out += '"';
  for (std::size_t begin = 0; begin < text.size();) {
    auto end = plain_end(text, begin);
    out.append(text, begin, end - begin);
    if (end < text.size())
      append_escaped(out, text[end++]);
    begin = end;
  }
  out += '"';
}

} // namespace

void json_writer::separate() {
  if (needs_comma_)
    text_ += ',';
  needs_comma_ = true;
}

json_writer& json_writer::open(char bracket) {
  separate();
  text_ += bracket;
  needs_comma_ = false;
  return *this;
}

json_writer& json_writer::close(char bracket) {
  text_ += bracket;
  needs_comma_ = true;
  return *this;
}

json_writer& json_writer::literal(std::string_view text) {
  separate();
  text_ += text;
  return *this;
}

json_writer& json_writer::key(std::string_view name) {
  separate();
  text_ += '"';
  text_ += name;
  text_ += "\":";
  needs_comma_ = false;
  return *this;
}

json_writer& json_writer::name(std::string_view text) {
  value(text);
  text_ += ':';
  needs_comma_ = false;
  return *this;
}

json_writer& json_writer::value(std::string_view text) {
  separate();
  append_string(text_, text);
  return *this;
}

json_writer& json_writer::value(double number) {
  if (!std::isfinite(number))
    throw std::logic_error{"a number that is not finite has no JSON text"};
  // The longest: a sign, "0.", 323 zeros and 17 digits.
  std::array<char, 400> text;
  const auto end = std::to_chars(text.data(), text.data() + text.size(), number, std::chars_format::fixed);
  return literal({text.data(), end.ptr});
}

json_writer& json_writer::value(std::int64_t number) {
  std::array<char, 24> text;
  const auto end = std::to_chars(text.data(), text.data() + text.size(), number);
  return literal({text.data(), end.ptr});
}

json_writer& json_writer::value(std::uint64_t number) {
  std::array<char, 24> text;
  const auto end = std::to_chars(text.data(), text.data() + text.size(), number);
  return literal({text.data(), end.ptr});
}

std::string json_writer::take() {
  needs_comma_ = false;
  return std::exchange(text_, {});
}

} // namespace kinora::http
