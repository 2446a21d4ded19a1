#include "demo/demo.hpp"

#include "domain/revision.hpp"

#include <initializer_list>
#include <string>
#include <vector>

namespace kinora::demo {

namespace {

/// A demo video: everything is rated G and published that many hours before the start.
struct demo_video {
  const char* id;
  const char* title;
  double score;
  std::initializer_list<const char*> tags;
  int hours_old;
  const char* creator;
  double duration_seconds;
};

struct demo_tenant {
  const char* id;
  tenant_rules rules;
  std::vector<demo_video> videos;
};

struct demo_user {
  const char* hash;
  user_signals signals;
};

std::vector<demo_tenant> tenants() {
  tenant_rules sports;
  sports.weights = {1.5, 0.5, 2.0, 0.0};
  sports.filters.exclude_tags = {"politics"};
  tenant_rules news;
  news.weights = {2.0, 1.0, 0.5, 0.0};
  news.filters.max_maturity = "PG";
  return {{"tenant_sports",
           sports,
           {{"v1", "Amazing Goal Messi", 95, {"sports", "football", "viral"}, 2, "goal_hunters", 48},
            {"v2", "Tennis Highlights", 80, {"sports", "tennis"}, 24, "court_side", 312},
            {"v3", "Chess Championship", 60, {"strategy", "board_games"}, 48, "sixty_four", 1'260},
            {"v4", "Funny Cat Fails", 85, {"viral", "animals"}, 12, "paws_daily", 95},
            {"v5", "Live: Stadium Construction", 40, {"news", "construction"}, 1, "city_desk", 3'600}}},
          {"tenant_news",
           news,
           {{"n1", "Election Results", 99, {"politics", "news"}, 1, "city_desk", 540},
            {"n2", "Weather Forecast", 70, {"news", "weather"}, 4, "weather_room", 120},
            {"n3", "Tech Stock Crash", 88, {"finance", "tech"}, 10, "market_watch", 415},
            {"n4", "Cute Panda Born", 92, {"animals", "positive"}, 72, "paws_daily", 76}}}};
}

std::vector<demo_user> users() {
  user_signals sporty;
  sporty.watched_ids = {"v2"};
  sporty.affinities = {{"sports", 0.9}, {"football", 0.8}, {"strategy", 0.1}};
  user_signals newsy;
  newsy.watched_ids = {"n1"};
  newsy.affinities = {{"politics", 0.9}, {"finance", 0.7}};
  return {{"user_sporty", sporty}, {"user_newsy", newsy}}; // user_new is known by nothing
}

std::shared_ptr<const video> make_video(const demo_video& x, wall_time now) {
  video out;
  out.id = x.id;
  out.title = x.title;
  out.tags.assign(x.tags.begin(), x.tags.end());
  out.creator_id = x.creator;
  out.published_at = now - std::chrono::hours{x.hours_old};
  out.score = x.score;
  out.maturity_rating = "G";
  out.duration_seconds = x.duration_seconds;
  out.thumbnail_url = "https://demo.invalid/thumbnails/" + out.id + ".jpg";
  out.playback_url = "https://demo.invalid/videos/" + out.id + ".m3u8";
  out.language = "en";
  return std::make_shared<const video>(std::move(out));
}

result<void> load_tenant(const stores& out, const demo_tenant& x, wall_time now) {
  std::vector<std::shared_ptr<const video>> videos;
  for (auto& each : x.videos)
    videos.push_back(make_video(each, now));
  if (auto done = out.videos->replace(x.id, videos); !done)
    return done;
  for (auto& user : users())
    if (auto done = out.signals->save(x.id, user.hash, user.signals); !done)
      return done;
  // The rules make the tenant exist, so they come last.
  return out.tenants->save(x.id, {x.rules, next_revision(0, now)});
}

} // namespace

std::optional<failure> load(const stores& out, wall_time now) {
  for (auto& tenant : tenants()) {
    auto known = out.tenants->load(tenant.id);
    if (!known)
      return known.error();
    if (*known)
      continue;
    if (auto done = load_tenant(out, tenant, now); !done)
      return done.error();
  }
  return std::nullopt;
}

} // namespace kinora::demo
