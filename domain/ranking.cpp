#include "domain/ranking.hpp"

#include "domain/hidden_ids.hpp"
#include "domain/prefetch.hpp"
#include "domain/scoring/multipliers.hpp"
#include "domain/scoring/recency.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <limits>
#include <numeric>
#include <span>
#include <string>
#include <utility>

namespace kinora {

namespace {

/// By row of one block.
using row_scores = std::array<double, catalogue_block::rows_max>;

// About what some of the work costs, in steps from one posting to the next.
constexpr std::size_t search_steps = 128;   ///< To find a symbol in posting lists.
constexpr std::size_t steps_to_bound = 4;   ///< To bound the score of one row.
constexpr std::size_t steps_to_look_up = 3; ///< Of one row, and of each of its tags.

/// To spread affinities.
std::size_t steps_to_spread(const scoring::affinity_table& affinities, const posting_lists& lists) {
  return std::min(search_steps * affinities.symbols().size(), lists.symbols().size() + lists.size());
}

/// The largest of the affinities to what each row of a block has, by the posting lists of that column.
void spread(const scoring::affinity_table& affinities, const posting_lists& lists, std::size_t rows,
            row_scores& out) {
  const auto raise = [&](std::span<const std::uint16_t> list, double affinity) {
    for (auto row : list)
      out[row] = std::max(out[row], affinity);
  };
  std::fill_n(out.begin(), rows, 0.0);
  const auto symbols = lists.symbols();
  const auto known = affinities.symbols();
  if (search_steps * known.size() < symbols.size()) {
    for (auto symbol : known)
      raise(lists.rows_of(symbol), affinities[symbol]);
    return;
  }
  for (std::size_t i = 0; i < symbols.size(); ++i)
    if (const auto affinity = affinities[symbols[i]]; affinity > 0.0)
      raise(lists.rows(i), affinity);
}

} // namespace

/// The strategies composed: what one row is worth for this user, now.
class ranking::scorer {
public:
  scorer(const rank_query& query, const scoring::affinity_index& affinities)
      : weights_{query.catalogue->rules->weights},
        affinities_{affinities},
        freshness_{weights_.recency, query.catalogue->rules->recency_window_hours * 3600.0},
        affinity_max_{weighted(affinities.tags.largest(), affinities.creators.largest())} {}

  double recency(const catalogue_block& block, std::size_t row, double now) const noexcept {
    return freshness_(now - block.published[row]);
  }

  double affinity(const catalogue_block& block, std::size_t row) const noexcept {
    return weighted(affinities_.largest(block.tags_of(row)), affinities_.creators[block.creator[row]]);
  }

  double final(double base, const catalogue_block& block, std::size_t row, double now) const noexcept {
    return scoring::final_score(base, recency(block, row, now), affinity(block, row), block.factor[row]);
  }

  /// `final` of those rows of one block that reach `threshold`; the others get something below it, or theirs.
  void finals(const priced_block& block, double now, double threshold, row_scores& out) const noexcept {
    auto& rows = *block.rows;
    const auto steps = steps_to_spread(affinities_.tags, rows.with_tag) +
                       steps_to_spread(affinities_.creators, rows.with_creator);
    if (affinity_max_ == 0.0)
      bounds(block, now, out);
    else if (steps <= steps_to_bound * rows.size())
      spread_finals(block, now, out);
    else
      look_up_finals(block, now, threshold, steps, out);
  }

private:
  /// What newer videos get more than old ones.
  struct freshness {
    double weight;
    double window_s;
    double operator()(double age_s) const noexcept { return weight * scoring::recency(age_s, window_s); }
  };

