#pragma once

#include "domain/time.hpp"

#include <algorithm>
#include <cstdint>

namespace kinora {

/// The revision after `last`: rises with every change, and starts from the clock, so that what was deleted
/// and made anew never takes up a revision that somebody still holds.
inline std::uint64_t next_revision(std::uint64_t last, wall_time now) {
  return std::max(last + 1, static_cast<std::uint64_t>(now.time_since_epoch().count()));
}

} // namespace kinora
