// What the store writer writes, each as a function of a number, so that whoever looks afterwards knows what
// has to be there.
#pragma once

#include "domain/access.hpp"
#include "domain/audit.hpp"
#include "domain/flags.hpp"
#include "domain/tenant_rules.hpp"
#include "domain/user_record.hpp"
#include "domain/video.hpp"
#include "storage/event_store.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace kinora::test {

/// The tenants; every event goes to the first.
inline constexpr auto first_tenant = "first";
inline constexpr auto second_tenant = "second";

inline constexpr int event_threads = 3;
inline constexpr std::size_t event_users = 5;
inline constexpr std::size_t event_videos = 4;

/// One event: the `number`-th of a thread. About users and videos that other events are about, too.
struct event_name {
  int thread;
  std::int64_t number;
};

/// Which user and which video it is about: `user * event_videos + video`.
inline std::size_t cell_of(const event_name& x) {
  const auto one = static_cast<std::uint32_t>(x.number) * 8 + static_cast<std::uint32_t>(x.thread);
  return (one * 2'654'435'761u >> 8) % (event_users * event_videos); // Knuth's multiplicative hash
}

/// What an event about a video is worth; all are exact in binary.
inline double amount_of(std::size_t event_video) {
  return std::vector{2.0, 3.0, 1.0, -0.5}.at(event_video);
}

/// Under which the plays of a video are counted.
inline rollout_side side_of_video(std::size_t event_video) {
  return feed_stats::sides[event_video % feed_stats::sides.size()];
}

inline event_effect effect_of(const event_name& x, std::int64_t at_ms) {
  const auto cell = cell_of(x);
  const auto n = std::to_string(cell % event_videos);
  event_effect out;
  out.event_id = std::to_string(x.thread) + '-' + std::to_string(x.number);
  out.user = "user" + std::to_string(cell / event_videos);
  out.video_id = "video" + n;
  out.at_ms = at_ms;
  out.amount = amount_of(cell % event_videos);
  out.attributed = attribution{feed_type::trending, side_of_video(cell % event_videos), engagement::play,
                               '\0' + out.event_id};
  video about;
  about.id = out.video_id;
  about.title = "about";
  about.tags = {"tag" + n};
  out.about = std::make_shared<const video>(std::move(about));
  return out;
}

/// A batch of the first tenant. All events occur at the same time, so that sums are whole multiples.
inline std::shared_ptr<const event_batch> batch_of(const std::vector<event_name>& events,
                                                   std::int64_t at_ms) {
  auto out = std::make_shared<event_batch>();
  out->tenant = first_tenant;
  out->popularity_half_life = std::chrono::hours{72};
  for (auto& x : events)
    out->effects.push_back(effect_of(x, at_ms));
  return out;
}

inline global_flags flags_at(std::int64_t n) {
  return {n % 2 == 0, n % 3 == 0, static_cast<double>(n % 101), static_cast<std::uint64_t>(n)};
}

inline versioned_rules rules_at(std::int64_t n) {
  versioned_rules out;
  out.rules.recency_window_hours = static_cast<double>(n % 1'000 + 1);
  out.rules.pins.emplace("nowhere", static_cast<std::uint32_t>(n % 9'999));
  out.revision = static_cast<std::uint64_t>(n);
  return out;
}

/// What the log says of the rules of that number: written with them.
inline audit_entry note_at(std::int64_t n) {
  return make_audit_entry(wall_time{std::chrono::milliseconds{n}}, {}, "rules.put", first_tenant,
                          std::to_string(n));
}

inline access_token token_at(std::int64_t n) {
  access_token out;
  out.who = {"token", std::to_string(n), role::viewer, {}};
  out.digest = digest_of(std::to_string(n));
  return out;
}

/// As many videos as that, in order of id.
inline std::vector<std::shared_ptr<const video>> videos_at(std::int64_t n, std::int64_t videos) {
  std::vector<std::shared_ptr<const video>> out;
  for (std::int64_t i = 0; i < videos; ++i) {
    video x;
    x.id = std::to_string(10 + i);
    x.title = "version " + std::to_string(n);
    x.metadata = std::string(static_cast<std::size_t>(n % 500), 'm');
    out.push_back(std::make_shared<const video>(std::move(x)));
  }
  return out;
}

/// A whole catalogue, of another size every time.
inline std::vector<std::shared_ptr<const video>> catalogue_at(std::int64_t n) {
  return videos_at(n, n % 20);
}

/// The videos that are written over and over.
inline std::vector<std::shared_ptr<const video>> upload_at(std::int64_t n) {
  return videos_at(n, 10);
}

/// What is set of one user; nullptr: erased.
inline std::shared_ptr<const user_record> record_at(std::int64_t n) {
  if (n % 3 == 0)
    return nullptr;
  user_record out;
  out.touched_ms = 4'000'000'000'000 + n; // in 2096: no compaction finds it too old
  out.set = user_record::set_part{n, {{"tag" + std::to_string(n), 0.5}}, {}};
  return std::make_shared<const user_record>(std::move(out));
}

} // namespace kinora::test