  /// For who knows much, up to a thousand tags: looks the affinities of a row up only where it could reach
  /// the threshold, unless those are so many that `steps_to_spread` for all of them are less work.
  void look_up_finals(const priced_block& block, double now, double threshold, std::size_t steps_to_spread,
                      row_scores& out) const noexcept {
    auto& rows = *block.rows;
    bounds(block, now, out);
    const auto end = out.begin() + static_cast<std::ptrdiff_t>(rows.size());
    const auto promising =
        static_cast<std::size_t>(std::count_if(out.begin(), end, [&](auto x) { return x >= threshold; }));
    if (promising * steps_to_look_up * (rows.size() + rows.tags.size()) > steps_to_spread * rows.size()) {
      spread_finals(block, now, out);
      return;
    }
    for (std::size_t row = 0; row < rows.size(); ++row)
      if (out[row] >= threshold)
        out[row] = final(block.base[row], rows, row, now);
  }

  void spread_finals(const priced_block& block, double now, row_scores& out) const noexcept {
    row_scores of_tags, of_creator;
    spread(affinities_.tags, block.rows->with_tag, block.size(), of_tags);
    spread(affinities_.creators, block.rows->with_creator, block.size(), of_creator);
    const auto to_tags = weights_.user_affinity, to_creator = weights_.creator_affinity;
    score(block, now, out,
          [&](std::size_t row) { return to_tags * of_tags[row] + to_creator * of_creator[row]; });
  }

  /// What each row is worth at most: with the largest affinity to it that this user has to anything. Exact
  /// for who has none: rounding keeps an order, and nothing in a score is negative.
  void bounds(const priced_block& block, double now, row_scores& out) const noexcept {
    score(block, now, out, [affinity = affinity_max_](std::size_t) { return affinity; });
  }

  /// The compiler makes vector instructions of it.
  template <class AffinityOf>
  void score(const priced_block& block, double now, row_scores& out,
             const AffinityOf& affinity_of) const noexcept {
    auto& rows = *block.rows;
    const auto* base = block.base.data();
    const auto* published = rows.published.data();
    const auto* factor = rows.factor.data();
    const auto fresh = freshness_;
    for (std::size_t row = 0, count = rows.size(); row < count; ++row)
      out[row] = scoring::final_score(base[row], fresh(now - published[row]), affinity_of(row), factor[row]);
  }

  double weighted(double to_tags, double to_creator) const noexcept {
    return weights_.user_affinity * to_tags + weights_.creator_affinity * to_creator;
  }

  const boost_weights& weights_;
  const scoring::affinity_index& affinities_;
  freshness freshness_;
  double affinity_max_; ///< Of any row.
};

/// One run: what is asked, and what every part of it needs.
struct ranking::pass {
  const rank_query& query;
  const catalogue_snapshot& candidates; ///< The whole catalogue, or the best of it.
  scorer score;
  double now; ///< Unix seconds.

  const tenant_rules& rules() const noexcept { return *query.catalogue->rules; }
  bool is_reduced() const noexcept { return &candidates != query.catalogue.get(); }

