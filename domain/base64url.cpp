#include "domain/base64url.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <utility>

namespace kinora {

namespace {

constexpr std::string_view alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
constexpr std::uint8_t foreign = 0xFF;

constexpr auto digit_of = [] {
  std::array<std::uint8_t, 256> digits{};
  digits.fill(foreign);
  for (std::size_t i = 0; i < alphabet.size(); ++i)
    digits[static_cast<unsigned char>(alphabet[i])] = static_cast<std::uint8_t>(i);
  return digits;
}();

} // namespace

std::string base64url_encode(std::string_view bytes) {
  std::string text((bytes.size() * 4 + 2) / 3, '\0');
  base64url_encode(bytes, text.data());
  return text;
}

char* base64url_encode(std::string_view bytes, char* out) {
  const auto byte = [&](std::size_t i) { return std::uint32_t{static_cast<unsigned char>(bytes[i])}; };
  const auto write = [&](std::uint32_t bits) { *out++ = alphabet[bits & 63u]; };
  std::size_t i = 0;
  for (; bytes.size() - i >= 3; i += 3) {
    const auto three = byte(i) << 16 | byte(i + 1) << 8 | byte(i + 2);
    write(three >> 18);
    write(three >> 12);
    write(three >> 6);
    write(three);
  }
  if (bytes.size() - i == 2) {
    const auto two = byte(i) << 8 | byte(i + 1);
    write(two >> 10);
    write(two >> 4);
    write(two << 2);
  } else if (bytes.size() - i == 1) {
    write(byte(i) >> 2);
    write(byte(i) << 4);
  }
  return out;
}

std::optional<std::string> base64url_decode(std::string_view text) {
  if (text.size() % 4 == 1)
    return std::nullopt;
  std::string bytes;
  bytes.reserve(text.size() * 3 / 4);
  std::uint32_t pending = 0;
  unsigned bits = 0;
  for (const char c : text) {
    const auto digit = digit_of[static_cast<unsigned char>(c)];
    if (digit == foreign)
      return std::nullopt;
    pending = (pending << 6) | digit;
    bits += 6;
    if (bits >= 8) {
      bits -= 8;
      bytes += static_cast<char>((pending >> bits) & 0xFFu);
    }
  }
  const auto trailing = pending & ((1u << bits) - 1u);
  return trailing == 0 ? std::optional{std::move(bytes)} : std::nullopt;
}

} // namespace kinora
