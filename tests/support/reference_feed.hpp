// A second, slow and obvious feed: everything in maps, a full sort, pins put in by the words of the contract.
// Tests compare the real one with it.
#pragma once

#include "domain/decay.hpp"
#include "domain/slate.hpp"
#include "domain/tenant_rules.hpp"
#include "domain/user_signals.hpp"

#include <algorithm>
#include <cctype>
#include <chrono>
#include <cmath>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace kinora::test {

/// A tenant and a user, and what a page asks for, with ids instead of hashes.
struct reference_query {
  std::map<std::string, video> videos;
  tenant_rules rules;
  std::map<std::string, popularity_sum> popularity; ///< As of `now`, whatever was published when.
  user_signals signals;                             ///< Empty: cold start.
  std::vector<std::string> served;
  std::set<std::string> excluded;
  std::size_t limit = 20;
  wall_time now;
};

struct reference_item {
  std::string id;
  std::size_t rank = 0;
  double final = 0.0;
  bool pinned = false;
};

struct reference_page {
  std::vector<reference_item> items;
  bool has_more = false;
};

inline bool passes_filters(const video& x, const catalogue_filters& filters) {
  for (auto& tag : filters.exclude_tags)
    if (std::count(x.tags.begin(), x.tags.end(), tag) > 0)
      return false;
  if (filters.max_maturity) {
    const std::vector<std::string> ratings{"G", "PG", "PG-13", "R", "NC-17"};
    auto rating = std::find(ratings.begin(), ratings.end(), x.maturity_rating);
    if (rating == ratings.end() || rating > std::find(ratings.begin(), ratings.end(), *filters.max_maturity))
      return false;
  }
  if (filters.languages.empty())
    return true;
  auto lower = [](std::string text) {
    for (auto& c : text)
      c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    return text;
  };
  for (auto& language : filters.languages)
    if (auto mine = lower(x.language), wanted = lower(language);
        !mine.empty() && (mine == wanted || mine.starts_with(wanted + "-")))
      return true;
  return false;
}

/// Whether the tenant shows `x` at `now` to somebody.
inline bool is_live(const video& x, const tenant_rules& rules, wall_time now) {
  return passes_filters(x, rules.filters) && (!x.published_at || *x.published_at <= now) &&
         (!x.expires_at || now < *x.expires_at);
}

/// The ids that the user of `query` may be shown, whether the session has served them or not.
inline std::set<std::string> eligible_ids(const reference_query& query) {
  std::set<std::string> out;
  for (auto& [id, x] : query.videos)
    if (is_live(x, query.rules, query.now) && !query.excluded.contains(id))
      out.insert(id);
  for (auto& id : query.signals.watched_ids)
    out.erase(id);
  return out;
}

inline double factor_of(const video& x, const tenant_rules& rules) {
  double product = 1.0;
  for (auto& tag : x.tags)
    if (rules.tag_multipliers.contains(tag))
      product *= rules.tag_multipliers.at(tag);
  return product * (rules.boosts.contains(x.id) ? rules.boosts.at(x.id) : 1.0);
}

/// What events say of a video at `query.now`, 0..1.
inline double popularity_of(const std::string& id, const reference_query& query) {
  auto x = query.popularity.find(id);
  if (x == query.popularity.end() || x->second.value <= 0.0)
    return 0.0;
  auto half_lives = static_cast<double>(query.now.time_since_epoch().count() - x->second.at_ms) /
                    static_cast<double>(x->second.half_life_ms);
  auto p = x->second.value * std::pow(0.5, std::max(0.0, half_lives));
  return p / (p + query.rules.learning.popularity_k);
}

/// A video's own score, raised by what events say of it.
inline double score_of(const video& x, const reference_query& query) {
  return x.score + query.rules.learning.popularity_weight * (100.0 - x.score) * popularity_of(x.id, query);
}

