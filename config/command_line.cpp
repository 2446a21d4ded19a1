#include "config/command_line.hpp"

#include "config/table.hpp"
#include "domain/ids.hpp"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <functional>
#include <initializer_list>
#include <optional>
#include <string_view>
#include <utility>

namespace kinora {

namespace {

constexpr std::string_view usage =
    "usage: kinora <command>\n"
    "\n"
    "  serve          starts the server; kinora serve --help lists its settings\n"
    "  import         takes videos, signals and events in, from NDJSON files into a server or a closed "
    "store\n"
    "  export         writes what is kept of a tenant to such files, from a closed store or a backup\n"
    "  store check    reads the whole store of DATA_DIR, of no running server, and says what is in it; exit "
    "code 2\n"
    "                 when it is damaged. Takes the settings of serve, such as --data-dir\n"
    "  store backup   copies the whole store, while a server runs with --server\n"
    "  store restore  makes a store of a backup\n"
    "  version        shows the version\n"
    "  help           shows this text\n"
    "  help settings  shows every setting as a markdown table\n";

constexpr std::string_view check_usage =
    "usage: kinora store check [--data-dir FOLDER] [settings]\n"
    "\n"
    "Reads the whole store of DATA_DIR, which no server may have open, and says what is in it.\n"
    "Changes nothing. Exit code 2 and the name of the file when the store is damaged.\n"
    "Takes the settings of serve; kinora serve --help lists them.\n";

constexpr std::string_view import_usage =
    "usage: kinora import --tenant TENANT [--videos FILE] [--events FILE] [--signals FILE] [--rules FILE]\n"
    "                     [--popularity FILE] [--server http://HOST:PORT [--token-file FILE]]\n"
    "                     [--shift-to-now] [--rejected FILE] [settings]\n"
    "\n"
    "Takes in NDJSON files, plain or compressed by gzip; - is standard input. Old events are welcome. They "
    "go\n"
    "straight into the store of DATA_DIR, which no server may have open, or through the admin port of the\n"
    "server at --server, with the token in --token-file, ADMIN_TOKEN_FILE or ADMIN_TOKEN. A tenant that is "
    "not\n"
    "there is made, with default rules.\n"
    "\n"
    "  --rules, --popularity\n"
    "      What kinora export has written; --signals takes its rows too.\n"
    "  --shift-to-now\n"
    "      Moves all times by as much as makes the newest of all files now. Reads the files twice.\n"
    "  --rejected FILE\n"
    "      Where lines that are left out go, with their numbers and why; by default\n"
    "      kinora-import-rejected.ndjson. The progress is kept beside it: after an interruption the same\n"
    "      command goes on where that was. Nothing counts twice, with or without it.\n"
    "\n"
    "Exit code 0: all lines are taken in; 1: some were left out; 2: the import could not begin or go on.\n"
    "Takes the settings of serve; kinora serve --help lists them.\n";

constexpr std::string_view export_usage = "usage: kinora export --tenant TENANT [--rules FILE] [--videos "
                                          "FILE] [--signals FILE] [--popularity FILE]\n"
                                          "                     [settings]\n"
                                          "\n"
                                          "Writes what is kept of a tenant as NDJSON files in order of ids; "
                                          "- is standard output. kinora import takes\n"
                                          "them back to the bit. Reads the store of DATA_DIR, which no "
                                          "server may have open, or a backup: for a server\n"
                                          "that runs, kinora store backup --server makes one. Ids of events, "
                                          "keys and the log of changes stay out.\n"
                                          "Takes the settings of serve; kinora serve --help lists them.\n";

constexpr std::string_view backup_usage =
    "usage: kinora store backup [--to FOLDER] [settings]\n"
    "       kinora store backup --server http://HOST:PORT [--token-file FILE]\n"
    "\n"
    "Copies the whole store of DATA_DIR, which no server may have open, to a folder of its own below FOLDER "
    "(by\n"
    "default BACKUP_DIR), or has the server at --server copy its own, while it runs, below its BACKUP_DIR. "
    "The\n"
    "copy appears under its name once it is complete, on disk and checked; BACKUPS_KEPT of them are kept.\n"
    "Takes the settings of serve; kinora serve --help lists them.\n";

constexpr std::string_view restore_usage =
    "usage: kinora store restore --from BACKUP [--data-dir FOLDER] [settings]\n"
    "\n"
    "Makes the store of DATA_DIR of a backup, which is checked first. DATA_DIR must not exist, or be empty:\n"
    "nothing is ever overwritten. A kill at any instant leaves no store or a whole one.\n"
    "Takes the settings of serve; kinora serve --help lists them.\n";

/// Returns the setting whose flag starts `message`, as CLI11 words it: "--port: 1 required TEXT missing".
std::string field_of(std::string_view message) {
  auto flag = message.substr(0, message.find(':'));
  for (const auto& row : settings_table())
    if (flag_of(row) == flag)
      return std::string{row.name};
  return std::string{flag};
}

bool is_flag(std::string_view word) {
  auto table = settings_table();
  return std::any_of(table.begin(), table.end(), [word](const setting& row) { return flag_of(row) == word; });
}

/// What a command takes beside the settings: flags with a text, and switches.
struct own_flags {
  std::map<std::string, std::string*> texts;
  std::map<std::string, bool*> switches;
};

/// The settings' flags that were given.
result<flag_values> given_flags(const CLI::App& app) {
  flag_values out;
  for (const auto& row : settings_table()) {
    auto* option = app.get_option(flag_of(row));
    if (option->count() == 0)
      continue;
    auto value = option->results().back();
    if (is_flag(value)) // CLI11 takes whatever comes next
      return invalid(std::string{row.name}, "needs a value");
    out.emplace(row.name, std::move(value));
  }
  return out;
}

/// Reads what follows `name`, a command that takes the settings: `--help` asks for `usage_of`.
command parse_with_settings(std::string_view name, const std::function<std::string()>& usage_of, int argc,
                            const char* const* argv, const environment& env, const own_flags& own = {}) {
  CLI::App app;
  app.set_help_flag();
  app.allow_extras();
  bool help = false;
  std::string config_file;
  app.add_flag("-h,--help", help);
  app.add_option("--config", config_file)->multi_option_policy(CLI::MultiOptionPolicy::TakeLast);
  std::string token_file; // of a client: whose file the server's setting is
  if (own.texts.contains("--server"))
    app.add_option("--token-file", token_file);
  for (const auto& [flag, value] : own.texts)
    app.add_option(flag, *value)->multi_option_policy(CLI::MultiOptionPolicy::TakeLast);
  for (const auto& [flag, value] : own.switches)
    app.add_flag(flag, *value);
  for (const auto& row : settings_table()) {
    auto* option = app.add_option(flag_of(row));
    option->multi_option_policy(CLI::MultiOptionPolicy::TakeLast);
    if (row.is_switch())
      option->expected(0, 1)->default_str("true");
  }
  try {
    app.parse(argc, argv);
  } catch (const CLI::ArgumentMismatch& x) {
    return invalid(field_of(x.what()), "needs a value");
  } catch (const CLI::ParseError& x) {
    return invalid(field_of(x.what()), x.what());
  }
  if (help)
    return show_text{usage_of()};
  for (const auto& [flag, value] : own.texts)
    if (app.count(flag) > 0 && (value->empty() || value->starts_with("--")))
      return invalid(flag, "needs a value"); // CLI11 takes whatever comes next
  if (auto extras = app.remaining(); !extras.empty())
    return invalid(std::string{name}, "unknown argument " + shown(extras.front()) + "; see kinora " +
                                          std::string{name} + " --help");
  auto flags = given_flags(app);
  if (!flags)
    return flags.error();
  if (!token_file.empty())
    flags->insert_or_assign("ADMIN_TOKEN_FILE", token_file);
  auto out = read_settings(*flags, env, config_file);
  if (!out)
    return out.error();
  return *std::move(out);
}

} // namespace

namespace {

std::function<std::string()> as_usage(std::string_view text) {
  return [text] { return std::string{text}; };
}

/// Puts the settings to what a command asks for, once `flaw` finds nothing wrong with it.
template <class Command, class Flaw>
command with_settings(command parsed, Command out, Flaw flaw) {
  auto* with = std::get_if<settings>(&parsed);
  if (!with)
    return parsed;
  if (auto bad = flaw(out))
    return *bad;
  out.with = std::move(*with);
  return out;
}

template <class Command>
std::optional<failure> check_tenant(const Command& x) {
  if (x.tenant.empty())
    return invalid("--tenant", "is missing: whose data it is");
  if (auto bad = check_tenant_id(x.tenant))
    return invalid("--tenant", bad->detail);
  return std::nullopt;
}

/// The files that were named, by the kind of their rows.
using file_flags = std::map<std::string, std::string>;

void add_files(own_flags& to, file_flags& files, std::initializer_list<const char*> kinds) {
  for (auto kind : kinds)
    to.texts.emplace(std::string{"--"} + kind, &files[kind]);
}

command parse_import(int argc, const char* const* argv, const environment& env) {
  import_data out;
  out.rejected = "kinora-import-rejected.ndjson";
  own_flags own{{{"--tenant", &out.tenant}, {"--server", &out.server}, {"--rejected", &out.rejected}},
                {{"--shift-to-now", &out.shift_to_now}}};
  add_files(own, out.files, {"rules", "videos", "signals", "popularity", "events"});
  auto parsed = parse_with_settings("import", as_usage(import_usage), argc, argv, env, own);
  std::erase_if(out.files, [](auto& x) { return x.second.empty(); });
  return with_settings(std::move(parsed), std::move(out), check_tenant<import_data>);
}

command parse_export(int argc, const char* const* argv, const environment& env) {
  export_data out;
  std::string server;
  own_flags own{{{"--tenant", &out.tenant}, {"--server", &server}}, {}};
  add_files(own, out.files, {"rules", "videos", "signals", "popularity"});
  auto parsed = parse_with_settings("export", as_usage(export_usage), argc, argv, env, own);
  std::erase_if(out.files, [](auto& x) { return x.second.empty(); });
  return with_settings(std::move(parsed), std::move(out), [&](const export_data& x) {
    return server.empty() ? check_tenant(x)
                          : std::optional{invalid("--server", "an export reads a closed store or a backup; "
                                                              "make one with kinora store backup --server "
                                                              "and give its path as --data-dir")};
  });
}

command parse_backup(int argc, const char* const* argv, const environment& env) {
  make_backup out;
  std::string to;
  const own_flags own{{{"--to", &to}, {"--server", &out.server}}, {}};
  auto parsed = parse_with_settings("store backup", as_usage(backup_usage), argc, argv, env, own);
  if (auto* with = std::get_if<settings>(&parsed); with && !to.empty())
    with->backup_dir = to;
  return with_settings(std::move(parsed), out, [&](const make_backup& x) {
    return x.server.empty() || to.empty()
               ? std::nullopt
               : std::optional{invalid("--to", "a running server puts backups below its own BACKUP_DIR")};
  });
}

command parse_restore(int argc, const char* const* argv, const environment& env) {
  restore_store out;
  const own_flags own{{{"--from", &out.from}}, {}};
  auto parsed = parse_with_settings("store restore", as_usage(restore_usage), argc, argv, env, own);
  return with_settings(std::move(parsed), std::move(out), [](const restore_store& x) {
    return x.from.empty() ? std::optional{invalid("--from", "is missing: the folder of the backup")}
                          : std::nullopt;
  });
}

command parse_store(int argc, const char* const* argv, const environment& env) {
  const std::string_view word = argc > 1 ? argv[1] : "";
  if (word == "backup")
    return parse_backup(argc - 1, argv + 1, env);
  if (word == "restore")
    return parse_restore(argc - 1, argv + 1, env);
  if (word != "check")
    return invalid("command",
                   "unknown; there are kinora store check, kinora store backup and kinora store restore");
  auto parsed = parse_with_settings("store check", as_usage(check_usage), argc - 1, argv + 1, env);
  return with_settings(std::move(parsed), check_store{}, [](auto&) { return std::optional<failure>{}; });
}

} // namespace

command parse_command_line(int argc, const char* const* argv, const environment& env) {
  std::string_view word = argc > 1 ? argv[1] : "";
  if (word == "serve")
    return parse_with_settings("serve", settings_help, argc - 1, argv + 1, env);
  if (word == "import")
    return parse_import(argc - 1, argv + 1, env);
  if (word == "export")
    return parse_export(argc - 1, argv + 1, env);
  if (word == "store")
    return parse_store(argc - 1, argv + 1, env);
  if (argc == 3 && word == "help" && std::string_view{argv[2]} == "settings")
    return show_text{settings_markdown()};
  if (argc > 2 && !word.empty())
    return invalid("command", "unexpected " + shown(argv[2]) + "; see kinora help");
  if (word == "help" || word == "--help" || word == "-h")
    return show_text{std::string{usage}};
  if (word == "version" || word == "--version")
    return show_text{"kinora " KINORA_VERSION "\n"};
  if (word.empty())
    return invalid("command", "missing: serve, import, export, store, version or help");
  return invalid("command", "unknown " + shown(word) + ": serve, import, export, store, version or help");
}

std::string to_line(const failure& x) {
  return "kinora: " + (x.field.empty() ? "" : x.field + ": ") + x.detail;
}

} // namespace kinora
