#include "domain/catalogue.hpp"

#include "domain/filters.hpp"
#include "domain/ids.hpp"
#include "domain/scoring/multipliers.hpp"
#include "domain/scoring/popularity.hpp"
#include "domain/trending.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <unordered_set>

namespace kinora {

namespace {

/// Interns into a table that snapshots may share: the first new symbol copies it, later ones go into the
/// copy.
class symbol_writer {
public:
  explicit symbol_writer(std::shared_ptr<const symbol_table>& table) : table_{table} {}

  std::uint32_t intern(const std::string& name) {
    if (!copy_) {
      if (auto known = table_->find(name))
        return *known;
      copy_ = std::make_shared<symbol_table>(*table_);
      table_ = copy_;
    }
    return copy_->intern(name);
  }

private:
  std::shared_ptr<const symbol_table>& table_;
  std::shared_ptr<symbol_table> copy_;
};

/// What one rebuild needs for every block.
struct column_builder {
  const tenant_rules& rules;
  video_filter filter;
  symbol_writer tags;
  symbol_writer creators;
  const item_writer* write_item = nullptr; ///< nullptr: no texts are kept.
  std::string texts{};                     ///< Of the block that is being built.

  void append(catalogue_block& out, const video_ptr& x) {
    constexpr auto infinity = std::numeric_limits<double>::infinity();
    out.videos.push_back(x);
    out.published.push_back(x->published_at ? unix_seconds(*x->published_at) : -infinity);
    out.expires.push_back(x->expires_at ? unix_seconds(*x->expires_at) : infinity);
    out.factor.push_back(scoring::tag_multiplier(*x, rules) * scoring::boost(*x, rules));
    for (auto change : {out.published.back(), out.expires.back()})
      if (std::isfinite(change))
        out.changes.push_back(change);
    out.hash.push_back(video_hash(x->id));
    out.creator.push_back(creators.intern(x->creator_id));
    for (auto& tag : x->tags)
      out.tags.push_back(tags.intern(tag));
    out.tags_begin.push_back(static_cast<std::uint32_t>(out.tags.size()));
    if (auto i = rules.pins.find(x->id); i != rules.pins.end())
      out.pins.push_back({static_cast<std::uint32_t>(out.size() - 1), i->second});
    if (write_item)
      append_text(out, (*write_item)(*x, rules));
  }

  void append_text(catalogue_block& out, const std::string& text) {
    if (text.size() <= catalogue::item_text_bytes_max)
      texts += text;
    out.item_text_begin.push_back(static_cast<std::uint32_t>(texts.size()));
  }

  /// In rooms of few sizes: what one block leaves behind, the next one fits in.
  void keep_texts(catalogue_block& out) {
    constexpr std::size_t grain = 16 * 1024;
    if (texts.size() > grain)
      out.item_texts.reserve((texts.size() / grain + 1) * grain);
    out.item_texts = texts;
    texts.clear();
  }

