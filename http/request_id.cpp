#include "http/request_id.hpp"

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <random>

namespace kinora::http {

namespace {

/// A bijective mix of 64 bits (the finalizer of SplitMix64, Steele et al. 2014): distinct counters give
/// distinct, evenly spread ids.
std::uint64_t mix(std::uint64_t x) {
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9U;
  x = (x ^ (x >> 27)) * 0x94d049bb133111ebU;
  return x ^ (x >> 31);
}

std::uint64_t random_seed() {
  std::random_device device;
  return (std::uint64_t{device()} << 32) | device();
}

void append_hex(std::string& out, std::uint64_t x) {
  for (int shift = 60; shift >= 0; shift -= 4)
    out += "0123456789abcdef"[(x >> shift) & 15];
}

bool is_lower_hex(std::string_view text) {
  return text.find_first_not_of("0123456789abcdef") == text.npos;
}

bool is_zero(std::string_view text) {
  return text.find_first_not_of('0') == text.npos;
}

} // namespace

std::string new_request_id() {
  static const auto high_seed = random_seed();
  static const auto low_seed = random_seed();
  static std::atomic<std::uint64_t> counter{0};
  const auto n = counter.fetch_add(1, std::memory_order_relaxed);
  std::string id;
  id.reserve(32);
  append_hex(id, mix(high_seed + n));
  append_hex(id, mix(low_seed + n * 0x9e3779b97f4a7c15U));
  return id;
}

bool is_request_id(std::string_view text) {
  return !text.empty() && text.size() <= 128 && std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
           c == '_' || c == '-';
  });
}

bool is_traceparent(std::string_view text) {
  constexpr std::size_t size = 55; // 2 + 1 + 32 + 1 + 16 + 1 + 2
  if (text.size() < size || text[2] != '-' || text[35] != '-' || text[52] != '-')
    return false;
  const auto version = text.substr(0, 2);
  const auto trace_id = text.substr(3, 32);
  const auto parent_id = text.substr(36, 16);
  const auto flags = text.substr(53, 2);
  if (!is_lower_hex(version) || !is_lower_hex(trace_id) || !is_lower_hex(parent_id) || !is_lower_hex(flags))
    return false;
  // A later version may add fields after these.
  const auto fits = version == "00" ? text.size() == size : text.size() == size || text[size] == '-';
  return fits && version != "ff" && !is_zero(trace_id) && !is_zero(parent_id);
}

} // namespace kinora::http
