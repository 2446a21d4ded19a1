#pragma once

#include "domain/catalogue_snapshot.hpp"
#include "domain/cursor.hpp"
#include "domain/id_set.hpp"
#include "domain/scoring/formula.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace kinora {

/// One position of a page.
struct slate_item {
  video_ptr video;
  std::uint64_t hash = 0;
  scoring::score_parts score;
  /// 1-based place in the ranking, before pins, served videos counted. 0 for a pinned video that ranks far
  /// below the page when no explanation was asked: nobody else needs its exact place.
  std::uint32_t rank = 0;
  bool pinned = false;
  std::vector<std::string> matched_tags; ///< Its tags that the user has an affinity to; only when explained.
};

/// A page of a session, best position first.
struct slate {
  std::vector<slate_item> items;
  bool has_more = false; ///< Something is left to serve, and the session is not at its end.
};

/// What to leave out of a page, and how long it is.
struct page_request {
  std::vector<std::uint64_t> served;   ///< What the session has been served, in order.
  std::vector<std::uint64_t> excluded; ///< Ids the client asked to leave out.
  std::size_t limit = 20;              ///< 1 or more.
  bool explain = false;

  /// Items this page may hold: a session ends after `session_items_max`.
  std::size_t length() const noexcept {
    return std::min(limit, session_items_max - std::min(session_items_max, served.size()));
  }
};

/// A candidate of a page: where it was found, and the position it is pinned to.
struct pinned_candidate {
  std::size_t candidate; ///< Index into whatever holds the candidates.
  std::uint32_t position;
};

/// Puts pins in their places. `ranked` and `pinned` hold candidates that may be served, best-ranked first,
/// and share no candidate; `ranked` is the whole list, or at least `length + 1` of it. Pins go in by
/// position, lowest first, those that share one together, at `min(position, length of the list)`; positions
/// before `session_position` come next, in order of position. Returns up to `length + 1` candidates, in page
/// order: one more than asked means that there is more.
std::vector<std::size_t> place_pins(std::vector<std::size_t> ranked, std::vector<pinned_candidate> pinned,
                                    std::size_t session_position, std::size_t length);

} // namespace kinora
