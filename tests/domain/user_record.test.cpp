#define CAF_SUITE domain.user_record
#include "tests/support/unit_test.hpp"

#include "domain/user_record.hpp"
#include "tests/support/random_events.hpp"

#include <random>

using namespace kinora;
using namespace kinora::test;

namespace {

event_effect touch(std::string video_id, double amount, wall_time at,
                   std::vector<std::string> tags = {"music"}) {
  auto about = make_video(video_id, 50.0, std::move(tags));
  about.creator_id = "ada";
  event_effect out;
  out.event_id = "e";
  out.user = "u";
  out.video_id = std::move(video_id);
  out.at_ms = at.time_since_epoch().count();
  out.amount = amount;
  out.about = share(about);
  return out;
}

double affinity(const user_record& x, const std::string& tag, wall_time now) {
  auto signals = signals_at(x, now);
  auto i = signals.affinities.find(tag);
  return i == signals.affinities.end() ? 0.0 : i->second;
}

user_record merged_of(std::vector<user_record> parts) {
  user_record out;
  for (auto& x : parts)
    merge(out, x);
  return out;
}

} // namespace

CAF_TEST(an event adds to the affinities of all tags and of the creator) {
  auto x = record_of(touch("v", 2.0, noon, {"music", "live"}), noon);
  auto signals = signals_at(x, noon);
  CAF_CHECK(close(signals.affinities, {{"live", 0.5}, {"music", 0.5}}));
  CAF_CHECK(close(signals.creator_affinities, {{"ada", 0.5}}));
  CAF_CHECK(signals.last_active == noon);
}

CAF_TEST(a sum halves in thirty days) {
  auto x = record_of(touch("v", 2.0, noon), noon);
  CAF_CHECK(close(affinity(x, "music", noon + std::chrono::days{30}), 1.0 / (1.0 + 2.0)));
  merge(x, record_of(touch("w", 1.0, noon + std::chrono::days{30}), noon));
  CAF_CHECK(close(affinity(x, "music", noon + std::chrono::days{30}), 2.0 / (2.0 + 2.0)));
}

CAF_TEST(a sum below zero reads as no affinity and is remembered) {
  auto x = record_of(touch("v", -3.0, noon), noon);
  CAF_CHECK(signals_at(x, noon).affinities.empty());
  merge(x, record_of(touch("v", 4.0, noon), noon));
  CAF_CHECK(close(affinity(x, "music", noon), 1.0 / 3.0));
}

CAF_TEST(a set affinity reads as set until an event touches its key) {
  user_signals set;
  set.affinities = {{"music", 0.8}, {"sport", 1.0}, {"quiet", 0.3}};
  auto x = record_of(set, noon);
  auto later = noon + std::chrono::days{20};
  CAF_CHECK_EQUAL(affinity(x, "music", later), 0.8);
  merge(x, record_of(touch("v", 1.0, later, {"music", "sport"}), later));
  CAF_CHECK(close(affinity(x, "music", later), (8.0 + 1.0) / (8.0 + 1.0 + 2.0)));
  CAF_CHECK(close(affinity(x, "sport", later), (198.0 + 1.0) / (198.0 + 1.0 + 2.0)));
  CAF_CHECK_EQUAL(affinity(x, "quiet", later), 0.3);
  CAF_CHECK(close(affinity(x, "music", later + std::chrono::days{30}), 4.5 / 6.5));
}

CAF_TEST(what was forgotten does not come back with the next event) {
  constexpr std::chrono::hours retention{24 * 90};
  auto write = [](const char* video, wall_time at) { return record_of(touch(video, 1.0, at), at); };
  const auto old = write("old", noon), next = write("next", noon + retention + std::chrono::milliseconds{1}),
             between = write("between", noon + retention);
  auto late = old;
  merge(late, next, retention);
  CAF_CHECK(late == next);
  auto earlier = next; // in whatever order
  merge(earlier, old, retention);
  CAF_CHECK(earlier == next);
  // Who came between was not forgotten, whichever two are merged first.
  auto step_by_step = old;
  merge(step_by_step, between, retention);
  merge(step_by_step, next, retention);
  auto later_ones = between;
  merge(later_ones, next, retention);
  auto last = old;
  merge(last, later_ones, retention);
  CAF_CHECK_EQUAL(step_by_step.since_ms, old.since_ms);
  CAF_CHECK_EQUAL(last.since_ms, old.since_ms);
  CAF_CHECK(close(affinity(last, "music", noon), affinity(step_by_step, "music", noon)));
}

CAF_TEST(what is set keeps the order of watched ids and comes before what events add) {
  user_signals set;
  set.watched_ids = {"c", "a", "b"};
  set.disliked_ids = {"x"};
  auto x = record_of(set, noon);
  auto seen = touch("0", 1.0, noon + std::chrono::seconds{1});
  seen.watched = true;
  merge(x, record_of(seen, noon));
  auto signals = signals_at(x, noon);
  CAF_CHECK(signals.watched_ids == (std::vector<std::string>{"c", "a", "b", "0"}));
  CAF_CHECK(signals.disliked_ids == (std::vector<std::string>{"x"}));
}

CAF_TEST(the latest watched videos are kept however they come) {
  std::vector<user_record> parts;
  for (int i = 0; i < 450; ++i) {
    auto x = touch("v" + std::to_string(i % 300), 0.0, noon + std::chrono::seconds{i});
    x.watched = x.disliked = true;
    parts.push_back(record_of(x, noon));
  }
  std::mt19937 random{7};
  auto in_order = signals_at(merged_of(parts), noon);
  CAF_CHECK_EQUAL(in_order.watched_ids.size(), user_signals::watched_max);
  CAF_CHECK_EQUAL(in_order.watched_ids.back(), "v149");
  CAF_CHECK_EQUAL(in_order.watched_ids.front(), "v250");
  CAF_CHECK_EQUAL(in_order.disliked_ids.size(), 300u);
  for (int i = 0; i < 5; ++i) {
    std::shuffle(parts.begin(), parts.end(), random);
    CAF_CHECK(close(signals_at(merged_of(parts), noon), in_order));
  }
}

CAF_TEST(lists do not grow past their limits) {
  user_record x;
  for (std::size_t i = 0; i < user_record::sums_max + 50; ++i)
    merge(x, record_of(touch("v", 1.0 + static_cast<double>(i), noon, {"tag" + std::to_string(i)}), noon));
  CAF_CHECK_EQUAL(x.tags.size(), user_record::sums_max);
  CAF_CHECK_EQUAL(affinity(x, "tag0", noon), 0.0);
  CAF_CHECK(affinity(x, "tag" + std::to_string(user_record::sums_max), noon) > 0.9);
}

CAF_TEST(any order and any grouping of events gives the same signals) {
  auto seed = std::random_device{}();
  CAF_MESSAGE("seed " << seed);
  std::mt19937 random{seed};
  random_world world{seed};
  for (int round = 0; round < 30; ++round) {
    std::vector<user_record> parts;
    if (world.chance(0.5))
      parts.push_back(record_of(world.draw_signals({"video1", "video2", "video3"}), noon));
    for (auto& x : draw_effects(world, 60))
      parts.push_back(record_of(x, noon));
    auto expected = signals_at(merged_of(parts), noon);
    CAF_CHECK(!expected.watched_ids.empty());
    while (parts.size() > 1) { // two at a time, whichever they are
      std::shuffle(parts.begin(), parts.end(), random);
      merge(parts[0], parts.back());
      parts.pop_back();
    }
    CAF_CHECK(close(signals_at(parts[0], noon), expected));
  }
}
