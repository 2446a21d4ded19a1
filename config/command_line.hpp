// `kinora serve|import|export|store|version|help`: what the command line asks for.
#pragma once

#include "config/settings.hpp"
#include "config/sources.hpp"
#include "domain/result.hpp"

#include <map>
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

/// Asks for rows to be taken in, from files by the kind of their rows ("videos"); "-" is standard input.
struct import_data {
  settings with;
  std::string tenant;
  std::map<std::string, std::string> files;
  std::string server;   ///< URL of an admin port; empty: the store of DATA_DIR.
  std::string rejected; ///< Path of the file for bad lines.
  bool shift_to_now = false;
};

/// Asks for what is kept of a tenant to be written to files, as above; "-" is standard output.
struct export_data {
  settings with;
  std::string tenant;
  std::map<std::string, std::string> files;
};

/// Asks for a copy of the whole store in a folder of its own below BACKUP_DIR.
struct make_backup {
  settings with;
  std::string server; ///< URL of an admin port; empty: of the store of DATA_DIR, which no server has open.
};

/// Asks for the store of DATA_DIR to be made of a backup.
struct restore_store {
  settings with;
  std::string from; ///< A folder.
};

/// Settings: serve with them. A text: print it and exit 0. A failure: print `to_line` on stderr and exit 2.
using command = std::variant<settings, check_store, import_data, export_data, make_backup, restore_store,
                             show_text, failure>;

/// Reads the command line. `argv` is as `main` got it, and `env` is `std::getenv` but in tests.
command parse_command_line(int argc, const char* const* argv, const environment& env);

/// Returns "kinora: FIELD: detail", one line without its end.
std::string to_line(const failure& x);

} // namespace kinora
