#include "domain/fallback.hpp"

#include "domain/hidden_ids.hpp"
#include "domain/placement.hpp"
#include "domain/scoring/multipliers.hpp"
#include "domain/scoring/popularity.hpp"

namespace kinora {

namespace {

id_set hidden_ids(const page_request& page, const ranking_signals* signals) {
  id_set out;
  hide(page, signals, out);
  return out;
}

id_set served_ids(const page_request& page) {
  id_set out;
  out.reset(page.served.size());
  for (auto hash : page.served)
    out.insert(hash);
  return out;
}

/// The entries that may be shown.
class waiting_entries : public candidate_pool {
public:
  waiting_entries(const trending_list& trending, const page_request& page, const ranking_signals* signals,
                  wall_time now)
      : trending_{trending}, ranks_(trending.entries.size()) {
    auto hidden = hidden_ids(page, signals);
    auto served = served_ids(page);
    std::uint32_t skipped = 0;
    for (std::size_t i = 0; i < trending.entries.size(); ++i) {
      auto& x = trending.entries[i];
      if (!x.visible(unix_seconds(now)) || hidden.contains(x.hash)) {
        ++skipped;
        continue;
      }
      ranks_[i] = x.rank - skipped; // what was served keeps its rank
      if (served.contains(x.hash))
        continue;
      if (x.pin)
        pinned_.push_back({i, *x.pin});
      else
        ranked_.push_back(i);
    }
  }

  const std::vector<std::size_t>& ranked() const noexcept { return ranked_; }
  const std::vector<pinned_candidate>& pinned() const noexcept { return pinned_; }
  video_facets facets(std::size_t i) const override { return trending_.entries[i].facets(); }

  slate_item make_item(const placement& place, bool explain) const {
    auto& x = trending_.entries[place.candidate];
    slate_item out;
    out.video = x.video().get();
    out.text = x.block->rows->item_text_of(x.row);
    out.hash = x.hash;
    out.score.final = x.score();
    out.rank = ranks_[place.candidate];
    out.pinned = place.pinned;
    if (explain)
      explain_item(out, place);
    return out;
  }

private:
  void explain_item(slate_item& out, const placement& place) const {
    auto& rules = *trending_.catalogue->rules;
    auto& x = trending_.entries[place.candidate];
    out.score.popularity = x.block->popularity_of(x.row);
    out.score.base = scoring::raised_score(out.video->score, out.score.popularity, rules.learning);
    out.score.tag_multiplier = scoring::tag_multiplier(*out.video, rules);
    out.score.boost = scoring::boost(*out.video, rules);
    if (place.note)
      out.diversity = explain_placement(*place.note, *trending_.entries[place.note->held_back].video());
  }

  const trending_list& trending_;
  std::vector<std::uint32_t> ranks_; ///< By index into the entries; 0 for those that are not shown.
  std::vector<std::size_t> ranked_;
  std::vector<pinned_candidate> pinned_;
};

} // namespace

slate trending_page(const trending_list& trending, const page_request& page, const ranking_signals* signals,
                    wall_time now) {
  waiting_entries waiting{trending, page, signals, now};
  auto& catalogue = *trending.catalogue;
  auto served = page.served.size(), length = page.length();
  diversity_line line{catalogue.rules->diversity, catalogue};
  line.recall(catalogue, page.served);
  auto layout = lay_out_pins(waiting.ranked().size(), waiting.pinned(), served, length + 1 + line.reach());
  slate out;
  out.catalogue = trending.catalogue;
  out.has_more = layout.size() > length && served + length < session_items_max;
  for (auto& place : fill_places(layout, waiting.ranked(), length, line, waiting))
    out.items.push_back(waiting.make_item(place, page.explain));
  return out;
}

} // namespace kinora
