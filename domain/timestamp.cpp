#include "domain/timestamp.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <optional>

namespace kinora {

namespace {

using namespace std::chrono_literals;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::sys_days;

constexpr wall_time first_instant = sys_days{std::chrono::year{1} / 1 / 1};
constexpr wall_time last_instant = sys_days{std::chrono::year{9999} / 12 / 31} + 24h - 1ms;

struct time_of_day {
  milliseconds since_midnight; ///< A leap second counts as the last millisecond of the second before it.
  bool leap_second;
};

/// Removes the first character of `text` if it is one of `allowed`.
bool take(std::string_view& text, std::string_view allowed) {
  if (text.empty() || allowed.find(text.front()) == std::string_view::npos)
    return false;
  text.remove_prefix(1);
  return true;
}

std::optional<unsigned> take_digit(std::string_view& text) {
  if (text.empty() || text.front() < '0' || text.front() > '9')
    return std::nullopt;
  const auto digit = static_cast<unsigned>(text.front() - '0');
  text.remove_prefix(1);
  return digit;
}

/// Removes a number of exactly `digits` digits from the front of `text`; nullopt when it is above `max`.
std::optional<unsigned> take_number(std::string_view& text, std::size_t digits, unsigned max) {
  unsigned number = 0;
  for (std::size_t i = 0; i < digits; ++i) {
    const auto digit = take_digit(text);
    if (!digit)
      return std::nullopt;
    number = number * 10 + *digit;
  }
  return number <= max ? std::optional{number} : std::nullopt;
}

std::optional<sys_days> take_date(std::string_view& text) {
  const auto year = take_number(text, 4, 9999);
  if (!year || *year == 0 || !take(text, "-"))
    return std::nullopt;
  const auto month = take_number(text, 2, 12);
  if (!month || !take(text, "-"))
    return std::nullopt;
  const auto day = take_number(text, 2, 31);
  if (!day)
    return std::nullopt;
  const std::chrono::year_month_day date{std::chrono::year{static_cast<int>(*year)},
                                         std::chrono::month{*month}, std::chrono::day{*day}};
  return date.ok() ? std::optional{sys_days{date}} : std::nullopt;
}

/// Removes `.digits`, if `text` starts with a dot; nullopt when no digit follows the dot.
std::optional<milliseconds> take_fraction(std::string_view& text) {
  if (!take(text, "."))
    return 0ms;
  auto digit = take_digit(text);
  if (!digit)
    return std::nullopt;
  milliseconds fraction{0};
  for (milliseconds unit = 100ms; digit; digit = take_digit(text), unit /= 10)
    fraction += *digit * unit;
  return fraction;
}

std::optional<time_of_day> take_time(std::string_view& text) {
  const auto hour = take_number(text, 2, 23);
  if (!hour || !take(text, ":"))
    return std::nullopt;
  const auto minute = take_number(text, 2, 59);
  if (!minute || !take(text, ":"))
    return std::nullopt;
  const auto second = take_number(text, 2, 60);
  if (!second)
    return std::nullopt;
  const auto fraction = take_fraction(text);
  if (!fraction)
    return std::nullopt;
  const auto start_of_minute = *hour * 1h + *minute * 1min;
  if (*second == 60)
    return time_of_day{start_of_minute + 1min - 1ms, true};
  return time_of_day{start_of_minute + *second * 1s + *fraction, false};
}

/// Removes the zone; returns how far local time is ahead of UTC.
std::optional<minutes> take_offset(std::string_view& text) {
  if (take(text, "Zz"))
    return 0min;
  const bool ahead = text.starts_with('+');
  if (!take(text, "+-"))
    return std::nullopt;
  const auto hour = take_number(text, 2, 23);
  if (!hour || !take(text, ":"))
    return std::nullopt;
  const auto minute = take_number(text, 2, 59);
  if (!minute)
    return std::nullopt;
  const minutes offset{static_cast<int>(*hour * 60 + *minute)};
  return ahead ? offset : -offset;
}

bool is_last_of_month(wall_time instant) {
  const auto next = instant + 1ms;
  const auto day = std::chrono::floor<std::chrono::days>(next);
  return next == day && std::chrono::year_month_day{day}.day() == std::chrono::day{1};
}

std::optional<wall_time> read_date_time(std::string_view text) {
  const auto date = take_date(text);
  if (!date || !take(text, "Tt "))
    return std::nullopt;
  const auto time = take_time(text);
  if (!time)
    return std::nullopt;
  const auto offset = take_offset(text);
  if (!offset || !text.empty())
    return std::nullopt;
  const wall_time instant = *date + time->since_midnight - *offset;
  if (instant < first_instant || instant > last_instant)
    return std::nullopt;
  if (time->leap_second && !is_last_of_month(instant))
    return std::nullopt;
  return instant;
}

void append_number(std::string& out, std::int64_t number, std::size_t digits) {
  const auto text = std::to_string(number);
  out.append(digits - text.size(), '0').append(text);
}

} // namespace

result<wall_time> parse_rfc3339(std::string_view text) {
  if (const auto instant = read_date_time(text))
    return *instant;
  return invalid("", "must be an RFC 3339 date-time of the years 1 to 9999, such as 2024-05-31T18:30:00Z");
}

result<wall_time> from_unix_number(double number) {
  constexpr double milliseconds_from = 1e11;
  const double ms = std::round(std::abs(number) >= milliseconds_from ? number : number * 1000.0);
  const auto limit = [](wall_time x) { return static_cast<double>(x.time_since_epoch().count()); };
  if (ms >= limit(first_instant) && ms <= limit(last_instant)) // false for NaN
    return wall_time{milliseconds{static_cast<std::int64_t>(ms)}};
  return invalid("", "must be a Unix time in seconds or milliseconds within the years 1 to 9999");
}

std::string to_rfc3339(wall_time instant) {
  instant = std::clamp(instant, first_instant, last_instant);
  const auto day = std::chrono::floor<std::chrono::days>(instant);
  const std::chrono::year_month_day date{day};
  const std::chrono::hh_mm_ss time{instant - day};
  std::string out;
  append_number(out, static_cast<int>(date.year()), 4);
  append_number(out += '-', static_cast<unsigned>(date.month()), 2);
  append_number(out += '-', static_cast<unsigned>(date.day()), 2);
  append_number(out += 'T', time.hours().count(), 2);
  append_number(out += ':', time.minutes().count(), 2);
  append_number(out += ':', time.seconds().count(), 2);
  if (time.subseconds() > 0ms)
    append_number(out += '.', time.subseconds().count(), 3);
  return out += 'Z';
}

} // namespace kinora
