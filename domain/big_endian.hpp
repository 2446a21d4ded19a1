// Whole numbers in tokens: the highest byte first.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace kinora {

/// Appends the lowest `bytes` bytes of `number`; at most 8.
inline void append_number(std::string& out, std::uint64_t number, std::size_t bytes) {
  for (std::size_t shift = bytes * 8; shift > 0; shift -= 8)
    out += static_cast<char>((number >> (shift - 8)) & 0xFFu);
}

/// Reads `bytes` bytes, at most 8, that begin at `offset`, which lies within.
inline std::uint64_t number_at(std::string_view in, std::size_t offset, std::size_t bytes) {
  std::uint64_t number = 0;
  for (const char c : in.substr(offset, bytes))
    number = (number << 8) | static_cast<unsigned char>(c);
  return number;
}

} // namespace kinora
