#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace kinora {

/// What one file of an import or an export holds, in the order in which they are taken in: what comes later
/// may need what came before.
enum class row_kind : std::uint8_t { rules, videos, signals, popularity, events };

/// Their names: of flags, in summaries, in files of rejected lines.
inline constexpr std::array<std::string_view, 5> row_kind_names{"rules", "videos", "signals", "popularity",
                                                                "events"};

constexpr std::string_view to_string_view(row_kind x) noexcept {
  return row_kind_names[static_cast<std::size_t>(x)];
}

} // namespace kinora
