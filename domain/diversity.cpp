#include "domain/diversity.hpp"

#include <algorithm>

namespace kinora {

// -- symbols of one kind ------------------------------------------------------------------------------------

diversity_line::tally::tally(std::optional<std::uint32_t> at_most, std::size_t symbols) : limit{at_most} {
  if (!limit)
    return;
  count.resize(symbols);
  is_full.resize(symbols);
}

void diversity_line::tally::add(std::uint32_t symbol, std::vector<std::uint32_t>& full) {
  if (!limit || ++count[symbol] < *limit || is_full[symbol])
    return;
  is_full[symbol] = 1;
  full.push_back(symbol);
}

void diversity_line::tally::remove(std::uint32_t symbol) {
  if (limit)
    --count[symbol];
}

void diversity_line::tally::forget(std::vector<std::uint32_t>& full) {
  for (auto symbol : full)
    is_full[symbol] = 0;
  full.clear();
}

// -- the line -----------------------------------------------------------------------------------------------

diversity_line::diversity_line(const diversity_limits& limits, const catalogue_snapshot& catalogue)
    : limits_{limits},
      nobody_{catalogue.creators->find("")},
      creators_{limits.max_per_creator, catalogue.creators->size()},
      tags_{limits.max_per_tag, catalogue.tags->size()} {}

void diversity_line::recall(const catalogue_snapshot& catalogue, std::span<const std::uint64_t> served,
                            const catalogue_snapshot* likely) {
  served = served.last(std::min(reach(), served.size()));
  if (served.empty())
    return;
  id_set wanted;
  wanted.reset(served.size());
  for (auto hash : served)
    wanted.insert(hash);
  line_.resize(served.size());
  if (likely && recall_from(*likely, served, wanted) == 0)
    return;
  recall_from(catalogue, served, wanted);
}

/// Returns how many positions are unknown still.
std::size_t diversity_line::recall_from(const catalogue_snapshot& catalogue,
                                        std::span<const std::uint64_t> served, const id_set& wanted) {
  auto unknown = static_cast<std::size_t>(std::count(line_.begin(), line_.end(), std::nullopt));
  for (auto& block : catalogue.blocks)
    for (std::size_t row = 0; row < block->size(); ++row) {
      auto hash = block->rows->hash[row];
      if (!wanted.contains(hash))
        continue;
      auto& at =
          line_[static_cast<std::size_t>(std::find(served.begin(), served.end(), hash) - served.begin())];
      if (at)
        continue;
      at = block->rows->facets_of(row);
      if (--unknown == 0)
        return 0;
    }
  return unknown;
}

void diversity_line::enter(std::size_t position) {
  if (position >= line_.size() || !line_[position])
    return;
  auto& x = *line_[position];
  if (counts(x.creator))
    creators_.add(x.creator, full_.creators);
  for (auto tag : x.tags)
    tags_.add(tag, full_.tags);
}

void diversity_line::leave(std::size_t position) {
  if (position >= line_.size() || !line_[position])
    return;
  auto& x = *line_[position];
  if (counts(x.creator))
    creators_.remove(x.creator);
  for (auto tag : x.tags)
    tags_.remove(tag);
}

void diversity_line::aim(std::size_t position) {
  creators_.forget(full_.creators);
  tags_.forget(full_.tags);
  if (!limits_.any())
    return;
  // Slides a window over the position, from the first one that holds it to the last.
  auto first = position - std::min(position, reach());
  for (auto i = first; i < first + limits_.window; ++i)
    enter(i);
  for (; first < position; ++first) {
    leave(first);
    enter(first + limits_.window);
  }
  for (auto i = position; i < position + limits_.window; ++i)
    leave(i);
}

std::optional<diversity_breach> diversity_line::breach(const video_facets& x) const noexcept {
  if (counts(x.creator) && !creators_.has_room(x.creator))
    return diversity_breach{diversity_rule::max_per_creator};
  if (full_.tags.empty())
    return std::nullopt;
  for (std::size_t i = 0; i < x.tags.size(); ++i)
    if (!tags_.has_room(x.tags[i]))
      return diversity_breach{diversity_rule::max_per_tag, i};
  return std::nullopt;
}

bool diversity_line::is_full_of(const full_symbols& other) const noexcept {
  return std::none_of(other.creators.begin(), other.creators.end(),
                      [&](auto x) { return creators_.has_room(x); }) &&
         std::none_of(other.tags.begin(), other.tags.end(), [&](auto x) { return tags_.has_room(x); });
}

} // namespace kinora
