#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace kinora {

/// A small set of video hashes (domain/ids.hpp) with open addressing, refilled for every request: watched,
/// excluded and served ids. Hashes are uniform already, so their low bits are the slot.
class id_set {
public:
  /// Empties the set and makes room for `count` hashes.
  void reset(std::size_t count) {
    slots_.assign(std::bit_ceil(count * 2 + 1), empty);
    has_zero_ = false;
  }

  void insert(std::uint64_t hash) {
    if (hash == empty) {
      has_zero_ = true;
      return;
    }
    auto slot = hash & mask();
    while (slots_[slot] != empty && slots_[slot] != hash)
      slot = (slot + 1) & mask();
    slots_[slot] = hash;
  }

  bool contains(std::uint64_t hash) const {
    if (hash == empty)
      return has_zero_;
    if (slots_.empty())
      return false;
    for (auto slot = hash & mask(); slots_[slot] != empty; slot = (slot + 1) & mask())
      if (slots_[slot] == hash)
        return true;
    return false;
  }

private:
  static constexpr std::uint64_t empty = 0;

  std::uint64_t mask() const noexcept { return slots_.size() - 1; }

  std::vector<std::uint64_t> slots_; ///< A power of two in size, at most half full.
  bool has_zero_ = false;
};

} // namespace kinora
