#include "domain/trending.hpp"

#include "domain/id_set.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace kinora {

namespace {

/// Where the merge stands in one block.
struct merge_head {
  const catalogue_block* block;
  std::size_t next; ///< Index into by_trend.

  std::size_t row() const noexcept { return block->by_trend[next]; }
};

/// Moves on to the next visible row; false at the end of the block.
bool settle(merge_head& head, double now) {
  while (head.next < head.block->by_trend.size() && !head.block->visible(head.row(), now))
    ++head.next;
  return head.next < head.block->by_trend.size();
}

trending_entry make_entry(const catalogue_block& block, std::size_t row) {
  return {block.videos[row],          block.hash[row],  block.published[row], block.expires[row],
          trending_score(block, row), block.pin_of(row)};
}

/// Pins must be on the list wherever they rank, so that the fallback can show them too.
void append_missing_pins(const catalogue_snapshot& catalogue, double now, trending_list& out) {
  id_set listed;
  listed.reset(out.entries.size());
  for (auto& x : out.entries)
    listed.insert(x.hash);
  std::vector<trending_entry> missing;
  for (auto& block : catalogue.blocks)
    for (auto& pin : block->pins)
      if (block->visible(pin.row, now) && !listed.contains(block->hash[pin.row]))
        missing.push_back(make_entry(*block, pin.row));
  std::sort(missing.begin(), missing.end(), [](auto& a, auto& b) {
    return a.score != b.score           ? a.score > b.score
           : a.published != b.published ? a.published > b.published
                                        : a.video->id < b.video->id;
  });
  out.entries.insert(out.entries.end(), missing.begin(), missing.end());
}

std::optional<wall_time> next_change(const catalogue_snapshot& catalogue, double now) {
  auto next = std::numeric_limits<double>::infinity();
  for (auto& block : catalogue.blocks)
    for (std::size_t row = 0; row < block->size(); ++row) {
      if (block->published[row] > now)
        next = std::min(next, block->published[row]);
      else if (block->expires[row] > now)
        next = std::min(next, block->expires[row]);
    }
  if (!std::isfinite(next))
    return std::nullopt;
  return wall_time{std::chrono::milliseconds{std::llround(next * 1000.0)}};
}

} // namespace

trending_list_ptr make_trending(const catalogue_snapshot& catalogue, wall_time now) {
  auto now_s = unix_seconds(now);
  auto out = std::make_shared<trending_list>();
  std::vector<merge_head> heads;
  for (auto& block : catalogue.blocks)
    if (merge_head head{block.get(), 0}; settle(head, now_s))
      heads.push_back(head);
  auto worse = [](const merge_head& a, const merge_head& b) {
    return trends_before(*b.block, b.row(), *a.block, a.row());
  };
  std::make_heap(heads.begin(), heads.end(), worse);
  while (!heads.empty() && out->entries.size() < trending_list::entries_max) {
    std::pop_heap(heads.begin(), heads.end(), worse);
    auto& head = heads.back();
    out->entries.push_back(make_entry(*head.block, head.row()));
    ++head.next;
    if (settle(head, now_s))
      std::push_heap(heads.begin(), heads.end(), worse);
    else
      heads.pop_back();
  }
  append_missing_pins(catalogue, now_s, *out);
  out->made_at = now;
  out->next_change = next_change(catalogue, now_s);
  return out;
}

} // namespace kinora
