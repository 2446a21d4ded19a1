#pragma once

#include "domain/time.hpp"

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace kinora {

/// What is known of one pseudonymous user of one tenant.
struct user_signals {
  static constexpr std::size_t watched_max = 200;

  std::vector<std::string> watched_ids;             ///< Oldest first, at most `watched_max`, no repeats.
  std::map<std::string, double> affinities;         ///< Tag → 0..1.
  std::map<std::string, double> creator_affinities; ///< Creator → 0..1.
  std::optional<wall_time> last_active;
  std::vector<std::string> disliked_ids{}; ///< Oldest first, no repeats; they do not come back.
  bool operator==(const user_signals&) const = default;
};

} // namespace kinora
