#pragma once

#include "domain/catalogue_snapshot.hpp"
#include "domain/cursor.hpp"
#include "domain/diversity.hpp"
#include "domain/id_set.hpp"
#include "domain/scoring/formula.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace kinora {

/// Whether an item stands before or behind the place that it would have without limits of diversity.
enum class diversity_move : std::uint8_t { none, up, down };

/// What the limits of diversity did to an item, for people.
struct diversity_note {
  diversity_move move = diversity_move::none;
  diversity_rule rule;   ///< The limit that held this item back (down), or a better one (up).
  std::string value;     ///< The creator or the tag that it was about.
  bool exceeded = false; ///< It breaks that limit, because nothing else was left.
};

/// One position of a page.
struct slate_item {
  const kinora::video* video = nullptr; ///< Of the slate's catalogue.
  std::string_view text;                ///< What its catalogue has written of it ahead; may be empty.
  std::uint64_t hash = 0;
  scoring::score_parts score; ///< Only `final`, unless explained.
  /// 1-based place in the ranking, before pins and diversity, served videos counted. 0 for a video from far
  /// below the page when no explanation was asked: nobody else needs its exact place.
  std::uint32_t rank = 0;
  bool pinned = false;
  std::vector<std::string> matched_tags; ///< Its tags that the user has an affinity to; only when explained.
  std::optional<diversity_note> diversity; ///< Only when explained, and only where something changed.
};

/// A page of a session, best position first.
struct slate {
  catalogue_snapshot_ptr catalogue; ///< Keeps the videos of the items; may be nullptr without any.
  std::vector<slate_item> items;
  bool has_more = false;   ///< Something is left to serve, and the session is not at its end.
  bool is_reduced = false; ///< Ranked from the best candidates alone: others were left out.
};

/// What a page is made of, and how long it is.
struct page_request {
  std::vector<std::uint64_t> served;   ///< What the session has been served, in order.
  std::vector<std::uint64_t> excluded; ///< Ids the client asked to leave out.
  std::size_t limit = 20;              ///< 1 or more.
  bool explain = false;
  bool may_reduce = false; ///< There is little time: it may be ranked from the best candidates alone.

  /// Items this page may hold: a session ends after `session_items_max`.
  std::size_t length() const noexcept {
    return std::min(limit, session_items_max - std::min(session_items_max, served.size()));
  }
};

} // namespace kinora
