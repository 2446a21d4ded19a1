// tenant_sports and tenant_news: few enough videos to work out their order by hand.
#include "demo/tenant.hpp"

#include <array>

namespace kinora::demo {

namespace {

using namespace std::chrono_literals;

// id, title, creator, tags, score, seconds, rating, language, age
constexpr std::array sports_videos{
    video_row{"v1", "Amazing Goal Messi", "goal_hunters", "sports football viral", 95, 48, "G", "en", 2h},
    video_row{"v2", "Tennis Highlights", "court_side", "sports tennis", 80, 312, "G", "en", 24h},
    video_row{"v3", "Chess Championship", "sixty_four", "strategy board_games", 60, 1'260, "G", "en", 48h},
    video_row{"v4", "Funny Cat Fails", "paws_daily", "viral animals", 85, 95, "G", "en", 12h},
    video_row{"v5", "Live: Stadium Construction", "city_desk", "news construction", 40, 3'600, "G", "en", 1h},
};

constexpr std::array news_videos{
    video_row{"n1", "Election Results", "city_desk", "politics news", 99, 540, "G", "en", 1h},
    video_row{"n2", "Weather Forecast", "weather_room", "news weather", 70, 120, "G", "en", 4h},
    video_row{"n3", "Tech Stock Crash", "market_watch", "finance tech", 88, 415, "G", "en", 10h},
    video_row{"n4", "Cute Panda Born", "paws_daily", "animals positive", 92, 76, "G", "en", 72h},
};

std::vector<video> with_playback_urls(std::vector<video> videos) {
  for (auto& x : videos)
    x.playback_url = "https://demo.invalid/videos/" + x.id + ".m3u8";
  return videos;
}

/// Both tenants know these two; user_new is known by nothing.
std::vector<demo_user> users() {
  user_signals sporty;
  sporty.watched_ids = {"v2"};
  sporty.affinities = {{"sports", 0.9}, {"football", 0.8}, {"strategy", 0.1}};
  user_signals newsy;
  newsy.watched_ids = {"n1"};
  newsy.affinities = {{"politics", 0.9}, {"finance", 0.7}};
  return {{"user_sporty", sporty}, {"user_newsy", newsy}};
}

} // namespace

demo_tenant sports(wall_time now) {
  tenant_rules rules;
  rules.weights = {1.5, 0.5, 2.0, 0.0};
  rules.filters.exclude_tags = {"politics"};
  return {"tenant_sports", rules, with_playback_urls(make_videos(sports_videos, now)), users()};
}

demo_tenant news(wall_time now) {
  tenant_rules rules;
  rules.weights = {2.0, 1.0, 0.5, 0.0};
  rules.filters.max_maturity = "PG";
  return {"tenant_news", rules, with_playback_urls(make_videos(news_videos, now)), users()};
}

} // namespace kinora::demo
