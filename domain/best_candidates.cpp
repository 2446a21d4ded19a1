#include "domain/best_candidates.hpp"

#include "domain/diversity_shares.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <span>
#include <vector>

namespace kinora {

namespace {

using entries = std::vector<const trending_entry*>;
using some_entries = std::span<const trending_entry* const>;

/// In order: `count_max` of the list, those past their share of it only where too few others are there, and
/// every pinned one.
entries select_entries(const trending_list& from, std::size_t count_max) {
  std::vector<bool> is_kept(from.entries.size());
  diversity_shares left{*from.catalogue, count_max};
  std::size_t kept = 0;
  for (std::size_t i = 0; i < is_kept.size() && kept < count_max; ++i)
    if (left.take(from.entries[i].facets())) {
      is_kept[i] = true;
      ++kept;
    }
  for (std::size_t i = 0; i < is_kept.size() && kept < count_max; ++i)
    if (!is_kept[i]) {
      is_kept[i] = true;
      ++kept;
    }
  entries out;
  out.reserve(kept);
  for (std::size_t i = 0; i < is_kept.size(); ++i)
    if (is_kept[i] || from.entries[i].pin)
      out.push_back(&from.entries[i]);
  return out;
}

/// A column made of what each entry has. One column after the other: reads of rows that lie far apart then
/// wait for memory together.
template <class T, class Value>
void fill(std::vector<T>& column, some_entries from, Value value) {
  column.reserve(from.size());
  for (auto* x : from)
    column.push_back(value(*x));
}

std::shared_ptr<const catalogue_block> copy_rows(some_entries from) {
  auto out = std::make_shared<catalogue_block>();
  fill(out->published, from, [](auto& x) { return x.published; });
  fill(out->expires, from, [](auto& x) { return x.expires; });
  fill(out->hash, from, [](auto& x) { return x.hash; });
  fill(out->factor, from, [](auto& x) { return x.block->rows->factor[x.row]; });
  fill(out->creator, from, [](auto& x) { return x.block->rows->creator[x.row]; });
  fill(out->videos, from, [](auto& x) { return x.video(); });
  out->tags_begin.push_back(0);
  for (std::uint32_t row = 0; row < from.size(); ++row) {
    auto& x = *from[row];
    auto tags = x.block->rows->tags_of(x.row);
    out->tags.insert(out->tags.end(), tags.begin(), tags.end());
    out->tags_begin.push_back(static_cast<std::uint32_t>(out->tags.size()));
    for (auto change : {x.published, x.expires})
      if (std::isfinite(change))
        out->changes.push_back(change);
    if (x.pin)
      out->pins.push_back({row, *x.pin});
  }
  std::sort(out->changes.begin(), out->changes.end());
  out->index();
  return out;
}

/// The same rows, which are in trending order, at the same prices.
std::shared_ptr<const priced_block> copy_block(some_entries from) {
  auto out = std::make_shared<priced_block>();
  out->rows = copy_rows(from);
  fill(out->base, from, [](auto& x) { return x.block->base[x.row]; });
  fill(out->trend, from, [](auto& x) { return x.score(); });
  fill(out->popularity, from, [](auto& x) { return x.block->popularity_of(x.row); });
  if (std::all_of(out->popularity.begin(), out->popularity.end(), [](auto x) { return x == 0.0; }))
    out->popularity.clear();
  out->by_trend.resize(from.size());
  std::iota(out->by_trend.begin(), out->by_trend.end(), std::uint16_t{0});
  return out;
}

} // namespace

catalogue_snapshot_ptr best_candidates(const trending_list& from, std::size_t count_max) {
  const auto selected = select_entries(from, count_max);
  if (selected.size() == from.entries.size())
    return nullptr;
  auto out = std::make_shared<catalogue_snapshot>();
  out->rules = from.catalogue->rules;
  out->tags = from.catalogue->tags;
  out->creators = from.catalogue->creators;
  out->videos = from.catalogue->videos;
  out->eligible = selected.size();
  for (some_entries left{selected}; !left.empty();) {
    auto block = copy_block(left.first(std::min(left.size(), catalogue_block::rows_max)));
    out->pinned += block->rows->pins.size();
    left = left.subspan(block->size());
    out->blocks.push_back(std::move(block));
  }
  return out;
}

} // namespace kinora
