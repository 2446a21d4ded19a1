#include "domain/trending.hpp"

#include "domain/diversity_shares.hpp"
#include "domain/id_set.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace kinora {

namespace {

/// Where the merge stands in one block.
struct merge_head {
  const priced_block* block;
  std::size_t next; ///< Index into by_trend.

  std::size_t row() const noexcept { return block->by_trend[next]; }
};

/// Moves on to the next visible row; false at the end of the block.
bool settle(merge_head& head, double now) {
  while (head.next < head.block->by_trend.size() && !head.block->visible(head.row(), now))
    ++head.next;
  return head.next < head.block->by_trend.size();
}

trending_entry make_entry(const priced_block& block, std::size_t row, std::size_t rank) {
  auto& rows = *block.rows;
  return {&block,
          static_cast<std::uint32_t>(row),
          rows.hash[row],
          rows.published[row],
          rows.expires[row],
          rows.pin_of(row),
          static_cast<std::uint32_t>(rank)};
}

/// The visible rows of a catalogue in trending order, merged from the order that each block keeps.
class trend_merge {
public:
  trend_merge(const catalogue_snapshot& catalogue, double now) : now_{now} {
    for (auto& block : catalogue.blocks)
      if (merge_head head{block.get(), 0}; settle(head, now))
        heads_.push_back(head);
    std::make_heap(heads_.begin(), heads_.end(), worse);
  }

  std::optional<trending_entry> next() {
    if (heads_.empty())
      return std::nullopt;
    std::pop_heap(heads_.begin(), heads_.end(), worse);
    auto& head = heads_.back();
    auto out = make_entry(*head.block, head.row(), ++rank_);
    ++head.next;
    if (settle(head, now_))
      std::push_heap(heads_.begin(), heads_.end(), worse);
    else
      heads_.pop_back();
    return out;
  }

private:
  static bool worse(const merge_head& a, const merge_head& b) {
    return trends_before(*b.block, b.row(), *a.block, a.row());
  }

  double now_;
  std::vector<merge_head> heads_;
  std::size_t rank_ = 0;
};

/// Up to `entries_max` of the best, best first; those past their share only where too few others are found.
std::vector<trending_entry> select_entries(const catalogue_snapshot& catalogue, double now) {
  trend_merge best{catalogue, now};
  diversity_shares left{catalogue, trending_list::entries_max};
  std::vector<trending_entry> out, past_share;
  for (std::size_t i = 0; i < trending_list::looked_at_max && out.size() < trending_list::entries_max; ++i) {
    auto x = best.next();
    if (!x)
      break;
    if (left.take(x->facets()))
      out.push_back(*x);
    else if (past_share.size() < trending_list::entries_max)
      past_share.push_back(*x);
  }
  auto missing = std::min(past_share.size(), trending_list::entries_max - out.size());
  out.insert(out.end(), past_share.begin(), past_share.begin() + static_cast<std::ptrdiff_t>(missing));
  std::sort(out.begin(), out.end(), [](auto& a, auto& b) { return a.rank < b.rank; });
  return out;
}

/// Pins must be on the list wherever they rank, so that the fallback can show them too.
void append_missing_pins(const catalogue_snapshot& catalogue, double now, trending_list& out) {
  if (catalogue.pinned == 0)
    return;
  id_set listed;
  listed.reset(out.entries.size());
  for (auto& x : out.entries)
    listed.insert(x.hash);
  std::vector<trending_entry> missing;
  for (auto& block : catalogue.blocks)
    for (auto& pin : block->rows->pins)
      if (block->visible(pin.row, now) && !listed.contains(block->rows->hash[pin.row]))
        missing.push_back(make_entry(*block, pin.row, 0));
  std::sort(missing.begin(), missing.end(),
            [](auto& a, auto& b) { return trends_before(*a.block, a.row, *b.block, b.row); });
  auto rank = out.entries.empty() ? 0 : out.entries.back().rank;
  for (auto& x : missing)
    x.rank = ++rank;
  out.entries.insert(out.entries.end(), missing.begin(), missing.end());
}

std::optional<wall_time> next_change(const catalogue_snapshot& catalogue, double now) {
  auto next = std::numeric_limits<double>::infinity();
  for (auto& block : catalogue.blocks) {
    auto& changes = block->rows->changes;
    if (auto i = std::upper_bound(changes.begin(), changes.end(), now); i != changes.end())
      next = std::min(next, *i);
  }
  if (!std::isfinite(next))
    return std::nullopt;
  return wall_time{std::chrono::milliseconds{std::llround(next * 1000.0)}};
}

} // namespace

trending_list_ptr make_trending(catalogue_snapshot_ptr catalogue, wall_time now) {
  auto now_s = unix_seconds(now);
  auto out = std::make_shared<trending_list>();
  out->entries = select_entries(*catalogue, now_s);
  append_missing_pins(*catalogue, now_s, *out);
  out->made_at = now;
  out->next_change = next_change(*catalogue, now_s);
  out->catalogue = std::move(catalogue);
  return out;
}

} // namespace kinora
