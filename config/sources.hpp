// Where settings come from: flags over environment over file over defaults.
#pragma once

#include "config/settings.hpp"
#include "domain/result.hpp"

#include <functional>
#include <map>
#include <string>

namespace kinora {

/// Looks a variable up, like `std::getenv`: null when it is not set.
using environment = std::function<const char*(const char*)>;

/// Flags as given, by the setting's name (PORT, not --port).
using flag_values = std::map<std::string, std::string>;

/// Reads the settings. `config_file` may be empty: no file. Every value given is checked, also one that a
/// stronger source overrides. Variables of the environment that name no setting are ignored; in the file they
/// are refused. A failure's field is the name of the setting, or "--config" when the file itself is at fault.
result<settings> read_settings(const flag_values& flags, const environment& env,
                               const std::string& config_file);

} // namespace kinora
