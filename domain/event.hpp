#pragma once

#include "domain/time.hpp"

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace kinora {

/// What a user did with a video.
enum class event_type : std::uint8_t { impression, view, complete, like, share, skip, dislike, follow };

/// Their names in requests and rules, in the order of the values.
inline constexpr std::array<std::string_view, 8> event_type_names{"impression", "view", "complete", "like",
                                                                  "share",      "skip", "dislike",  "follow"};

constexpr std::string_view to_string_view(event_type x) noexcept {
  return event_type_names[static_cast<std::size_t>(x)];
}

/// The type of that name; nullopt when there is none.
constexpr std::optional<event_type> event_type_of(std::string_view name) noexcept {
  for (std::size_t i = 0; i < event_type_names.size(); ++i)
    if (event_type_names[i] == name)
      return static_cast<event_type>(i);
  return std::nullopt;
}

inline constexpr std::size_t events_per_batch_max = 1'000;
inline constexpr std::size_t event_id_bytes_max = 256;
inline constexpr std::size_t tracking_token_bytes_max = 256;
inline constexpr std::chrono::days event_age_max{7};     ///< How long ago an event may have happened.
inline constexpr std::chrono::minutes event_lead_max{5}; ///< How far ahead of ours a client's clock may be.
inline constexpr std::chrono::hours event_watch_max{24}; ///< Longest time of watching in one event.

/// One thing a user did, as an SDK reports it. Every string is printable UTF-8.
struct event {
  std::string event_id; ///< 1..`event_id_bytes_max` bytes; what repeats it changes nothing.
  event_type type = event_type::view;
  std::string user;
  std::string video_id; ///< The catalogue need not know it.
  wall_time occurred_at;
  std::optional<std::chrono::milliseconds> watched; ///< 0..`event_watch_max`.
  std::string tracking_token; ///< Of the feed item, at most `tracking_token_bytes_max` bytes; may be empty.
  bool operator==(const event&) const = default;
};

} // namespace kinora
