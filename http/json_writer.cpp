#include "http/json_writer.hpp"

#include <array>
#include <charconv>
#include <cmath>
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

void append_string(std::string& out, std::string_view text) {
  out += '"';
  for (std::size_t begin = 0; begin < text.size();) {
    auto end = begin;
    while (end < text.size() && static_cast<unsigned char>(text[end]) >= 0x20 && text[end] != '"' &&
           text[end] != '\\')
      ++end;
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
