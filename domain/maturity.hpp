#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <string_view>
#include <utility>

namespace kinora {

/// How mature an audience a video is for, mildest first (the ratings of the Motion Picture Association).
enum class maturity : std::uint8_t { g, pg, pg13, r, nc17, unknown };

/// Reads "G", "PG", "PG-13", "R" or "NC-17" in any case; everything else is `unknown`.
constexpr maturity parse_maturity(std::string_view text) noexcept {
  constexpr std::array<std::pair<std::string_view, maturity>, 5> ratings{{{"G", maturity::g},
                                                                          {"PG", maturity::pg},
                                                                          {"PG-13", maturity::pg13},
                                                                          {"R", maturity::r},
                                                                          {"NC-17", maturity::nc17}}};
  const auto same = [](char x, char upper) { return (x >= 'a' && x <= 'z' ? x - 'a' + 'A' : x) == upper; };
  for (const auto& [name, rating] : ratings)
    if (std::equal(text.begin(), text.end(), name.begin(), name.end(), same))
      return rating;
  return maturity::unknown;
}

/// Whether a tenant that shows at most `limit` shows a video rated `rating`. An unknown rating is never
/// allowed, and an unknown limit allows nothing.
constexpr bool allows(maturity limit, maturity rating) noexcept {
  return limit != maturity::unknown && rating <= limit;
}

} // namespace kinora
