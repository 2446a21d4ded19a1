#include "storage/rocksdb/codec.hpp"

#include <bit>
#include <cmath>

#define XXH_INLINE_ALL
#include <xxhash.h>

namespace kinora {

namespace {

constexpr std::size_t checksum_bytes = 4;

std::uint32_t checksum_of(std::string_view x) {
  return static_cast<std::uint32_t>(XXH3_64bits(x.data(), x.size()));
}

void append_fixed(std::string& out, std::uint64_t x, std::size_t bytes) {
  for (std::size_t i = 0; i < bytes; ++i)
    out.push_back(static_cast<char>(static_cast<unsigned char>(x >> (8 * i))));
}

std::uint64_t read_fixed(std::string_view x) {
  std::uint64_t out = 0;
  for (std::size_t i = x.size(); i-- > 0;)
    out = out << 8 | static_cast<unsigned char>(x[i]);
  return out;
}

} // namespace

void value_writer::count(std::uint64_t x) {
  for (; x >= 0x80; x >>= 7)
    out_.push_back(static_cast<char>(static_cast<unsigned char>(x | 0x80)));
  out_.push_back(static_cast<char>(x));
}

void value_writer::number(std::int64_t x) {
  count(static_cast<std::uint64_t>(x) << 1 ^ static_cast<std::uint64_t>(x >> 63));
}

void value_writer::real(double x) {
  append_fixed(out_, std::bit_cast<std::uint64_t>(x), sizeof x);
}

void value_writer::text(std::string_view x) {
  count(x.size());
  out_ += x;
}

std::string value_writer::seal() && {
  append_fixed(out_, checksum_of(out_), checksum_bytes);
  return std::move(out_);
}

value_reader::value_reader(std::string_view value) {
  bad_ = value.size() <= checksum_bytes;
  if (bad_)
    return;
  auto sum = value.substr(value.size() - checksum_bytes);
  left_ = value.substr(0, value.size() - checksum_bytes);
  bad_ = read_fixed(sum) != checksum_of(left_);
  if (auto version = take(1); !bad_)
    version_ = static_cast<std::uint8_t>(version[0]);
}

std::string_view value_reader::take(std::size_t bytes) {
  if (bytes > left_.size())
    bad_ = true;
  if (bad_)
    return {};
  auto out = left_.substr(0, bytes);
  left_.remove_prefix(bytes);
  return out;
}

std::uint64_t value_reader::count() {
  std::uint64_t out = 0;
  for (unsigned shift = 0; shift < 64; shift += 7) {
    auto byte = take(1);
    if (bad_)
      return 0;
    auto bits = static_cast<unsigned char>(byte[0]);
    out |= static_cast<std::uint64_t>(bits & 0x7f) << shift;
    if (bits < 0x80)
      return out;
  }
  bad_ = true;
  return 0;
}

std::int64_t value_reader::number() {
  auto x = count();
  return static_cast<std::int64_t>(x >> 1 ^ (~(x & 1) + 1));
}

double value_reader::real() {
  auto out = std::bit_cast<double>(read_fixed(take(sizeof(double))));
  if (bad_ || !std::isfinite(out)) {
    bad_ = true;
    return 0.0;
  }
  return out;
}

bool value_reader::flag() {
  auto byte = take(1);
  return !bad_ && byte[0] != '\0';
}

std::string value_reader::text() {
  auto bytes = count();
  return std::string{take(bytes)};
}

std::size_t value_reader::length() {
  auto out = count();
  if (out > left_.size())
    bad_ = true;
  return bad_ ? 0 : out;
}

} // namespace kinora
