// Videos, rules and signals for tests: written out by hand, or drawn at random from few values, so that ties,
// shared tags and hits of every rule are frequent.
#pragma once

#include "domain/catalogue.hpp"
#include "domain/ids.hpp"
#include "domain/tenant_rules.hpp"
#include "domain/user_signals.hpp"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace kinora::test {

/// When the tests take place.
inline constexpr wall_time noon{std::chrono::seconds{1'700'000'000}};

inline wall_time hours_before(wall_time now, double hours) {
  return now - std::chrono::milliseconds{static_cast<std::int64_t>(hours * 3'600'000.0)};
}

/// A video with what ranking looks at; the rest as uploaded by default.
inline video make_video(std::string id, double score = 50.0, std::vector<std::string> tags = {},
                        std::optional<wall_time> published_at = std::nullopt) {
  video out;
  out.title = "Title of " + id;
  out.id = std::move(id);
  out.score = score;
  out.tags = std::move(tags);
  out.published_at = published_at;
  return out;
}

inline video_ptr share(video x) {
  return std::make_shared<const video>(std::move(x));
}

/// A catalogue that has room for `videos` and holds them.
inline catalogue make_catalogue(const std::vector<video>& videos) {
  catalogue out{videos.size()};
  for (auto& x : videos)
    if (!out.upsert(share(x)))
      throw std::logic_error{"the catalogue of a test is full"};
  return out;
}

/// What events say of videos, by id.
using popularity_sums = std::map<std::string, popularity_sum>;

inline constexpr std::int64_t hour_ms = 3'600'000;

/// A sum of `value` at `now`, of which half is gone after `half_life_hours`.
inline popularity_sum sum_of(double value, wall_time now = noon, std::int64_t half_life_hours = 72) {
  return {value, now.time_since_epoch().count(), half_life_hours * hour_ms};
}

inline catalogue_snapshot_ptr make_snapshot(const std::vector<video>& videos, tenant_rules rules = {},
                                            const popularity_sums& popularity = {}, wall_time now = noon) {
  auto from = make_catalogue(videos);
  for (auto& [id, x] : popularity)
    from.set_popularity(id, x);
  return from.snapshot(std::make_shared<const tenant_rules>(std::move(rules)), now);
}

inline std::vector<std::uint64_t> hashes_of(const std::vector<std::string>& ids) {
  std::vector<std::uint64_t> out;
  for (auto& id : ids)
    out.push_back(video_hash(id));
  return out;
}

/// Draws worlds; the same seed draws the same world.
class random_world {
public:
  explicit random_world(std::uint64_t seed) : random_{seed} {}

  /// 0 up to, not including, `end` (at least 1).
  std::size_t below(std::size_t end) {
    return std::uniform_int_distribution<std::size_t>{0, end - 1}(random_);
  }

  bool chance(double probability) { return std::bernoulli_distribution{probability}(random_); }

  template <class T>
  T pick(const std::vector<T>& from) {
    return from[below(from.size())];
  }

  std::string tag() { return "tag" + std::to_string(below(8)); }

  std::string creator() { return chance(0.2) ? "" : "creator" + std::to_string(below(5)); }

  /// A video of whole seconds and few scores; about one in eight is not due yet or has expired at `now`.
  video draw_video(std::string id, wall_time now) {
    auto out = make_video(std::move(id), static_cast<double>(below(6) * 20));
    for (auto count = below(4); out.tags.size() < count;)
      if (auto x = tag(); std::find(out.tags.begin(), out.tags.end(), x) == out.tags.end())
        out.tags.push_back(x);
    out.creator_id = creator();
    if (!chance(0.2))
      out.published_at = now - std::chrono::hours{10 * below(8)};
    if (chance(0.1))
      out.published_at = now + std::chrono::hours{below(4)};
    if (chance(0.2))
      out.expires_at = now + std::chrono::hours{below(12)} - std::chrono::hours{2};
    out.maturity_rating = pick<std::string>({"G", "G", "PG", "PG-13", "R", "NC-17", "", "Everyone"});
    out.language = pick<std::string>({"en", "en", "en-US", "EN-gb", "de", "eng", ""});
    return out;
  }

  /// Rules that name some of `ids`, and some videos that do not exist. With `filters`, half of them filter.
  tenant_rules draw_rules(const std::vector<std::string>& ids, bool filters = true) {
    tenant_rules out;
    auto weight = [this] { return pick<double>({0.0, 0.5, 1.0, 1.5, 2.0}); };
    out.weights = {weight(), chance(0.1) ? 0.0 : 0.5 + weight(), weight(), weight()};
    for (auto i = below(4); i > 0; --i)
      out.tag_multipliers[tag()] = pick<double>({0.0, 0.5, 1.0, 2.0, 3.0});
    out.recency_window_hours = pick<double>({1.0, 48.0, 100.0});
    for (auto i = chance(0.5) ? below(6) : 0; i > 0; --i)
      out.pins[draw_id(ids)] = static_cast<std::uint32_t>(chance(0.8) ? below(8) : below(10'000));
    for (auto i = below(4); i > 0; --i)
      out.boosts[draw_id(ids)] = pick<double>({0.0, 0.5, 1.5, 3.0});
    if (chance(0.4))
      out.diversity = draw_diversity();
    if (filters && chance(0.5))
      out.filters = draw_filters();
    out.learning.popularity_weight = pick<double>({0.0, 0.5, 1.0, 1.0});
    out.learning.popularity_k = pick<double>({0.001, 1.0, 50.0});
    return out;
  }

  /// A sum as of some whole hour up to two days before `now`; may be zero or below.
  popularity_sum draw_popularity(wall_time now) {
    return sum_of(pick<double>({-5.0, 0.0, 0.5, 10.0, 50.0, 1e6}), now - std::chrono::hours{below(48)},
                  pick<std::int64_t>({1, 12, 72}));
  }

  /// Sums of about half of `ids`, and of videos that do not exist; often none at all.
  popularity_sums draw_popularity(const std::vector<std::string>& ids, wall_time now) {
    popularity_sums out;
    for (auto i = chance(0.6) ? ids.size() : 0; i > 0; --i)
      if (chance(0.7))
        out[draw_id(ids)] = draw_popularity(now);
    return out;
  }

  user_signals draw_signals(const std::vector<std::string>& ids) {
    user_signals out;
    for (auto i = below(6); i > 0; --i)
      watch(out, draw_id(ids));
    for (auto i = below(5); i > 0; --i)
      out.affinities[chance(0.9) ? tag() : "a tag that no video has"] =
          pick<double>({0.0, 0.1, 0.5, 0.9, 1.0});
    for (auto i = below(3); i > 0; --i)
      out.creator_affinities[creator()] = pick<double>({0.2, 0.7, 1.0});
    return out;
  }

  std::string draw_id(const std::vector<std::string>& ids) {
    return ids.empty() || chance(0.1) ? "missing" + std::to_string(below(3)) : pick(ids);
  }

  static void watch(user_signals& x, const std::string& id) {
    std::erase(x.watched_ids, id);
    x.watched_ids.push_back(id);
  }

private:
  /// Small windows and limits, so that they bite; some limit nothing.
  diversity_limits draw_diversity() {
    diversity_limits out;
    if (chance(0.7))
      out.max_per_creator = static_cast<std::uint32_t>(1 + below(3));
    if (chance(0.5))
      out.max_per_tag = static_cast<std::uint32_t>(1 + below(4));
    out.window = static_cast<std::uint32_t>(1 + below(12));
    return out;
  }

  catalogue_filters draw_filters() {
    catalogue_filters out;
    if (chance(0.5))
      out.exclude_tags = {tag()};
    if (chance(0.5))
      out.max_maturity = pick<std::string>({"G", "PG", "PG-13", "R", "NC-17"});
    if (chance(0.5))
      out.languages = pick<std::vector<std::string>>({{"en"}, {"EN-us", "de"}, {"fr"}});
    return out;
  }

  std::mt19937_64 random_;
};

} // namespace kinora::test
