#include "http/chunked_decoder.hpp"

#include <algorithm>
#include <charconv>

namespace kinora::http {

namespace {

constexpr std::size_t size_digits_max = 8;
constexpr std::size_t size_line_bytes_max = 256;

} // namespace

bool chunked_decoder::take_size_digit(char c) {
  unsigned digit = 0;
  if (std::from_chars(&c, &c + 1, digit, 16).ec != std::errc{} || ++digits_ > size_digits_max)
    return false;
  left_ = left_ * 16 + digit;
  return true;
}

bool chunked_decoder::take(char c) {
  switch (state_) {
  case state::size:
  case state::extension:
    if (++line_bytes_ > size_line_bytes_max)
      return false;
    if (c == '\r') {
      state_ = state::size_lf;
      return digits_ > 0;
    }
    if (state_ == state::extension)
      return c == '\t' || (static_cast<unsigned char>(c) >= 0x20 && c != 0x7f);
    if (c == ';') {
      state_ = state::extension;
      return digits_ > 0;
    }
    return take_size_digit(c);
  case state::size_lf:
    state_ = left_ > 0 ? state::data : state::last_cr;
    digits_ = 0;
    line_bytes_ = 0;
    return c == '\n';
  case state::data: return false; // not framing; decode() takes it
  case state::data_cr: state_ = state::data_lf; return c == '\r';
  case state::data_lf: state_ = state::size; return c == '\n';
  case state::last_cr: state_ = state::last_lf; return c == '\r';
  case state::last_lf: return c == '\n';
  }
  return false;
}

chunked_decoder::status chunked_decoder::decode(std::string_view& input, std::string& out) {
  while (!input.empty()) {
    if (state_ == state::data) {
      const auto size = std::min<std::uint64_t>(left_, input.size());
      out += input.substr(0, size);
      input.remove_prefix(size);
      left_ -= size;
      if (left_ == 0)
        state_ = state::data_cr;
      continue;
    }
    const auto is_last = state_ == state::last_lf;
    if (!take(input.front()))
      return status::malformed;
    input.remove_prefix(1);
    if (is_last)
      return status::done;
  }
  return status::needs_more;
}

} // namespace kinora::http
