#include "domain/user_record.hpp"

#include "domain/decay.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

namespace kinora {

namespace {

/// Sums below this are as good as none.
constexpr double affinity_min = 1e-4;

std::int64_t unix_ms(wall_time x) {
  return x.time_since_epoch().count();
}

/// Merges two lists in order of their keys; `combine(into, x)` joins entries of the same key.
template <class Entry, class Combine>
std::vector<Entry> merge_lists(std::vector<Entry>&& a, const std::vector<Entry>& b, Combine combine) {
  if (b.empty())
    return std::move(a);
  std::vector<Entry> out;
  out.reserve(a.size() + b.size());
  auto i = a.begin();
  for (auto& x : b) {
    for (; i != a.end() && i->key < x.key; ++i)
      out.push_back(std::move(*i));
    if (i != a.end() && i->key == x.key) {
      combine(*i, x);
      out.push_back(std::move(*i++));
    } else {
      out.push_back(x);
    }
  }
  out.insert(out.end(), std::make_move_iterator(i), std::make_move_iterator(a.end()));
  return out;
}

/// Keeps the `count` first ones by `before`, in order of their keys again.
template <class Entry, class Before>
void keep_first(std::vector<Entry>& list, std::size_t count, Before before) {
  if (list.size() <= count)
    return;
  auto end = list.begin() + static_cast<std::ptrdiff_t>(count);
  std::nth_element(list.begin(), end, list.end(), before);
  list.erase(end, list.end());
  std::sort(list.begin(), list.end(), [](auto& a, auto& b) { return a.key < b.key; });
}

void merge_times(std::vector<user_record::timed_id>& into, const std::vector<user_record::timed_id>& x,
                 std::size_t max) {
  into = merge_lists(std::move(into), x, [](auto& a, auto& b) { a.at_ms = std::max(a.at_ms, b.at_ms); });
  keep_first(into, max,
             [](auto& a, auto& b) { return a.at_ms != b.at_ms ? a.at_ms > b.at_ms : a.key < b.key; });
}

void scale(std::vector<user_record::sum>& sums, double factor) {
  if (factor != 1.0)
    for (auto& x : sums)
      x.value *= factor;
}

void merge_sums(std::vector<user_record::sum>& into, const std::vector<user_record::sum>& x, double factor) {
  if (x.empty())
    return;
  auto scaled = x;
  scale(scaled, factor);
  into = merge_lists(std::move(into), scaled, [](auto& a, auto& b) {
    a.value += b.value;
    a.first_ms = std::min(a.first_ms, b.first_ms);
  });
  keep_first(into, user_record::sums_max, [](auto& a, auto& b) {
    auto left = std::abs(a.value), right = std::abs(b.value);
    return left != right ? left > right : a.key < b.key;
  });
}

std::vector<user_record::set_affinity> to_list(const std::map<std::string, double>& x) {
  std::vector<user_record::set_affinity> out;
  for (auto& [key, value] : x)
    out.push_back({key, value});
  return out;
}

/// The affinities of one kind at `now_ms`.
std::map<std::string, double> affinities_at(const user_record& x, const std::vector<user_record::sum>& sums,
                                            const std::vector<user_record::set_affinity>* set,
                                            std::int64_t now_ms) {
  std::map<std::string, double> out;
  if (set)
    for (auto& [key, value] : *set)
      out.emplace(key, value);
  auto factor = decay(now_ms - x.reference_ms, user_record::half_life_ms);
  for (auto& [key, value, first_ms] : sums) {
    auto total = value * factor;
    auto was_set = out.find(key);
    if (was_set != out.end()) {
      auto start = std::min(was_set->second, user_record::set_value_max);
      auto since = std::max(x.set->at_ms, first_ms);
      total +=
          user_record::affinity_k * start / (1.0 - start) * decay(now_ms - since, user_record::half_life_ms);
      out.erase(was_set);
    }
    if (auto affinity = saturate(total, user_record::affinity_k); affinity >= affinity_min)
      out.emplace(key, affinity);
  }
  return out;
}

/// Ids from the oldest to the latest.
std::vector<std::string> by_time(std::vector<user_record::timed_id> list) {
  std::sort(list.begin(), list.end(),
            [](auto& a, auto& b) { return a.at_ms != b.at_ms ? a.at_ms < b.at_ms : a.key < b.key; });
  std::vector<std::string> out;
  for (auto& x : list)
    out.push_back(std::move(x.key));
  return out;
}

/// Gives ids the times that keep their order, up to `last_ms`.
std::vector<user_record::timed_id> with_times(const std::vector<std::string>& ids, std::int64_t last_ms) {
  std::vector<user_record::timed_id> out;
  auto at = last_ms - static_cast<std::int64_t>(ids.size());
  for (auto& id : ids)
    out.push_back({id, ++at});
  std::sort(out.begin(), out.end(), [](auto& a, auto& b) { return a.key < b.key; });
  return out;
}

} // namespace

user_record record_of(const event_effect& x, wall_time now) {
  user_record out;
  out.reference_ms = x.at_ms;
  out.last_active_ms = x.at_ms;
  out.touched_ms = unix_ms(now);
  out.since_ms = out.touched_ms;
  if (x.watched)
    out.watched.push_back({x.video_id, x.at_ms});
  if (x.disliked)
    out.disliked.push_back({x.video_id, x.at_ms});
  if (!x.about || x.amount == 0.0)
    return out;
  for (auto& tag : x.about->tags)
    out.tags.push_back({tag, x.amount, x.at_ms});
  std::sort(out.tags.begin(), out.tags.end(), [](auto& a, auto& b) { return a.key < b.key; });
  if (!x.about->creator_id.empty())
    out.creators.push_back({x.about->creator_id, x.amount, x.at_ms});
  return out;
}

user_record record_of(const user_signals& x, wall_time now) {
  user_record out;
  out.touched_ms = unix_ms(now);
  out.since_ms = out.touched_ms;
  out.set = {unix_ms(now), to_list(x.affinities), to_list(x.creator_affinities)};
  if (x.last_active)
    out.last_active_ms = unix_ms(*x.last_active);
  auto last_ms = out.last_active_ms.value_or(unix_ms(now));
  out.watched = with_times(x.watched_ids, last_ms);
  out.disliked = with_times(x.disliked_ids, last_ms);
  return out;
}

void merge(user_record& into, const user_record& x, std::chrono::hours retention) {
  const auto retention_ms = std::chrono::milliseconds{retention}.count();
  if (x.touched_ms + retention_ms < into.since_ms)
    return;
  if (into.touched_ms + retention_ms < x.since_ms) {
    into = x;
    return;
  }
  auto reference = std::max(into.reference_ms, x.reference_ms);
  auto own = decay(reference - into.reference_ms, user_record::half_life_ms);
  auto factor = decay(reference - x.reference_ms, user_record::half_life_ms);
  scale(into.tags, own);
  scale(into.creators, own);
  merge_sums(into.tags, x.tags, factor);
  merge_sums(into.creators, x.creators, factor);
  into.reference_ms = reference;
  merge_times(into.watched, x.watched, user_signals::watched_max);
  merge_times(into.disliked, x.disliked, user_record::disliked_max);
  if (x.set && (!into.set || into.set->at_ms < x.set->at_ms))
    into.set = x.set;
  if (x.last_active_ms)
    into.last_active_ms = std::max(into.last_active_ms.value_or(*x.last_active_ms), *x.last_active_ms);
  into.touched_ms = std::max(into.touched_ms, x.touched_ms);
  into.since_ms = std::min(into.since_ms, x.since_ms);
}

user_signals signals_at(const user_record& x, wall_time now) {
  user_signals out;
  out.watched_ids = by_time(x.watched);
  out.disliked_ids = by_time(x.disliked);
  out.affinities = affinities_at(x, x.tags, x.set ? &x.set->tags : nullptr, unix_ms(now));
  out.creator_affinities = affinities_at(x, x.creators, x.set ? &x.set->creators : nullptr, unix_ms(now));
  if (x.last_active_ms)
    out.last_active = wall_time{std::chrono::milliseconds{*x.last_active_ms}};
  return out;
}

} // namespace kinora
