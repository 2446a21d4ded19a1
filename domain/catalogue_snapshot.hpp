#pragma once

#include "domain/posting_lists.hpp"
#include "domain/symbol_table.hpp"
#include "domain/tenant_rules.hpp"
#include "domain/video.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace kinora {

using video_ptr = std::shared_ptr<const video>;

/// Whose a video is and what it is about, as symbols of its catalogue.
struct video_facets {
  std::uint32_t creator;
  std::span<const std::uint32_t> tags; ///< In the video's order.
};

/// Up to `rows_max` videos as columns, holding only those that pass the tenant's filters; row i of one column
/// belongs to row i of every other. What the videos and the rules say by themselves: see `priced_block` for
/// the rest. Immutable once published, shared between snapshots that agree on it.
struct catalogue_block {
  static constexpr std::size_t rows_max = 512;

  /// A row that the tenant's rules pin.
  struct pin {
    std::uint32_t row;
    std::uint32_t position; ///< From 0 at the start of a session.
  };

  std::vector<video_ptr> videos;
  std::vector<double> published;         ///< Unix seconds; -inf without a publication time.
  std::vector<double> expires;           ///< Unix seconds; +inf when it never does.
  std::vector<double> factor;            ///< tag_multiplier × boost.
  std::vector<std::uint64_t> hash;       ///< domain/ids.hpp's video_hash.
  std::vector<std::uint32_t> creator;    ///< Symbol of the creator.
  std::vector<std::uint32_t> tags;       ///< Symbols of the tags of all rows, one row after the other.
  std::vector<std::uint32_t> tags_begin; ///< Row i has tags[tags_begin[i]] up to tags[tags_begin[i + 1]].
  std::string item_texts;                ///< What feeds say of the rows, written ahead, one after the other.
  std::vector<std::uint32_t> item_text_begin; ///< Like `tags_begin`; empty when no row has a text.
  posting_lists with_tag;                     ///< The rows by tag.
  posting_lists with_creator;                 ///< The rows by creator.
  std::vector<double> changes;                ///< When a row falls due or expires: Unix seconds, ascending.
  std::vector<pin> pins;                      ///< In order of row.

  std::size_t size() const noexcept { return videos.size(); }

  std::span<const std::uint32_t> tags_of(std::size_t row) const noexcept {
    return {tags.data() + tags_begin[row], tags_begin[row + 1] - tags_begin[row]};
  }

  /// What an `item_writer` (domain/catalogue.hpp) wrote of the row; empty when it is not kept.
  std::string_view item_text_of(std::size_t row) const noexcept {
    if (item_text_begin.empty())
      return {};
    const auto begin = item_text_begin[row];
    return {item_texts.data() + begin, item_text_begin[row + 1] - begin};
  }

  video_facets facets_of(std::size_t row) const noexcept { return {creator[row], tags_of(row)}; }

  /// Makes the posting lists of the other columns, which are complete.
  void index();

  /// The position that `row` is pinned to, if it is.
  std::optional<std::uint32_t> pin_of(std::size_t row) const noexcept {
    auto i = std::lower_bound(pins.begin(), pins.end(), row, [](auto& x, auto r) { return x.row < r; });
    return i != pins.end() && i->row == row ? std::optional{i->position} : std::nullopt;
  }

  /// Published and not expired at `now` (Unix seconds).
  bool visible(std::size_t row, double now) const noexcept {
    return published[row] <= now && now < expires[row];
  }
};

/// A block with what popularity changes too: columns of the same rows. Immutable and shared alike; blocks
/// that differ only in popularity share their `rows`.
struct priced_block {
  std::shared_ptr<const catalogue_block> rows; ///< Never nullptr.
  std::vector<double> popularity;              ///< p/(p + k), 0..1; empty when it is 0 for every row.
  std::vector<double> base;                    ///< w_popularity × score, raised by popularity.
  std::vector<double> trend;                   ///< What trending sorts by (domain/trending.hpp).
  std::vector<std::uint16_t> by_trend;         ///< Rows in trending order (domain/trending.hpp).

  std::size_t size() const noexcept { return rows->size(); }
  bool visible(std::size_t row, double now) const noexcept { return rows->visible(row, now); }
  double popularity_of(std::size_t row) const noexcept { return popularity.empty() ? 0.0 : popularity[row]; }
};

/// A tenant's catalogue under its rules and with its popularity at one instant: everything that ranking
/// reads.
struct catalogue_snapshot {
  std::shared_ptr<const tenant_rules> rules;
  std::vector<std::shared_ptr<const priced_block>> blocks;
  std::shared_ptr<const symbol_table> tags;
  std::shared_ptr<const symbol_table> creators;
  std::size_t videos = 0;   ///< In the catalogue, whether they pass the filters or not.
  std::size_t eligible = 0; ///< Rows of all blocks: videos that pass the filters.
  std::size_t pinned = 0;   ///< Pins of all blocks.
};

using catalogue_snapshot_ptr = std::shared_ptr<const catalogue_snapshot>;

/// Wall time as the columns hold it.
inline double unix_seconds(wall_time x) noexcept {
  return static_cast<double>(x.time_since_epoch().count()) / 1000.0;
}

} // namespace kinora
