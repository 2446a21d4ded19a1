#include "http/json_writer.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstring>
#include <stdexcept>
#include <utility>

namespace kinora::http {

namespace {

constexpr std::size_t escape_characters = 6; ///< Of the longest escape.
constexpr double hundredths_max = 1e15;

/// RFC 8259, section 7: what has to be escaped, in its short form where it has one. Returns its end.
char* write_escaped(char* at, char c) {
  const auto write = [&](std::string_view text) { return std::copy(text.begin(), text.end(), at); };
  switch (c) {
  case '"': return write("\\\"");
  case '\\': return write("\\\\");
  case '\b': return write("\\b");
  case '\f': return write("\\f");
  case '\n': return write("\\n");
  case '\r': return write("\\r");
  case '\t': return write("\\t");
  }
  constexpr std::string_view digits = "0123456789abcdef";
  at = write("\\u00");
  *at++ = digits[static_cast<unsigned char>(c) >> 4];
  *at++ = digits[static_cast<unsigned char>(c) & 15];
  return at;
}

/// Whether none of eight bytes has to be escaped; "Bit Twiddling Hacks" (S. E. Anderson), "Determine if a
/// word has a zero byte" and "has a byte less than n".
bool are_plain(std::uint64_t bytes) {
  constexpr std::uint64_t ones = 0x0101'0101'0101'0101u, high_bits = 0x80 * ones;
  const auto below =
      (bytes - 0x20 * ones) | ((bytes ^ ('"' * ones)) - ones) | ((bytes ^ ('\\' * ones)) - ones);
  return (below & ~bytes & high_bits) == 0; // the two characters are ASCII: `^` leaves high bits alone
}

bool is_plain(char c) {
  return static_cast<unsigned char>(c) >= 0x20 && c != '"' && c != '\\';
}

/// How many characters at the front of `text` can be copied as they are.
std::size_t count_plain(std::string_view text) {
  std::size_t count = 0;
  for (std::uint64_t bytes = 0; text.size() - count >= sizeof bytes; count += sizeof bytes) {
    std::memcpy(&bytes, text.data() + count, sizeof bytes);
    if (!are_plain(bytes))
      break;
  }
  while (count < text.size() && is_plain(text[count]))
    ++count;
  return count;
}

} // namespace

json_writer& json_writer::name(std::string_view text) {
  value(text);
  auto* at = make_room(1);
  *at++ = ':';
  return end_at(at, false);
}

json_writer& json_writer::value(std::string_view text) {
  auto* at = separate(text.size() + 2);
  *at++ = '"';
  while (true) {
    const auto plain = count_plain(text);
    std::memcpy(at, text.data(), plain);
    at += plain;
    if (plain == text.size())
      break;
    const auto escaped = text[plain];
    text.remove_prefix(plain + 1);
    end_at(at, false);
    at = write_escaped(make_room(escape_characters + text.size() + 1), escaped);
  }
  *at++ = '"';
  return end_at(at, true);
}

json_writer& json_writer::plain(std::string_view text) {
  auto* at = separate(text.size() + 2);
  *at++ = '"';
  std::memcpy(at, text.data(), text.size());
  at += text.size();
  *at++ = '"';
  return end_at(at, true);
}

json_writer& json_writer::value(double number) {
  if (!std::isfinite(number))
    throw std::logic_error{"a number that is not finite has no JSON text"};
  if (const auto scaled = number * 100.0; std::abs(scaled) < hundredths_max) {
    const auto hundredths = static_cast<std::int64_t>(scaled + std::copysign(0.5, scaled));
    if (static_cast<double>(hundredths) / 100.0 == number)
      return value_of_hundredths(number, hundredths);
  }
  // The longest: a sign, "0.", 323 zeros and 17 digits.
  std::array<char, 400> text;
  const auto end = std::to_chars(text.data(), text.data() + text.size(), number, std::chars_format::fixed);
  return literal({text.data(), end.ptr});
}

/// Numbers with at most two decimals and 15 digits, several times as fast: a double is the nearest one to no
/// other decimal number of so few digits, so this is the shortest text that reads back as it.
json_writer& json_writer::value_of_hundredths(double number, std::int64_t hundredths) {
  std::array<char, 24> text;
  auto* at = text.data();
  if (std::signbit(number))
    *at++ = '-';
  const auto size = static_cast<std::uint64_t>(std::abs(hundredths));
  at = std::to_chars(at, text.data() + text.size(), size / 100).ptr;
  if (const auto rest = static_cast<char>(size % 100); rest != 0) {
    *at++ = '.';
    *at++ = static_cast<char>('0' + rest / 10);
    if (rest % 10 != 0)
      *at++ = static_cast<char>('0' + rest % 10);
  }
  return literal({text.data(), at});
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
  room_.resize(std::exchange(size_, 0));
  return std::exchange(room_, {});
}

void json_writer::grow(std::size_t characters) {
  room_.resize(std::max(2 * room_.size(), size_ + characters));
}

} // namespace kinora::http
