#pragma once

#include "domain/trending.hpp"

#include <cstddef>

namespace kinora {

/// How many videos a feed is ranked from when there is no time for the whole catalogue: a block of them, and
/// some times more than a page and what its user may have watched (docs/performance.md has what more cost).
inline constexpr std::size_t best_candidates_max = catalogue_block::rows_max;
static_assert(best_candidates_max < trending_list::entries_max);

/// The first `count_max` videos of a trending list and every other pinned one of it, as a catalogue of their
/// own that ranking reads like the whole one. The list's order is that of the base score, times what the
/// tenant's multipliers and boosts make of it: what is known of a video before its user is. nullptr when
/// nothing that is visible would be left out. `count_max` is less than `trending_list::entries_max`: else the
/// list does not say whether there is more.
catalogue_snapshot_ptr best_candidates(const trending_list& from,
                                       std::size_t count_max = best_candidates_max);

} // namespace kinora