/// The design's formula, written out.
inline double personal_score(const video& x, const reference_query& query) {
  auto& weights = query.rules.weights;
  auto recency = 0.0;
  if (x.published_at) {
    auto age_hours = std::chrono::duration<double>{query.now - *x.published_at}.count();
    recency = std::max(0.0, 1.0 - age_hours / (query.rules.recency_window_hours * 3600.0));
  }
  auto of_tags = 0.0;
  for (auto& tag : x.tags)
    if (auto i = query.signals.affinities.find(tag); i != query.signals.affinities.end())
      of_tags = std::max(of_tags, i->second);
  auto i = query.signals.creator_affinities.find(x.creator_id);
  auto of_creator = i == query.signals.creator_affinities.end() ? 0.0 : i->second;
  auto affinity = weights.user_affinity * of_tags + weights.creator_affinity * of_creator;
  return weights.popularity * score_of(x, query) * (1.0 + weights.recency * recency + affinity) *
         factor_of(x, query.rules);
}

inline double popular_score(const video& x, const reference_query& query) {
  return score_of(x, query) * factor_of(x, query.rules);
}

/// Ranks the videos with these ids by `score`: newer first among equals, then by id.
template <class Score>
std::vector<reference_item> rank_by(const reference_query& query, const std::set<std::string>& ids,
                                    Score score) {
  std::vector<reference_item> out;
  for (auto& id : ids)
    out.push_back({id, 0, score(query.videos.at(id), query), false});
  auto published = [&](const std::string& id) {
    return query.videos.at(id).published_at.value_or(wall_time{wall_time::duration::min()});
  };
  std::sort(out.begin(), out.end(), [&](auto& a, auto& b) {
    if (a.final != b.final)
      return a.final > b.final;
    if (published(a.id) != published(b.id))
      return published(a.id) > published(b.id);
    return a.id < b.id;
  });
  for (std::size_t i = 0; i < out.size(); ++i)
    out[i].rank = i + 1;
  return out;
}

/// Whether some `window` positions in a row around `at` hold more than `limit` videos of which `counts` is
/// true; positions without a video (nullptr) count for none.
template <class Counts>
bool is_too_many(const std::vector<const video*>& line, std::size_t at, std::size_t limit, std::size_t window,
                 Counts counts) {
  for (auto first = at - std::min(at, window - 1); first <= at; ++first) {
    std::size_t found = 0;
    for (auto i = first; i < std::min(first + window, line.size()); ++i)
      found += line[i] && counts(*line[i]) ? 1 : 0;
    if (found > limit)
      return true;
  }
  return false;
}

/// Whether the video at `at` is one too many of its creator or of one of its tags.
inline bool breaks_limit(const std::vector<const video*>& line, std::size_t at,
                         const diversity_limits& limits) {
  auto& x = *line[at];
  if (limits.max_per_creator && !x.creator_id.empty() &&
      is_too_many(line, at, *limits.max_per_creator, limits.window,
                  [&](auto& other) { return other.creator_id == x.creator_id; }))
    return true;
  return limits.max_per_tag && std::any_of(x.tags.begin(), x.tags.end(), [&](auto& tag) {
           return is_too_many(line, at, *limits.max_per_tag, limits.window, [&](auto& other) {
             return std::count(other.tags.begin(), other.tags.end(), tag) > 0;
           });
         });
}

/// Fills the open ones of the first `length` positions of `list` from `waiting`, the best-ranked that breaks
/// no limit first.
inline void fill_open(const reference_query& query, std::vector<std::optional<reference_item>>& list,
                      std::vector<reference_item> waiting, std::size_t length) {
  std::vector<const video*> line;
  for (auto& id : query.served) {
    auto x = query.videos.find(id);
    auto is_known = x != query.videos.end() && passes_filters(x->second, query.rules.filters);
    line.push_back(is_known ? &x->second : nullptr);
  }
  auto start = line.size();
  for (auto& x : list)
    line.push_back(x ? &query.videos.at(x->id) : nullptr);
  for (auto i = start; i < std::min(line.size(), start + length); ++i) {
    if (list[i - start])
      continue;
    auto fits = [&](auto& x) {
      line[i] = &query.videos.at(x.id);
      return !breaks_limit(line, i, query.rules.diversity);
    };
    auto best = std::find_if(waiting.begin(), waiting.end(), fits);
    if (best == waiting.end())
      best = waiting.begin();
    line[i] = &query.videos.at(best->id);
    list[i - start] = *best;
    waiting.erase(best);
  }
}

