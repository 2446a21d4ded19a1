#pragma once

#include "domain/ids.hpp"

#include <cstdint>
#include <limits>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

namespace kinora {

/// Names (tags, creators) ↔ small dense numbers, so that columns hold four bytes instead of strings. Knows
/// names by their hashes (domain/ids.hpp), in a table with open addressing. Grows only; a catalogue starts a
/// new one when it rebuilds every block.
class symbol_table {
public:
  /// Returns the number of `name`, giving it the next one when it is new.
  std::uint32_t intern(std::string_view name) {
    if (2 * (size_ + 1) > slots_.size())
      grow();
    auto& found = slots_[slot_of(name_hash(name))];
    if (found.symbol == nobody)
      found = {name_hash(name), size_++};
    return found.symbol;
  }

  std::optional<std::uint32_t> find(std::string_view name) const { return find(name_hash(name)); }

  /// The same by the name's hash.
  std::optional<std::uint32_t> find(std::uint64_t name) const {
    if (slots_.empty())
      return std::nullopt;
    auto& found = slots_[slot_of(name)];
    return found.symbol == nobody ? std::nullopt : std::optional{found.symbol};
  }

  /// One more than the largest number given out.
  std::size_t size() const noexcept { return size_; }

private:
  static constexpr std::uint32_t nobody = std::numeric_limits<std::uint32_t>::max();
  static constexpr std::size_t slots_min = 16;

  struct slot {
    std::uint64_t name = 0;
    std::uint32_t symbol = nobody;
  };

  /// Where the name is, or would be.
  std::size_t slot_of(std::uint64_t name) const noexcept {
    auto at = name & (slots_.size() - 1);
    while (slots_[at].symbol != nobody && slots_[at].name != name)
      at = (at + 1) & (slots_.size() - 1);
    return at;
  }

  void grow() {
    auto old = std::move(slots_);
    slots_.assign(old.empty() ? slots_min : 2 * old.size(), {});
    for (auto& x : old)
      if (x.symbol != nobody)
        slots_[slot_of(x.name)] = x;
  }

  std::vector<slot> slots_; ///< A power of two in size, at most half full.
  std::uint32_t size_ = 0;
};

} // namespace kinora
