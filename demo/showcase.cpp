// tenant_showcase: its rules and its users. The videos: showcase_videos.cpp.
#include "demo/tenant.hpp"

#include <string>

namespace kinora::demo {

namespace {

using namespace std::chrono_literals;

/// Each rule changes somebody's feed; a test takes them away one by one and looks.
tenant_rules rules() {
  tenant_rules out;
  out.weights = {1.0, 1.0, 1.8, 1.5};
  out.recency_window_hours = 72;
  out.tag_multipliers = {{"live", 1.2}, {"original", 1.15}, {"sponsored", 0.5}};
  out.filters.exclude_tags = {"gambling"};
  out.filters.max_maturity = "PG-13";
  out.filters.languages = {"en", "de", "fr", "es", "ja"};
  out.pins = {{"app-tour", 0},
              {"launch-window-live", 3},
              {"cup-final-live", 5}, // to be uploaded when the stream starts
              {"last-bus-home", 11}};
  out.boosts = {{"worst-harbour", 2.5},
                {"tram-line-saved", 1.8},
                {"spoon-from-a-branch", 1.6},
                {"street-nutmegs", 0.8},
                {"kit-drop", 0.6}};
  out.diversity = {2, 4, 10};
  out.playback_url_template = "https://play.demo.invalid/{id}/master.m3u8";
  return out;
}

std::vector<std::string> ids_scored_at_least(double score) {
  std::vector<std::string> out;
  for (auto& row : showcase_videos())
    if (row.score >= score)
      out.push_back(row.id);
  return out;
}

/// user_new is not among them: somebody nobody knows yet.
std::vector<demo_user> users(wall_time now) {
  // What they have watched, the tags and the creators they like, and when they were last here.
  return {
      {"user_space_nerd",
       {{"moons-of-saturn", "spacesuit-laundry", "why-stations-hum", "roman-concrete"},
        {{"space", 0.95}, {"science", 0.7}, {"physics", 0.6}},
        {{"orbit_desk", 0.8}},
        now - 3h}},
      {"user_home_cook",
       {{"orecchiette-by-hand", "stand-mixer-review", "burnt-cheesecake"},
        {{"cooking", 0.9}, {"pasta", 0.85}, {"baking", 0.6}, {"food", 0.4}},
        {{"nonnas_table", 0.7}, {"proofing_drawer", 0.3}},
        now - 50min}},
      {"user_jazz_fan",
       {{"brushes-lesson", "soul-45s"},
        {{"jazz", 0.95}, {"vinyl", 0.6}, {"music", 0.5}},
        {{"blue_hour_sessions", 0.9}},
        now - 22h}},
      {"user_football_fan",
       {{"last-minute-volley", "harbour-vale-goals", "keeper-scores", "golden-boot-race"},
        {{"football", 0.95}, {"tactics", 0.8}, {"highlights", 0.7}, {"live", 0.3}},
        {{"the_long_pass", 0.9}},
        now - 25min}},
      {"user_cyclist",
       {{"index-your-gears", "five-kilometres"},
        {{"cycling", 0.9}, {"travel", 0.5}, {"fitness", 0.4}, {"nature", 0.3}},
        {{"cobble_and_col", 0.6}},
        now - 9h}},
      {"user_gamer",
       {{"run-of-eleven-years", "farming-and-letting-go", "one-more-run"},
        {{"indie_games", 0.9}, {"speedrun", 0.85}, {"retro", 0.5}, {"programming", 0.3}},
        {{"pixel_orchard", 0.5}, {"any_percent", 0.5}},
        now - 1h}},
      {"user_traveller",
       {{"night-train-north", "standing-sushi-lunch"},
        {{"travel", 0.85}, {"japan", 0.9}, {"trains", 0.7}, {"food", 0.5}},
        {{"tokyo_backstreets", 0.6}, {"slow_rails", 0.6}},
        now - 5 * 24h}},
      {"user_german_speaker",
       {{"kartoffelsalat-streit", "wattwandern"},
        {{"recipes", 0.5}, {"trains", 0.4}, {"documentary", 0.3}},
        {{"kuechenlabor", 0.95}, {"nordlicht", 0.9}},
        now - 14h}},
      {"user_parent",
       {{"fox-and-fog", "counting-trains", "rainbow-in-a-jar", "songs-for-quiet-hands"},
        {{"kids", 0.95}, {"animation", 0.7}, {"animals", 0.5}},
        {{"paper_moon", 0.4}, {"little_owls", 0.6}},
        now - 12h}},
      {"user_woodworker",
       {{"windsor-chair", "sharp-enough", "leaky-tap"},
        {{"woodworking", 0.95}, {"diy", 0.6}, {"home", 0.4}},
        {{"shavings", 0.8}},
        now - 2 * 24h}},
      {"user_news_reader",
       {{"harbour-strike"},
        {{"news", 0.9}, {"finance", 0.7}, {"climate", 0.6}, {"history", 0.3}},
        {{"morning_wire", 0.5}},
        now - 8min}},
      {"user_seen_it_all", {ids_scored_at_least(60.0), {{"history", 0.5}, {"science", 0.5}}, {}, now - 4min}},
      {"user_creator_loyal",
       {{}, {}, {{"footnotes", 1.0}, {"warm_front", 0.9}, {"run_club", 0.8}}, now - 30h}},
  };
}

} // namespace

demo_tenant showcase(wall_time now) {
  return {"tenant_showcase", rules(), make_videos(showcase_videos(), now), users(now)};
}

} // namespace kinora::demo
