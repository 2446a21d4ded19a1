#pragma once

#include <cstdint>
#include <string_view>

namespace kinora {

/// How a page was made.
enum class feed_type : std::uint8_t { personalized, trending };

constexpr std::string_view to_string_view(feed_type x) noexcept {
  return x == feed_type::personalized ? "personalized" : "trending";
}

} // namespace kinora
