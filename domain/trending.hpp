#pragma once

#include "domain/catalogue_snapshot.hpp"

#include <optional>

namespace kinora {

/// One video of the trending list: a row of its catalogue, with what is looked at for every page.
struct trending_entry {
  const priced_block* block;
  std::uint32_t row;
  std::uint64_t hash = 0;
  double published = 0.0; ///< Unix seconds, as in the columns.
  double expires = 0.0;
  std::optional<std::uint32_t> pin; ///< Its pinned position.
  std::uint32_t rank = 0;           ///< 1-based place in the whole trending order when the list was made.

  bool visible(double now) const noexcept { return published <= now && now < expires; }
  const video_ptr& video() const noexcept { return block->rows->videos[row]; }
  double score() const noexcept { return block->trend[row]; }
  video_facets facets() const noexcept { return block->rows->facets_of(row); }
};

/// A tenant's trending list: the safety board's content, good for every user.
struct trending_list {
  static constexpr std::size_t entries_max = 1000;
  static constexpr std::size_t looked_at_max = 20'000; ///< Bounds what making the list costs.

  catalogue_snapshot_ptr catalogue;    ///< What it was made from, and what its entries refer to.
  std::vector<trending_entry> entries; ///< Best first; pinned videos may be past `entries_max`.
  wall_time made_at;
  std::optional<wall_time> next_change; ///< When the next video falls due or expires.
};

using trending_list_ptr = std::shared_ptr<const trending_list>;

/// What trending sorts by, with factor = tag multiplier × boost: the score as popularity raises it, without
/// anything of a user, so the fallback can show it to everyone.
constexpr double trending_score(double score, double factor) noexcept {
  return score * factor;
}

/// The total order of the trending list: by score, then newer, then by id.
inline bool trends_before(const priced_block& a, std::size_t i, const priced_block& b,
                          std::size_t j) noexcept {
  if (a.trend[i] != b.trend[j])
    return a.trend[i] > b.trend[j];
  if (a.rows->published[i] != b.rows->published[j])
    return a.rows->published[i] > b.rows->published[j];
  return a.rows->videos[i]->id < b.rows->videos[j]->id;
}

/// The `entries_max` best of the videos that are visible at `now`, and every visible pinned one. Where the
/// tenant limits diversity, no creator and no tag takes more of the list than that many positions can show,
/// as long as others are found among the `looked_at_max` best: so a page cut from it can be diverse too.
trending_list_ptr make_trending(catalogue_snapshot_ptr catalogue, wall_time now);

} // namespace kinora