  double final_of(const priced_block& block, std::size_t row) const noexcept {
    return score.final(block.base[row], *block.rows, row, now);
  }
};

bool ranking::before::operator()(const candidate& a, const candidate& b) const noexcept {
  if (a.final != b.final)
    return a.final > b.final;
  auto x = a.block->rows->published[a.row], y = b.block->rows->published[b.row];
  if (x != y)
    return x > y;
  return a.block->rows->videos[a.row]->id < b.block->rows->videos[b.row]->id;
}

namespace {

failure out_of_time() {
  return {errc::timeout, {}, "the ranking ran out of its time"};
}

} // namespace

// -- selection ----------------------------------------------------------------------------------------------

void ranking::prepare(const rank_query& query, const catalogue_snapshot& candidates) {
  affinities_.assign(query.signals, *query.catalogue->tags, *query.catalogue->creators);
  hide(query.page, query.signals, hidden_);
  served_.reset(query.page.served.size());
  for (auto hash : query.page.served)
    served_.insert(hash);
  // Served and pinned videos take part, because they keep their ranks, but fill no place of the page. Limits
  // of diversity look ahead and pass some by: twice as many as they look at are rarely too few.
  auto& limits = query.catalogue->rules->diversity;
  auto open = query.page.length() + 1;
  if (limits.any())
    open = 2 * (open + limits.window);
  best_.reset(open + query.page.served.size() + candidates.pinned);
}

/// Tells a new selection what its last place goes for at least: as many rows as it keeps are good in any
/// order, and in that of trending they are nearly the best. From then on few others are worth a look.
template <class Accept>
void ranking::set_threshold(const pass& in, const priced_block& block, const double* finals, selection& out,
                            const Accept& accept) {
  if (2 * out.capacity() > block.size())
    return; // the last of them would be too bad
  auto worst = std::numeric_limits<double>::infinity();
  std::size_t count = 0;
  for (auto row : block.by_trend) {
    if (!block.visible(row, in.now) || !accept(candidate{finals[row], &block, row}))
      continue;
    worst = std::min(worst, finals[row]);
    if (++count == out.capacity()) {
      out.require(worst);
      return;
    }
  }
}

/// Offers those rows of one block that are visible and that `accept` takes.
template <class Accept>
void ranking::scan_block(const pass& in, const priced_block& block, selection& out, const Accept& accept) {
  row_scores finals;
  in.score.finals(block, in.now, out.threshold(), finals);
  if (out.kept().empty())
    set_threshold(in, block, finals.data(), out, accept);
  for (std::size_t row = 0, rows = block.size(); row < rows; ++row) {
    if (finals[row] < out.threshold() || !block.visible(row, in.now))
      continue;
    if (candidate x{finals[row], &block, static_cast<std::uint32_t>(row)}; accept(x))
      out.offer(x);
  }
}

/// Scans all candidates; false when it was told to stop.
template <class Accept>
bool ranking::scan(const pass& in, selection& out, const Accept& accept,
                   const std::function<bool()>& stop) const {
  for (auto& block : in.candidates.blocks) {
    if (stop && stop())
      return false;
    scan_block(in, *block, out, accept);
  }
  return true;
}

/// The pinned videos that may be served, best-ranked first, as indexes into `candidates_`; those that rank
/// below the shortlist are appended to it.
std::vector<pinned_candidate> ranking::collect_pins(const pass& in) {
  std::vector<pinned_candidate> out;
  id_set selected;
  selected.reset(in.candidates.pinned);
  for (std::size_t i = 0; i < candidates_.size(); ++i)
    if (auto position = candidates_[i].block->rows->pin_of(candidates_[i].row);
        position && !served_.contains(candidates_[i].hash())) {
      out.push_back({i, *position});
      selected.insert(candidates_[i].hash());
    }
  std::vector<std::pair<candidate, std::uint32_t>> below;
  for (auto& block : in.candidates.blocks)
    for (auto& [row, position] : block->rows->pins)
      if (auto hash = block->rows->hash[row]; block->visible(row, in.now) && !hidden_.contains(hash) &&
                                              !served_.contains(hash) && !selected.contains(hash))
        below.push_back({{in.final_of(*block, row), block.get(), row}, position});
  std::sort(below.begin(), below.end(), [](auto& a, auto& b) { return before{}(a.first, b.first); });
  for (auto& [x, position] : below) {
    out.push_back({candidates_.size(), position});
    candidates_.push_back(x);
  }
  return out;
}

/// The shortlist without what was served and what is pinned.
std::vector<std::size_t> ranking::waiting(const std::vector<pinned_candidate>& pins) const {
  std::vector<bool> is_pinned(candidates_.size());
  for (auto& pin : pins)
    is_pinned[pin.candidate] = true;
  std::vector<std::size_t> out;
  out.reserve(shortlisted_);
  for (std::size_t i = 0; i < shortlisted_; ++i)
    if (!is_pinned[i] && !served_.contains(candidates_[i].hash()))
      out.push_back(i);
  return out;
}

// -- diversity ----------------------------------------------------------------------------------------------

/// The candidates of one page. Looks past the shortlist with one more pass over the catalogue, which finds
/// enough for a whole page: later positions use it too, unless they have room for something that it passed
/// by.
class ranking::pool : public candidate_pool {
public:
  /// After the shortlist is made and the pins are collected.
  pool(ranking& owner, const pass& in) : owner_{owner}, in_{in} { placed_.reset(in.query.page.length()); }

