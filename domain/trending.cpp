#include "domain/trending.hpp"

#include "domain/id_set.hpp"
#include "domain/placement.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

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

trending_entry make_entry(const catalogue_block& block, std::size_t row, std::size_t rank) {
  return {&block,
          static_cast<std::uint32_t>(row),
          block.hash[row],
          block.published[row],
          block.expires[row],
          block.pin_of(row),
          static_cast<std::uint32_t>(rank)};
}

/// The first `count` visible rows in trending order, merged from the order that each block keeps.
std::vector<trending_entry> merge(const catalogue_snapshot& catalogue, double now, std::size_t count) {
  std::vector<trending_entry> out;
  std::vector<merge_head> heads;
  for (auto& block : catalogue.blocks)
    if (merge_head head{block.get(), 0}; settle(head, now))
      heads.push_back(head);
  auto worse = [](const merge_head& a, const merge_head& b) {
    return trends_before(*b.block, b.row(), *a.block, a.row());
  };
  std::make_heap(heads.begin(), heads.end(), worse);
  while (!heads.empty() && out.size() < count) {
    std::pop_heap(heads.begin(), heads.end(), worse);
    auto& head = heads.back();
    out.push_back(make_entry(*head.block, head.row(), out.size() + 1));
    ++head.next;
    if (settle(head, now))
      std::push_heap(heads.begin(), heads.end(), worse);
    else
      heads.pop_back();
  }
  return out;
}

class entry_pool : public candidate_pool {
public:
  explicit entry_pool(const std::vector<trending_entry>& entries) : entries_{entries} {}
  video_facets facets(std::size_t i) const override { return entries_[i].facets(); }

private:
  const std::vector<trending_entry>& entries_;
};

/// Those of `entries` that the first `entries_max` positions show, still best first.
std::vector<trending_entry> diversified(const std::vector<trending_entry>& entries,
                                        const catalogue_snapshot& catalogue) {
  std::vector<std::size_t> ranked(entries.size());
  std::iota(ranked.begin(), ranked.end(), std::size_t{0});
  diversity_line line{catalogue.rules->diversity, catalogue};
  entry_pool pool{entries};
  auto places =
      fill_places(page_layout(trending_list::entries_max), ranked, trending_list::entries_max, line, pool);
  std::vector<std::size_t> chosen;
  for (auto& place : places)
    chosen.push_back(place.candidate);
  std::sort(chosen.begin(), chosen.end());
  std::vector<trending_entry> out;
  for (auto i : chosen)
    out.push_back(entries[i]);
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
    for (auto& pin : block->pins)
      if (block->visible(pin.row, now) && !listed.contains(block->hash[pin.row]))
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
  for (auto& block : catalogue.blocks)
    if (auto i = std::upper_bound(block->changes.begin(), block->changes.end(), now);
        i != block->changes.end())
      next = std::min(next, *i);
  if (!std::isfinite(next))
    return std::nullopt;
  return wall_time{std::chrono::milliseconds{std::llround(next * 1000.0)}};
}

} // namespace

trending_list_ptr make_trending(catalogue_snapshot_ptr catalogue, wall_time now) {
  auto now_s = unix_seconds(now);
  auto out = std::make_shared<trending_list>();
  auto is_diverse = catalogue->rules->diversity.any();
  out->entries = merge(*catalogue, now_s, trending_list::entries_max * (is_diverse ? 4 : 1));
  if (out->entries.size() > trending_list::entries_max)
    out->entries = diversified(out->entries, *catalogue);
  append_missing_pins(*catalogue, now_s, *out);
  out->made_at = now;
  out->next_change = next_change(*catalogue, now_s);
  out->catalogue = std::move(catalogue);
  return out;
}

} // namespace kinora
