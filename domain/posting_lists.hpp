#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace kinora {

/// Which rows of a block have a symbol: an inverted index of one of its columns. A user knows few of the
/// symbols, so that looking at the rows of those is less than looking at the symbols of all rows.
class posting_lists {
public:
  struct posting {
    std::uint32_t symbol;
    std::uint16_t row;
  };

  posting_lists() = default;

  /// Of postings in order of their rows, without repeats.
  explicit posting_lists(std::vector<posting> postings);

  /// Of all lists together: the postings.
  std::size_t size() const noexcept { return rows_.size(); }

  /// The symbols that some row has, ascending.
  std::span<const std::uint32_t> symbols() const noexcept { return symbols_; }

  /// The rows of `symbols()[i]`, ascending.
  std::span<const std::uint16_t> rows(std::size_t i) const noexcept {
    return {rows_.data() + begin_[i], begin_[i + 1] - begin_[i]};
  }

  /// The rows of a symbol, ascending; none when no row has it.
  std::span<const std::uint16_t> rows_of(std::uint32_t symbol) const noexcept;

private:
  std::vector<std::uint32_t> symbols_;
  std::vector<std::uint32_t> begin_; ///< One more than there are symbols.
  std::vector<std::uint16_t> rows_;
};

} // namespace kinora
