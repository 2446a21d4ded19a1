// The one table of settings: it drives the flags, the environment, the file, `--help` and README's table.
#pragma once

#include "config/settings.hpp"
#include "domain/result.hpp"

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>

namespace kinora {

/// One row of the table.
struct setting {
  using member =
      std::variant<bool settings::*, std::uint16_t settings::*, std::uint32_t settings::*, double settings::*,
                   std::chrono::milliseconds settings::*, std::chrono::seconds settings::*,
                   std::string settings::*, std::vector<std::string> settings::*>;

  /// Says what is wrong with a value and what is allowed; nullopt when it is fine.
  using check = std::optional<std::string> (*)(std::string_view);

  std::string_view name; ///< Upper snake case, as in the environment.
  member target;         ///< Where the value goes; its type decides how it is read.
  double min = 0;        ///< Smallest number allowed; numbers and durations only.
  double max = 0;        ///< Largest number allowed; numbers and durations only.
  std::string_view unit; ///< Empty when there is none.
  std::string_view help; ///< One sentence, without the default.
  check accepts = nullptr;
  bool secret = false; ///< Its value is never shown.

  bool is_switch() const { return std::holds_alternative<bool settings::*>(target); }
};

/// Returns every setting, in the order in which the documentation lists them.
std::span<const setting> settings_table();

/// Finds a setting by its name, in any case; null when there is none.
const setting* find_setting(std::string_view name);

/// Returns the flag of a setting: HEADER_TIMEOUT_MS → --header-timeout-ms.
std::string flag_of(const setting& x);

/// Reads `text` into the member of `row`. `origin` says where the text comes from, e.g. "environment"; it
/// ends the detail. On a failure, whose field is the setting's name, `out` is unchanged.
std::optional<failure> assign(settings& out, const setting& row, std::string_view text,
                              std::string_view origin);

/// Quotes what a user typed for a message of one line: control characters become '?', and what is longer
/// than 80 bytes is cut.
std::string shown(std::string_view text);

/// Returns what `kinora serve --help` says.
std::string settings_help();

/// Returns README's table of settings, as markdown, with a newline at the end.
std::string settings_markdown();

} // namespace kinora
