#include "domain/fallback.hpp"

#include "domain/ids.hpp"
#include "domain/scoring/multipliers.hpp"

namespace kinora {

namespace {

id_set hidden_ids(const page_request& page, const user_signals* signals) {
  id_set out;
  out.reset(page.excluded.size() + (signals ? signals->watched_ids.size() : 0));
  for (auto hash : page.excluded)
    out.insert(hash);
  if (signals)
    for (auto& id : signals->watched_ids)
      out.insert(video_hash(id));
  return out;
}

id_set served_ids(const page_request& page) {
  id_set out;
  out.reset(page.served.size());
  for (auto hash : page.served)
    out.insert(hash);
  return out;
}

slate_item make_item(const trending_entry& x, std::size_t rank, const tenant_rules& rules) {
  slate_item out;
  out.video = x.video;
  out.hash = x.hash;
  out.score.base = x.video->score;
  out.score.tag_multiplier = scoring::tag_multiplier(*x.video, rules);
  out.score.boost = scoring::boost(*x.video, rules);
  out.score.final = x.score;
  out.rank = static_cast<std::uint32_t>(rank);
  out.pinned = x.pin.has_value();
  return out;
}

} // namespace

slate trending_page(const trending_list& trending, const tenant_rules& rules, const page_request& page,
                    const user_signals* signals, wall_time now) {
  auto hidden = hidden_ids(page, signals);
  auto served = served_ids(page);
  auto now_s = unix_seconds(now);
  std::vector<std::size_t> ranked;
  std::vector<pinned_candidate> pinned;
  std::vector<std::size_t> ranks(trending.entries.size());
  for (std::size_t i = 0, rank = 0; i < trending.entries.size(); ++i) {
    auto& x = trending.entries[i];
    if (!x.visible(now_s) || hidden.contains(x.hash))
      continue;
    ranks[i] = ++rank; // what was served keeps its rank
    if (served.contains(x.hash))
      continue;
    if (x.pin)
      pinned.push_back({i, *x.pin});
    else if (ranked.size() <= page.length())
      ranked.push_back(i);
  }
  auto order = place_pins(std::move(ranked), std::move(pinned), page.served.size(), page.length());
  slate out;
  out.has_more = order.size() > page.length() && page.served.size() + page.length() < session_items_max;
  order.resize(std::min(order.size(), page.length()));
  for (auto i : order)
    out.items.push_back(make_item(trending.entries[i], ranks[i], rules));
  return out;
}

} // namespace kinora
