// `kinora serve|store|version|help`: what the command line asks for.
#pragma once

#include "config/settings.hpp"
#include "config/sources.hpp"
#include "domain/result.hpp"

#include <string>
#include <variant>

namespace kinora {

/// Asks for a text on stdout, and nothing else: help, version.
struct show_text {
  std::string text;
};

/// Asks for a look at everything in the store that the settings name.
struct check_store {
  settings with;
};

/// Settings: serve with them. A text: print it and exit 0. A failure: print `to_line` on stderr and exit 2.
using command = std::variant<settings, check_store, show_text, failure>;

/// Reads the command line. `argv` is as `main` got it, and `env` is `std::getenv` but in tests.
command parse_command_line(int argc, const char* const* argv, const environment& env);

/// Returns "kinora: FIELD: detail", one line without its end.
std::string to_line(const failure& x);

} // namespace kinora
