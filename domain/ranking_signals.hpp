#pragma once

#include "domain/user_signals.hpp"

#include <cstdint>
#include <string_view>
#include <vector>

namespace kinora {

/// What a feed needs to know of a user: ids and names as their hashes (domain/ids.hpp), which take a third of
/// the memory of `user_signals` and are read in one go.
struct ranking_signals {
  struct affinity {
    std::uint64_t name; ///< Its hash.
    double value;       ///< Above 0, up to 1.
  };

  ranking_signals() = default;
  explicit ranking_signals(const user_signals& x);

  /// Above 0, up to 1; 0 where there is none.
  double affinity_to_tag(std::string_view tag) const noexcept;

  std::vector<std::uint64_t> hidden; ///< What was watched or disliked, as `video_hash`.
  std::vector<affinity> tags;
  std::vector<affinity> creators;
};

} // namespace kinora