/// Cuts the page out of a whole ranking, with pins in their places.
inline reference_page cut_page(const reference_query& query, const std::vector<reference_item>& ranked) {
  const std::set<std::string> served{query.served.begin(), query.served.end()};
  std::vector<reference_item> waiting, passed;
  std::map<std::size_t, std::vector<reference_item>> groups;
  for (auto x : ranked) {
    if (served.contains(x.id))
      continue;
    auto pin = query.rules.pins.find(x.id);
    x.pinned = pin != query.rules.pins.end();
    (x.pinned ? groups[pin->second] : waiting).push_back(x);
  }
  std::vector<std::optional<reference_item>> list(waiting.size());
  for (auto& [position, group] : groups)
    if (position < served.size())
      passed.insert(passed.end(), group.begin(), group.end());
  list.insert(list.begin(), passed.begin(), passed.end());
  for (auto& [position, group] : groups)
    if (position >= served.size()) {
      auto index = std::min(position - served.size(), list.size());
      list.insert(list.begin() + static_cast<std::ptrdiff_t>(index), group.begin(), group.end());
    }
  auto length = std::min(query.limit, 500 - served.size());
  reference_page out;
  out.has_more = list.size() > length && served.size() + length < 500;
  fill_open(query, list, waiting, length);
  for (std::size_t i = 0; i < std::min(list.size(), length); ++i)
    out.items.push_back(*list[i]);
  return out;
}

/// The trending page: ranked like any other, but by what everyone likes.
inline reference_page reference_trending(const reference_query& query) {
  return cut_page(query, rank_by(query, eligible_ids(query), popular_score));
}

/// The personalized page.
inline reference_page reference_ranking(const reference_query& query) {
  return cut_page(query, rank_by(query, eligible_ids(query), personal_score));
}

inline page_request to_page_request(const reference_query& query, bool explain = false) {
  page_request out;
  for (auto& id : query.served)
    out.served.push_back(video_hash(id));
  for (auto& id : query.excluded)
    out.excluded.push_back(video_hash(id));
  out.limit = query.limit;
  out.explain = explain;
  return out;
}

/// Where a page differs from what it should be, in ids, ranks, scores and pins; empty when it does not.
inline std::string difference(const reference_page& expected, const slate& actual) {
  auto text = [](const std::string& id, std::size_t rank, double final, bool pinned) {
    return id + " #" + std::to_string(rank) + " " + std::to_string(final) + (pinned ? " pinned" : "");
  };
  std::string out;
  for (std::size_t i = 0; i < std::max(expected.items.size(), actual.items.size()); ++i) {
    std::string want = "nothing", got = "nothing";
    if (i < expected.items.size())
      want = text(expected.items[i].id, expected.items[i].rank, expected.items[i].final,
                  expected.items[i].pinned);
    if (i < actual.items.size())
      got = text(actual.items[i].video->id, actual.items[i].rank, actual.items[i].score.final,
                 actual.items[i].pinned);
    if (want != got)
      out += " [" + std::to_string(i) + "] is " + got + ", not " + want + ";";
  }
  if (expected.has_more != actual.has_more)
    out += expected.has_more ? " has_more is missing" : " has_more is set";
  return out;
}

inline std::vector<std::string> ids_of(const slate& page) {
  std::vector<std::string> out;
  for (auto& x : page.items)
    out.push_back(x.video->id);
  return out;
}

} // namespace kinora::test