  std::shared_ptr<const catalogue_block> build(const std::vector<video_ptr>& videos) {
    auto out = std::make_shared<catalogue_block>();
    out->tags_begin.push_back(0);
    if (write_item)
      out->item_text_begin.push_back(0);
    for (auto& x : videos)
      if (filter.passes(*x))
        append(*out, x);
    keep_texts(*out);
    std::sort(out->changes.begin(), out->changes.end());
    out->index();
    return out;
  }
};

/// p/(p + k) for each of `rows`, which are some of `videos`, in their order; empty when all are 0. `sums` are
/// those of `videos`, or empty.
std::vector<double> popularity_of(const catalogue_block& rows, const std::vector<video_ptr>& videos,
                                  const std::vector<popularity_sum>& sums, double k, wall_time now) {
  std::vector<double> out;
  if (sums.empty())
    return out;
  out.reserve(rows.size());
  std::size_t i = 0;
  for (auto& x : rows.videos) {
    while (videos[i] != x)
      ++i;
    out.push_back(saturate(sums[i].at(now.time_since_epoch().count()), k));
  }
  if (std::all_of(out.begin(), out.end(), [](auto x) { return x == 0.0; }))
    out.clear();
  return out;
}

/// Prices `rows`, which are those of `videos` that pass the filters, with the `sums` of `videos`.
std::shared_ptr<const priced_block> price(std::shared_ptr<const catalogue_block> rows,
                                          const std::vector<video_ptr>& videos,
                                          const std::vector<popularity_sum>& sums, const tenant_rules& rules,
                                          wall_time now) {
  auto out = std::make_shared<priced_block>();
  out->popularity = popularity_of(*rows, videos, sums, rules.learning.popularity_k, now);
  out->rows = std::move(rows);
  auto size = out->size();
  out->base.reserve(size);
  out->trend.reserve(size);
  for (std::size_t row = 0; row < size; ++row) {
    auto score =
        scoring::raised_score(out->rows->videos[row]->score, out->popularity_of(row), rules.learning);
    out->base.push_back(scoring::base(score, rules.weights));
    out->trend.push_back(trending_score(score, out->rows->factor[row]));
  }
  out->by_trend.resize(size);
  std::iota(out->by_trend.begin(), out->by_trend.end(), std::uint16_t{0});
  std::sort(out->by_trend.begin(), out->by_trend.end(),
            [&](auto a, auto b) { return trends_before(*out, a, *out, b); });
  return out;
}

void append(catalogue_snapshot& out, const std::shared_ptr<const priced_block>& columns) {
  if (columns->size() == 0)
    return;
  out.blocks.push_back(columns);
  out.eligible += columns->size();
  out.pinned += columns->rows->pins.size();
}

} // namespace

bool catalogue::upsert(video_ptr x) {
  if (auto i = places_.find(x->id); i != places_.end()) {
    auto& target = blocks_[i->second.block];
    target.videos[i->second.row] = std::move(x);
    touch(target);
    return true;
  }
  if (places_.size() >= videos_max_)
    return false;
  if (open_blocks_.empty()) {
    open_blocks_.push_back(blocks_.size());
    blocks_.emplace_back();
  }
  auto index = open_blocks_.back();
  auto& target = blocks_[index];
  places_.emplace(x->id, place{index, target.videos.size()});
  target.videos.push_back(std::move(x));
  if (!target.popularity.empty())
    target.popularity.emplace_back();
  touch(target);
  if (target.videos.size() == catalogue_block::rows_max)
    open_blocks_.pop_back();
  return true;
}

std::vector<std::size_t> catalogue::without_room(std::span<const video_ptr> videos, bool replace) const {
  std::vector<std::size_t> out;
  auto room = videos_max_ - (replace ? 0 : size());
  std::unordered_set<std::string_view> added;
  for (std::size_t i = 0; i < videos.size(); ++i) {
    std::string_view id = videos[i]->id;
    if (added.contains(id) || (!replace && places_.contains(id)))
      continue;
    if (added.size() == room)
      out.push_back(i);
    else
      added.insert(id);
  }
  return out;
}

bool catalogue::erase(std::string_view id) {
  auto i = places_.find(id);
  if (i == places_.end())
    return false;
  auto [index, row] = i->second;
  places_.erase(i);
  auto& target = blocks_[index];
  if (target.videos.size() == catalogue_block::rows_max)
    open_blocks_.push_back(index);
  if (row + 1 != target.videos.size()) {
    target.videos[row] = std::move(target.videos.back());
    places_.find(target.videos[row]->id)->second.row = row;
  }
  target.videos.pop_back();
  if (!target.popularity.empty()) {
    target.popularity[row] = target.popularity.back();
    target.popularity.pop_back();
  }
  touch(target);
  return true;
}

void catalogue::clear() {
  places_.clear();
  blocks_.clear();
  open_blocks_.clear();
  forget_columns();
}

bool catalogue::set_popularity(std::string_view id, const popularity_sum& x) {
  auto i = places_.find(id);
  if (i == places_.end())
    return false;
  auto& target = blocks_[i->second.block];
  target.popularity.resize(target.videos.size());
  target.popularity[i->second.row] = x;
  target.columns = nullptr;
  return true;
}

void catalogue::forget_columns() {
  for (auto& x : blocks_)
    touch(x);
  tags_ = std::make_shared<symbol_table>();
  creators_ = std::make_shared<symbol_table>();
}

video_ptr catalogue::find(std::string_view id) const {
  auto i = places_.find(id);
  return i == places_.end() ? nullptr : blocks_[i->second.block].videos[i->second.row];
}

std::vector<video_ptr> catalogue::list(std::string_view after, std::size_t limit) const {
  std::vector<video_ptr> out;
  for (auto i = places_.upper_bound(after); i != places_.end() && out.size() < limit; ++i)
    out.push_back(blocks_[i->second.block].videos[i->second.row]);
  return out;
}

/// Prices without popularity never age. A clock that was set back makes prices old too.
bool catalogue::is_up_to_date(const block& x, wall_time now) {
  return x.columns && (x.columns->popularity.empty() || std::chrono::abs(now - x.priced_at) < price_age_max);
}

catalogue_snapshot_ptr catalogue::snapshot(std::shared_ptr<const tenant_rules> rules, wall_time now) {
  auto build_all = rules != rules_ || tags_->size() + creators_->size() > symbols_max_;
  if (build_all)
    forget_columns();
  rules_ = std::move(rules);
  column_builder builder{*rules_, video_filter{rules_->filters}, symbol_writer{tags_},
                         symbol_writer{creators_}};
  if (write_item_ && size() <= item_texts_max)
    builder.write_item = &write_item_;
  auto out = std::make_shared<catalogue_snapshot>();
  for (auto& x : blocks_) {
    if (!x.rows)
      x.rows = builder.build(x.videos);
    if (!is_up_to_date(x, now)) {
      x.columns = price(x.rows, x.videos, x.popularity, *rules_, now);
      x.priced_at = now;
    }
    append(*out, x.columns);
  }
  if (build_all)
    symbols_max_ = 2 * (tags_->size() + creators_->size()) + catalogue_block::rows_max;
  out->rules = rules_;
  out->tags = tags_;
  out->creators = creators_;
  out->videos = size();
  return out;
}

catalogue_snapshot_ptr catalogue::draft(std::shared_ptr<const tenant_rules> rules, wall_time now) const {
  auto out = std::make_shared<catalogue_snapshot>();
  out->tags = std::make_shared<symbol_table>();
  out->creators = std::make_shared<symbol_table>();
  column_builder builder{*rules, video_filter{rules->filters}, symbol_writer{out->tags},
                         symbol_writer{out->creators}};
  for (auto& x : blocks_)
    append(*out, price(builder.build(x.videos), x.videos, x.popularity, *rules, now));
  out->rules = std::move(rules);
  out->videos = size();
  return out;
}

} // namespace kinora
