#include "bench/support/world.hpp"

#include "domain/ranking.hpp"
#include "http/feed_response.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <memory>
#include <random>
#include <stdexcept>
#include <utility>

namespace kinora::bench {

namespace {

constexpr std::size_t watched = 40;
constexpr std::size_t creator_affinities = 3;
constexpr std::size_t videos_a_creator = 20;

/// The standard's distributions differ between libraries; these do not.
class dice {
public:
  explicit dice(std::uint64_t seed) : random_{seed} {}

  /// 0 up to, not including, 1.
  double fraction() { return static_cast<double>(random_() >> 11) * 0x1p-53; }

  std::size_t below(std::size_t end) {
    return static_cast<std::size_t>(fraction() * static_cast<double>(end));
  }

  std::string pick(const std::vector<std::string>& from) { return from[below(from.size())]; }

private:
  std::mt19937_64 random_;
};

std::string tag(std::size_t index) {
  return "topic-" + std::to_string(index);
}

/// Few tags are common, most are rare.
std::vector<std::string> some_tags(dice& draw, std::size_t count) {
  std::vector<std::string> out;
  while (out.size() < count) {
    auto share = draw.fraction();
    auto x = tag(static_cast<std::size_t>(share * share * static_cast<double>(tags_in_use)));
    if (std::find(out.begin(), out.end(), x) == out.end())
      out.push_back(std::move(x));
  }
  return out;
}

std::string creator(dice& draw, std::size_t videos) {
  return "creator_" + std::to_string(draw.below(std::max<std::size_t>(videos / videos_a_creator, 1)));
}

user_signals make_user(dice& draw, std::size_t videos, std::size_t tags_known) {
  user_signals out;
  while (out.watched_ids.size() < watched)
    if (auto id = video_id(draw.below(videos));
        std::find(out.watched_ids.begin(), out.watched_ids.end(), id) == out.watched_ids.end())
      out.watched_ids.push_back(std::move(id));
  for (auto& x : some_tags(draw, tags_known))
    out.affinities[x] = 0.1 + 0.9 * draw.fraction();
  while (out.creator_affinities.size() < creator_affinities)
    out.creator_affinities[creator(draw, videos)] = 0.1 + 0.9 * draw.fraction();
  return out;
}

} // namespace

std::string video_id(std::size_t index) {
  auto digits = std::to_string(index);
  return "vid_" + std::string(7 - std::min<std::size_t>(digits.size(), 7), '0') + digits;
}

video make_video(std::size_t index, std::size_t count, const std::string& title_suffix) {
  constexpr double mean_age_hours = 20.0 * 24.0;
  static const std::vector<std::string> ratings{"G", "G", "G", "G", "PG", "PG", "PG", "PG-13", "PG-13", "R"};
  static const std::vector<std::string> languages{"en", "en", "en",    "en", "en",
                                                  "en", "en", "en-US", "de", "es"};
  dice draw{index};
  video out;
  out.id = video_id(index);
  out.title = "Slow bread: what nobody tells you (" + std::to_string(index) + ")" + title_suffix;
  out.tags = some_tags(draw, 3);
  out.creator_id = creator(draw, count);
  auto age_ms = -std::log(1.0 - draw.fraction()) * mean_age_hours * 3'600'000.0;
  out.published_at = noon - std::chrono::milliseconds{static_cast<std::int64_t>(age_ms)};
  out.score = 5.0 + 95.0 * draw.fraction();
  out.maturity_rating = draw.pick(ratings);
  out.duration_seconds = static_cast<double>(20 + draw.below(3'580));
  out.thumbnail_url = "https://img.example.com/thumbnails/" + out.id + "/640x360.jpg";
  out.playback_url = "https://video.example.com/hls/" + out.id + "/master.m3u8";
  out.language = draw.pick(languages);
  out.metadata = R"({"series":"s12","episode":7})";
  return out;
}

catalogue make_catalogue(std::size_t count) {
  catalogue out{count, http::write_item};
  for (std::size_t i = 0; i < count; ++i)
    if (!out.upsert(std::make_shared<const video>(make_video(i, count))))
      throw std::logic_error{"the catalogue of a benchmark is full"};
  return out;
}

tenant_rules make_rules() {
  tenant_rules out;
  out.weights = {1.0, 1.0, 2.0, 0.5};
  out.tag_multipliers = {{tag(3), 1.5}, {tag(20), 0.5}, {tag(90), 2.0}};
  out.recency_window_hours = 168.0;
  out.filters.exclude_tags = {tag(7)};
  out.filters.max_maturity = "PG-13";
  out.filters.languages = {"en", "de", "fr"};
  out.pins = {{video_id(17), 2}, {video_id(400), 5}};
  out.boosts = {{video_id(30), 1.8}, {video_id(31), 0.4}, {video_id(500), 2.5}};
  return out;
}

tenant_rules make_diverse_rules() {
  auto out = make_rules();
  out.diversity.max_per_creator = 2;
  out.diversity.max_per_tag = 4;
  out.diversity.window = 10;
  return out;
}

std::vector<ranking_signals> make_users(std::size_t videos, std::size_t tags_known) {
  dice draw{videos};
  std::vector<ranking_signals> out;
  for (std::size_t i = 0; i < users; ++i)
    out.emplace_back(make_user(draw, videos, tags_known));
  return out;
}

catalogue_snapshot_ptr snapshot_of(std::size_t count, bool diverse) {
  static std::map<std::pair<std::size_t, bool>, catalogue_snapshot_ptr> built;
  auto& out = built[{count, diverse}];
  if (!out)
    out = make_catalogue(count).snapshot(
        std::make_shared<const tenant_rules>(diverse ? make_diverse_rules() : make_rules()), noon);
  return out;
}

page_request make_page(const catalogue_snapshot_ptr& from, const ranking_signals& user, std::size_t items,
                       std::size_t served) {
  page_request out;
  ranking ranker;
  while (out.served.size() < served) {
    out.limit = std::min<std::size_t>(served - out.served.size(), 50);
    auto page = ranker.run({from, &user, out, noon, {}});
    if (!page || page->items.empty())
      throw std::logic_error{"the session of a benchmark ends too early"};
    for (auto& item : page->items)
      out.served.push_back(item.hash);
  }
  out.limit = items;
  return out;
}

} // namespace kinora::bench