  video_facets facets(std::size_t i) const override { return facets_of(owner_.candidates_[i]); }

  std::optional<std::size_t> search(const diversity_line& line) override {
    if (!owner_.best_.is_full())
      return std::nullopt; // the shortlist is all there is
    if (searched_ && line.is_full_of(passed_by_)) {
      auto known = take(line);
      if (known || !owner_.found_.is_full())
        return known;
    }
    if (!is_stopped_)
      scan(line);
    return take(line);
  }

  /// Whether a search was told to give up.
  bool timed_out() const noexcept { return timed_out_; }

private:
  static video_facets facets_of(const candidate& x) { return x.block->rows->facets_of(x.row); }

  /// Finds the best candidates past the shortlist that fit where the line is aimed.
  void scan(const diversity_line& line) {
    searched_ = true;
    passed_by_ = line.full();
    auto& last = owner_.candidates_[owner_.shortlisted_ - 1];
    auto& found = owner_.found_;
    found.reset(in_.query.page.length());
    auto accept = [&](const candidate& x) {
      return !line.breach(facets_of(x)) && before{}(last, x) && !owner_.hidden_.contains(x.hash()) &&
             !owner_.served_.contains(x.hash()) && !placed_.contains(x.hash()) &&
             !x.block->rows->pin_of(x.row);
    };
    is_stopped_ = !owner_.scan(in_, found, accept, [this] { return must_stop(); });
    found.sort();
  }

  bool must_stop() {
    timed_out_ = timed_out_ || (in_.query.give_up && in_.query.give_up());
    return timed_out_ || (in_.query.hurry && in_.query.hurry());
  }

  /// Takes the best of what the last search found that fits where the line is aimed.
  std::optional<std::size_t> take(const diversity_line& line) {
    for (auto& x : owner_.found_.kept())
      if (!placed_.contains(x.hash()) && !line.breach(facets_of(x))) {
        placed_.insert(x.hash());
        owner_.candidates_.push_back(x);
        return owner_.candidates_.size() - 1;
      }
    return std::nullopt;
  }

