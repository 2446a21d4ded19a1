#include "domain/ranking.hpp"

#include "domain/ids.hpp"
#include "domain/scoring/multipliers.hpp"
#include "domain/scoring/recency.hpp"

#include <algorithm>
#include <limits>
#include <numeric>
#include <utility>

namespace kinora {

/// The strategies composed: what one row is worth for this user, now.
class ranking::scorer {
public:
  scorer(const rank_query& query, const scoring::affinity_index& affinities)
      : weights_{query.catalogue.rules->weights},
        affinities_{affinities},
        window_s_{query.catalogue.rules->recency_window_hours * 3600.0} {}

  double recency(const catalogue_block& block, std::size_t row, double now) const noexcept {
    return weights_.recency * scoring::recency(now - block.published[row], window_s_);
  }

  template <bool HasTags, bool HasCreators>
  double affinity(const catalogue_block& block, std::size_t row) const noexcept {
    double sum = 0.0;
    if constexpr (HasTags)
      sum += weights_.user_affinity * affinities_.of_tags(block.tags_of(row));
    if constexpr (HasCreators)
      sum += weights_.creator_affinity * affinities_.of_creator(block.creator[row]);
    return sum;
  }

  template <bool HasTags, bool HasCreators>
  double final(const catalogue_block& block, std::size_t row, double now) const noexcept {
    return scoring::final_score(block.base[row], recency(block, row, now),
                                affinity<HasTags, HasCreators>(block, row), block.factor[row]);
  }

private:
  const boost_weights& weights_;
  const scoring::affinity_index& affinities_;
  double window_s_;
};

bool ranking::before(const candidate& a, const candidate& b) noexcept {
  if (a.final != b.final)
    return a.final > b.final;
  auto x = a.block->published[a.row], y = b.block->published[b.row];
  if (x != y)
    return x > y;
  return a.block->videos[a.row]->id < b.block->videos[b.row]->id;
}

void ranking::prepare(const rank_query& query) {
  affinities_.assign(query.signals, *query.catalogue.tags, *query.catalogue.creators);
  auto watched = query.signals ? query.signals->watched_ids.size() : 0;
  hidden_.reset(watched + query.page.excluded.size());
  if (query.signals)
    for (auto& id : query.signals->watched_ids)
      hidden_.insert(video_hash(id));
  for (auto hash : query.page.excluded)
    hidden_.insert(hash);
  served_.reset(query.page.served.size());
  for (auto hash : query.page.served)
    served_.insert(hash);
  best_.clear();
  // Served and pinned videos take part, because they keep their ranks, but fill no place of the page.
  capacity_ = query.page.length() + 1 + query.page.served.size() + query.catalogue.pinned;
}

void ranking::offer(const candidate& x) {
  if (best_.size() == capacity_) {
    if (!before(x, best_.front()) || hidden_.contains(x.hash()))
      return;
    std::pop_heap(best_.begin(), best_.end(), before);
    best_.back() = x;
  } else {
    if (hidden_.contains(x.hash()))
      return;
    best_.push_back(x);
  }
  std::push_heap(best_.begin(), best_.end(), before);
}

template <bool HasTags, bool HasCreators>
void ranking::scan(const catalogue_block& block, const scorer& score, double now) {
  auto threshold = best_.size() == capacity_ ? best_.front().final : -std::numeric_limits<double>::infinity();
  for (std::size_t row = 0; row < block.size(); ++row) {
    auto final = score.final<HasTags, HasCreators>(block, row, now);
    if (final < threshold || !block.visible(row, now))
      continue;
    offer({final, &block, static_cast<std::uint32_t>(row)});
    if (best_.size() == capacity_)
      threshold = best_.front().final;
  }
}

result<void> ranking::select(const rank_query& query, const scorer& score, double now) {
  auto scan_block = &ranking::scan<false, false>;
  if (affinities_.knows_tags())
    scan_block = affinities_.knows_creators() ? &ranking::scan<true, true> : &ranking::scan<true, false>;
  else if (affinities_.knows_creators())
    scan_block = &ranking::scan<false, true>;
  for (auto& block : query.catalogue.blocks) {
    if (query.give_up && query.give_up())
      return failure{errc::timeout, {}, "the ranking ran out of its time"};
    (this->*scan_block)(*block, score, now);
  }
  std::sort(best_.begin(), best_.end(), before);
  return {};
}

/// The pinned videos that may be served, best-ranked first, as indexes into `best_`; those that rank below
/// what was selected are appended to it.
std::vector<pinned_candidate> ranking::collect_pins(const rank_query& query, const scorer& score,
                                                    double now) {
  std::vector<pinned_candidate> out;
  id_set selected;
  selected.reset(query.catalogue.pinned);
  for (std::size_t i = 0; i < best_.size(); ++i)
    if (auto position = best_[i].block->pin_of(best_[i].row);
        position && !served_.contains(best_[i].hash())) {
      out.push_back({i, *position});
      selected.insert(best_[i].hash());
    }
  std::vector<std::pair<candidate, std::uint32_t>> below;
  for (auto& block : query.catalogue.blocks)
    for (auto& [row, position] : block->pins)
      if (auto hash = block->hash[row]; block->visible(row, now) && !hidden_.contains(hash) &&
                                        !served_.contains(hash) && !selected.contains(hash))
        below.push_back({{score.final<true, true>(*block, row, now), block.get(), row}, position});
  std::sort(below.begin(), below.end(), [](auto& a, auto& b) { return before(a.first, b.first); });
  for (auto& [x, position] : below) {
    out.push_back({best_.size(), position});
    best_.push_back(x);
  }
  return out;
}

slate ranking::cut_page(const rank_query& query, const scorer& score, double now) {
  auto selected = best_.size();
  auto pins = collect_pins(query, score, now);
  std::vector<bool> is_pinned(best_.size());
  for (auto& pin : pins)
    is_pinned[pin.candidate] = true;
  std::vector<std::size_t> ranked;
  for (std::size_t i = 0; i < selected; ++i)
    if (!is_pinned[i] && !served_.contains(best_[i].hash()))
      ranked.push_back(i);
  auto length = query.page.length();
  auto order = place_pins(std::move(ranked), std::move(pins), query.page.served.size(), length);
  slate out;
  out.has_more = order.size() > length && query.page.served.size() + length < session_items_max;
  order.resize(std::min(order.size(), length));
  std::vector<std::uint32_t> below(best_.size() - selected);
  if (query.page.explain && std::any_of(order.begin(), order.end(), [&](auto i) { return i >= selected; }))
    below = ranks_from(selected, query, score, now);
  for (auto i : order) {
    auto& item = out.items.emplace_back(make_item(best_[i], query, score, now));
    item.pinned = is_pinned[i];
    item.rank = i < selected ? static_cast<std::uint32_t>(i + 1) : below[i - selected];
  }
  return out;
}

slate_item ranking::make_item(const candidate& x, const rank_query& query, const scorer& score,
                              double now) const {
  slate_item out;
  out.video = x.block->videos[x.row];
  out.hash = x.hash();
  out.score.base = x.block->base[x.row];
  out.score.recency = score.recency(*x.block, x.row, now);
  out.score.affinity = score.affinity<true, true>(*x.block, x.row);
  out.score.tag_multiplier = scoring::tag_multiplier(*out.video, *query.catalogue.rules);
  out.score.boost = scoring::boost(*out.video, *query.catalogue.rules);
  out.score.final = x.final;
  if (query.page.explain && query.signals)
    for (auto& tag : out.video->tags)
      if (auto i = query.signals->affinities.find(tag);
          i != query.signals->affinities.end() && i->second > 0.0)
        out.matched_tags.push_back(tag);
  return out;
}

/// The ranks of `best_` from index `first` on, in one more pass over the catalogue: each is one more than the
/// number of videos before it.
std::vector<std::uint32_t> ranking::ranks_from(std::size_t first, const rank_query& query,
                                               const scorer& score, double now) const {
  auto begin = best_.begin() + static_cast<std::ptrdiff_t>(first);
  std::vector<std::uint32_t> ranks(best_.size() - first);
  for (auto& block : query.catalogue.blocks)
    for (std::uint32_t row = 0; row < block->size(); ++row) {
      if (!block->visible(row, now) || hidden_.contains(block->hash[row]))
        continue;
      auto behind = std::lower_bound(
          begin, best_.end(), candidate{score.final<true, true>(*block, row, now), block.get(), row}, before);
      if (behind != best_.end())
        ++ranks[static_cast<std::size_t>(behind - begin)];
    }
  std::partial_sum(ranks.begin(), ranks.end(), ranks.begin());
  return ranks;
}

result<slate> ranking::run(const rank_query& query) {
  prepare(query);
  auto now = unix_seconds(query.now);
  scorer score{query, affinities_};
  if (auto done = select(query, score, now); !done)
    return done.error();
  return cut_page(query, score, now);
}

} // namespace kinora
