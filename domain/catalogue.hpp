#pragma once

#include "domain/catalogue_snapshot.hpp"
#include "domain/decay.hpp"

#include <chrono>
#include <cstddef>
#include <functional>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace kinora {

/// Writes what a feed says of a video, whoever it is for. Nothing where that would be more than
/// `catalogue::item_text_bytes_max`, and it costs nothing then.
using item_writer = std::function<std::string(const video&, const tenant_rules&)>;

/// A tenant's videos with their popularity, as their owner keeps them: ordered by id, in blocks, of which a
/// change makes only one dirty. `snapshot` rebuilds the dirty ones and shares the rest, so that a single
/// upsert costs one block's work, whatever the catalogue's size (and a copy of the symbols, when it brings a
/// new tag or creator). Where only popularity has changed, a block keeps its rows and gets new prices.
class catalogue {
public:
  /// Popularity decays by itself: prices that it raised are made anew when they are this old. Until then
  /// a score, 0..100, is off by less than 0.005 at a half-life of 3 days, by less than 3 at the shortest one.
  static constexpr std::chrono::milliseconds price_age_max{60'000};

  /// What `item_writer` wrote is kept with the videos while there are at most so many of them, where it has
  /// at most so many bytes: a page is written from texts several times as fast as from strings that lie
  /// anywhere, but they take a third of a video's memory.
  static constexpr std::size_t item_texts_max = 10'000;
  static constexpr std::size_t item_text_bytes_max = 1'024;

  /// Holds at most `videos_max` videos. `write_item` may be empty: then no texts are kept.
  explicit catalogue(std::size_t videos_max, item_writer write_item = {})
      : videos_max_{videos_max}, write_item_{std::move(write_item)} {}

  /// Adds or replaces a video, which keeps its popularity; false (and no change) when it is new and the
  /// catalogue is full.
  [[nodiscard]] bool upsert(video_ptr x);

  /// Indices of those of `videos` for which there is no room: new ids past the limit, counted from an empty
  /// catalogue when they replace it.
  std::vector<std::size_t> without_room(std::span<const video_ptr> videos, bool replace) const;

  /// Removes a video with its popularity; false when there is none of that id.
  bool erase(std::string_view id);

  /// Removes everything.
  void clear();

  /// Replaces what events say of a video; false (and no change) when there is none of that id.
  bool set_popularity(std::string_view id, const popularity_sum& x);

  video_ptr find(std::string_view id) const;

  /// The first `limit` videos whose id is greater than `after`, in order of id.
  std::vector<video_ptr> list(std::string_view after, std::size_t limit) const;

  /// Every video, in order of id.
  std::vector<video_ptr> all() const { return list({}, size()); }

  std::size_t size() const noexcept { return places_.size(); }

  /// The catalogue under `rules` (never nullptr) at `now`, give or take `price_age_max` for popularity. Other
  /// rules than the last ones rebuild every block, and so does, rarely, a table of symbols that has grown to
  /// more than twice what is in use.
  catalogue_snapshot_ptr snapshot(std::shared_ptr<const tenant_rules> rules, wall_time now);

  /// The catalogue under other rules, which change nothing here.
  catalogue_snapshot_ptr draft(std::shared_ptr<const tenant_rules> rules, wall_time now) const;

private:
  struct place {
    std::size_t block;
    std::size_t row;
  };

  struct block {
    std::vector<video_ptr> videos;
    std::vector<popularity_sum> popularity;      ///< By row, 0 without events; empty: 0 for every row.
    std::shared_ptr<const catalogue_block> rows; ///< nullptr: dirty.
    std::shared_ptr<const priced_block> columns; ///< nullptr: dirty, or popularity has changed.
    wall_time priced_at;                         ///< When `columns` were made.
  };

  static void touch(block& x) {
    x.rows = nullptr;
    x.columns = nullptr;
  }

  static bool is_up_to_date(const block& x, wall_time now);

  /// Makes every block dirty and forgets all symbols: the next snapshot interns those in use anew.
  void forget_columns();

  std::size_t videos_max_;
  item_writer write_item_;
  std::map<std::string, place, std::less<>> places_;
  std::vector<block> blocks_;
  std::vector<std::size_t> open_blocks_; ///< Blocks with room, the last one is filled first.
  std::shared_ptr<const tenant_rules> rules_;
  std::shared_ptr<const symbol_table> tags_ = std::make_shared<symbol_table>();
  std::shared_ptr<const symbol_table> creators_ = std::make_shared<symbol_table>();
  /// Past this many, most symbols are of videos that are gone: the next snapshot rebuilds every block.
  std::size_t symbols_max_ = 0;
};

} // namespace kinora