  ranking& owner_;
  const pass& in_;
  id_set placed_;          ///< What `take` took.
  full_symbols passed_by_; ///< What there was no room for at the last search.
  bool searched_ = false;
  bool is_stopped_ = false; ///< No time for another search.
  bool timed_out_ = false;
};

// -- the page -----------------------------------------------------------------------------------------------

result<slate> ranking::cut_page(const pass& in) {
  auto pins = collect_pins(in);
  auto ranked = waiting(pins);
  auto& page = in.query.page;
  diversity_line line{in.rules().diversity, *in.query.catalogue};
  line.recall(*in.query.catalogue, page.served, in.is_reduced() ? &in.candidates : nullptr);
  auto layout =
      lay_out_pins(ranked.size(), std::move(pins), page.served.size(), page.length() + 1 + line.reach());
  pool candidates{*this, in};
  auto places = fill_places(layout, ranked, page.length(), line, candidates);
  if (candidates.timed_out())
    return out_of_time();
  slate out;
  const auto is_last = page.served.size() + page.length() >= session_items_max;
  out.has_more = layout.size() > page.length() && !is_last;
  out.is_reduced = in.is_reduced();
  out.items.reserve(places.size());
  for (auto& place : places) {
    auto& item = out.items.emplace_back(make_item(place));
    if (item.text.empty())
      prefetch(item.video, offsetof(video, tags));
    else
      prefetch(item.text.data(), item.text.size());
  }
  if (page.explain)
    explain(out, places, in);
  is_wanting_ = out.items.size() < page.length() || (!out.has_more && !is_last) ||
                std::any_of(places.begin(), places.end(), [](auto& x) { return x.note && x.note->exceeded; });
  return out;
}

slate_item ranking::make_item(const placement& place) const {
  auto& x = candidates_[place.candidate];
  slate_item out;
  out.video = x.block->rows->videos[x.row].get();
  out.text = x.block->rows->item_text_of(x.row);
  out.hash = x.hash();
  out.pinned = place.pinned;
  if (place.candidate < shortlisted_)
    out.rank = static_cast<std::uint32_t>(place.candidate + 1);
  out.score.final = x.final;
  return out;
}

void ranking::explain(slate& out, const std::vector<placement>& places, const pass& in) const {
  std::vector<std::size_t> below; // items from below the shortlist, whose ranks are not known yet
  for (std::size_t i = 0; i < places.size(); ++i) {
    auto& item = out.items[i];
    auto& [final, block, row] = candidates_[places[i].candidate];
    item.score = {block->base[row],
                  block->popularity_of(row),
                  in.score.recency(*block->rows, row, in.now),
                  in.score.affinity(*block->rows, row),
                  scoring::tag_multiplier(*item.video, in.rules()),
                  scoring::boost(*item.video, in.rules()),
                  final};
    if (in.query.signals)
      for (auto& tag : item.video->tags)
        if (in.query.signals->affinity_to_tag(tag) > 0.0)
          item.matched_tags.push_back(tag);
    if (auto& note = places[i].note) {
      auto& held_back = candidates_[note->held_back];
      item.diversity = explain_placement(*note, *held_back.block->rows->videos[held_back.row]);
    }
    if (item.rank == 0)
      below.push_back(i);
  }
  auto at = [&](std::size_t i) -> auto& {
    return candidates_[places[i].candidate];
  };
  std::sort(below.begin(), below.end(), [&](auto a, auto b) { return before{}(at(a), at(b)); });
  std::vector<candidate> sorted;
  for (auto i : below)
    sorted.push_back(at(i));
  auto ranks = ranks_of(sorted, in);
  for (std::size_t i = 0; i < below.size(); ++i)
    out.items[below[i]].rank = ranks[i];
}

/// The ranks of candidates, best first, in one more pass over the catalogue: each is one more than the number
/// of videos before it.
std::vector<std::uint32_t> ranking::ranks_of(const std::vector<candidate>& sorted, const pass& in) const {
  std::vector<std::uint32_t> ranks(sorted.size());
  if (sorted.empty())
    return ranks;
  constexpr auto everything = -std::numeric_limits<double>::infinity();
  row_scores finals;
  for (auto& block : in.candidates.blocks) {
    in.score.finals(*block, in.now, everything, finals);
    for (std::uint32_t row = 0; row < block->size(); ++row) {
      if (!block->visible(row, in.now) || hidden_.contains(block->rows->hash[row]))
        continue;
      candidate x{finals[row], block.get(), row};
      auto behind = std::lower_bound(sorted.begin(), sorted.end(), x, before{});
      if (behind != sorted.end())
        ++ranks[static_cast<std::size_t>(behind - sorted.begin())];
    }
  }
  std::partial_sum(ranks.begin(), ranks.end(), ranks.begin());
  return ranks;
}

result<slate> ranking::rank(const rank_query& query, const catalogue_snapshot_ptr& candidates) {
  prepare(query, *candidates);
  pass in{query, *candidates, {query, affinities_}, unix_seconds(query.now)};
  auto accept = [this](const candidate& x) { return !hidden_.contains(x.hash()); };
  if (!scan(in, best_, accept, query.give_up))
    return out_of_time();
  best_.sort();
  candidates_ = best_.kept();
  shortlisted_ = candidates_.size();
  auto out = cut_page(in);
  if (out)
    out->catalogue = candidates;
  return out;
}

result<slate> ranking::run(const rank_query& query) {
  if (query.best_candidates && query.page.may_reduce && !query.page.explain) {
    auto reduced = rank(query, query.best_candidates);
    if (!reduced || !is_wanting_)
      return reduced;
  }
  return rank(query, query.catalogue);
}

} // namespace kinora
