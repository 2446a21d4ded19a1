// The log: one JSON object a line, on stdout.
#pragma once

#include "domain/time.hpp"

#include <concepts>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

namespace kinora::log {

enum class level : std::uint8_t { trace, debug, info, warn, error, off };

/// Longest text of a line, in bytes; what is longer is cut.
inline constexpr std::size_t text_bytes_max = 4096;

/// Lines that wait for the writer; when there are more, the oldest are dropped.
inline constexpr std::size_t queued_lines_max = 8192;

/// Something to know about what is logged. Views what it is given, so it lives no longer than the call.
/// Never pass a token, a secret, or the text of an exception.
struct field {
  field(std::string_view field_key, std::same_as<bool> auto x) : key{field_key}, value{x} {}
  field(std::string_view field_key, std::floating_point auto x)
      : key{field_key}, value{static_cast<double>(x)} {}
  field(std::string_view field_key, std::convertible_to<std::string_view> auto const& x)
      : key{field_key}, value{std::string_view{x}} {}

  template <std::integral Integer>
  requires(!std::same_as<Integer, bool>) field(std::string_view field_key, Integer x) : key{field_key} {
    if constexpr (std::signed_integral<Integer>)
      value = std::int64_t{x};
    else
      value = std::uint64_t{x};
  }

  std::string_view key; ///< Not "ts", "level" or "msg".
  std::variant<std::string_view, std::int64_t, std::uint64_t, double, bool> value;
};

using fields = std::initializer_list<field>;

/// Returns the level that LOG_LEVEL calls so; nullopt for any other name.
std::optional<level> level_of(std::string_view name);

/// Returns one line, valid JSON without the newline, whatever bytes the texts hold: what is not UTF-8 turns
/// into U+FFFD. A number that JSON cannot say is null.
std::string format_line(wall_time ts, level severity, std::string_view msg, fields xs);

/// Starts the writer; lines below `least` are dropped. Until then, and after `stop`, nothing is logged.
/// Call both from `main` only.
void start(level least);

/// Writes what is queued, and ends the writer. Waits as long as stdout does.
void stop();

/// Returns how many lines were dropped because the writer was too slow.
std::uint64_t lines_lost();

/// Logs a line. Any thread. Never waits for stdout: it formats, and leaves the line to the writer.
void write(level severity, std::string_view msg, fields xs);

inline void trace(std::string_view msg, fields xs = {}) {
  write(level::trace, msg, xs);
}
inline void debug(std::string_view msg, fields xs = {}) {
  write(level::debug, msg, xs);
}
inline void info(std::string_view msg, fields xs = {}) {
  write(level::info, msg, xs);
}
inline void warn(std::string_view msg, fields xs = {}) {
  write(level::warn, msg, xs);
}
inline void error(std::string_view msg, fields xs = {}) {
  write(level::error, msg, xs);
}

} // namespace kinora::log
