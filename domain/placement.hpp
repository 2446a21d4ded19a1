// Which candidate stands at which position of a page: pins first, then the rest by rank, as the limits of
// diversity let them. Shared by the ranked feed and the trending feed.
#pragma once

#include "domain/diversity.hpp"
#include "domain/slate.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

namespace kinora {

/// A candidate of a page, by its index into whatever holds the candidates, and the position it is pinned to.
struct pinned_candidate {
  std::size_t candidate;
  std::uint32_t position;
};

/// The positions of a page and behind it: a pinned candidate, or nullopt where the best that may comes.
using page_layout = std::vector<std::optional<std::size_t>>;

/// Puts pins in their places in a list with `open` other candidates. `pinned` are best-ranked first. They go
/// in by position, lowest first, those that share one together, at `min(position, length of the list)`;
/// positions before `session_position` come next, in order of position. Returns the first `length` positions,
/// fewer when there are fewer candidates.
page_layout lay_out_pins(std::size_t open, std::vector<pinned_candidate> pinned, std::size_t session_position,
                         std::size_t length);

/// What the limits of diversity did to one position.
struct placement_note {
  diversity_move move = diversity_move::none;
  bool exceeded = false;   ///< It breaks a limit, because nothing else was left that does not.
  diversity_breach breach; ///< The limit, and by its tag's index into those of `held_back`...
  std::size_t held_back;   ///< ...the candidate that it held back: the one placed, or a better one.
};

/// The same for people; `held_back` is the video that the note is about.
diversity_note explain_placement(const placement_note& note, const video& held_back);

struct placement {
  std::size_t candidate;
  bool pinned = false;
  std::optional<placement_note> note; ///< Nothing: diversity changed nothing here.
};

/// What `fill_places` asks of the candidates.
class candidate_pool {
public:
  virtual ~candidate_pool() = default;

  virtual video_facets facets(std::size_t candidate) const = 0;

  /// The best-ranked candidate, outside the list that `fill_places` was given, that was not placed yet and
  /// fits where `line` is aimed; nullopt without one.
  virtual std::optional<std::size_t> search(const diversity_line&) { return std::nullopt; }
};

/// Fills the first `length` positions of a layout. An open one gets the best-ranked candidate of `ranked`
/// (best first, at least as many as there are open positions) that breaks no limit of `line`, else one that
/// `pool` finds, else the best-ranked one all the same. `line` ends at the position before the page.
std::vector<placement> fill_places(const page_layout& layout, const std::vector<std::size_t>& ranked,
                                   std::size_t length, diversity_line& line, candidate_pool& pool);

} // namespace kinora
