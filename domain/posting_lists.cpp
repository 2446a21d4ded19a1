#include "domain/posting_lists.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace kinora {

namespace {

/// A radix sort (Knuth, The Art of Computer Programming, volume 3, section 5.2.5): postings of one symbol
/// stay in their order. A block is sorted whenever one of its videos changes, and comparing would take as
/// long as the rest of that.
void sort_by_symbol(std::vector<posting_lists::posting>& postings) {
  constexpr auto digit_bits = 11;
  constexpr std::uint64_t digits = std::uint64_t{1} << digit_bits;
  std::uint64_t largest = 0;
  for (auto& x : postings)
    largest = std::max<std::uint64_t>(largest, x.symbol);
  std::vector<posting_lists::posting> sorted(postings.size());
  for (auto shift = 0; (largest >> shift) != 0; shift += digit_bits) {
    const auto digit = [&](auto& x) { return (std::uint64_t{x.symbol} >> shift) % digits; };
    std::array<std::uint32_t, digits + 1> begin{};
    for (auto& x : postings)
      ++begin[digit(x) + 1];
    for (std::size_t i = 1; i < digits; ++i)
      begin[i] += begin[i - 1];
    for (auto& x : postings)
      sorted[begin[digit(x)]++] = x;
    std::swap(postings, sorted);
  }
}

} // namespace

posting_lists::posting_lists(std::vector<posting> postings) {
  sort_by_symbol(postings);
  rows_.reserve(postings.size());
  for (auto& x : postings) {
    if (symbols_.empty() || symbols_.back() != x.symbol) {
      symbols_.push_back(x.symbol);
      begin_.push_back(static_cast<std::uint32_t>(rows_.size()));
    }
    rows_.push_back(x.row);
  }
  begin_.push_back(static_cast<std::uint32_t>(rows_.size()));
  symbols_.shrink_to_fit();
  begin_.shrink_to_fit();
}

std::span<const std::uint16_t> posting_lists::rows_of(std::uint32_t symbol) const noexcept {
  const auto i = std::lower_bound(symbols_.begin(), symbols_.end(), symbol);
  if (i == symbols_.end() || *i != symbol)
    return {};
  return rows(static_cast<std::size_t>(i - symbols_.begin()));
}

} // namespace kinora
