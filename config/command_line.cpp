#include "config/command_line.hpp"

#include "config/table.hpp"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <string_view>
#include <utility>

namespace kinora {

namespace {

constexpr std::string_view usage =
    "usage: kinora <command>\n"
    "\n"
    "  serve          starts the server; kinora serve --help lists its settings\n"
    "  store check    reads the whole store of DATA_DIR, of no running server, and says what is in it; exit "
    "code 2\n"
    "                 when it is damaged. Takes the settings of serve, such as --data-dir\n"
    "  version        shows the version\n"
    "  help           shows this text\n"
    "  help settings  shows every setting as a markdown table\n";

constexpr std::string_view check_usage =
    "usage: kinora store check [--data-dir FOLDER] [settings]\n"
    "\n"
    "Reads the whole store of DATA_DIR, which no server may have open, and says what is in it.\n"
    "Changes nothing. Exit code 2 and the name of the file when the store is damaged.\n"
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

/// Reads what follows `name`, a command that takes the settings: `--help` asks for `usage_of`.
command parse_with_settings(std::string_view name, std::string (*usage_of)(), int argc,
                            const char* const* argv, const environment& env) {
  CLI::App app;
  app.set_help_flag();
  app.allow_extras();
  bool help = false;
  std::string config_file;
  app.add_flag("-h,--help", help);
  app.add_option("--config", config_file)->multi_option_policy(CLI::MultiOptionPolicy::TakeLast);
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
  if (auto extras = app.remaining(); !extras.empty())
    return invalid(std::string{name}, "unknown argument " + shown(extras.front()) + "; see kinora " +
                                          std::string{name} + " --help");
  flag_values flags;
  for (const auto& row : settings_table()) {
    auto* option = app.get_option(flag_of(row));
    if (option->count() == 0)
      continue;
    auto value = option->results().back();
    if (is_flag(value)) // CLI11 takes whatever comes next
      return invalid(std::string{row.name}, "needs a value");
    flags.emplace(row.name, std::move(value));
  }
  auto out = read_settings(flags, env, config_file);
  if (!out)
    return out.error();
  return *std::move(out);
}

} // namespace

command parse_command_line(int argc, const char* const* argv, const environment& env) {
  std::string_view word = argc > 1 ? argv[1] : "";
  if (word == "serve")
    return parse_with_settings("serve", settings_help, argc - 1, argv + 1, env);
  if (word == "store") {
    if (argc < 3 || std::string_view{argv[2]} != "check")
      return invalid("command", "unknown; did you mean kinora store check?");
    auto parsed = parse_with_settings(
        "store check", [] { return std::string{check_usage}; }, argc - 2, argv + 2, env);
    if (auto* with = std::get_if<settings>(&parsed))
      return check_store{std::move(*with)};
    return parsed;
  }
  if (argc == 3 && word == "help" && std::string_view{argv[2]} == "settings")
    return show_text{settings_markdown()};
  if (argc > 2 && !word.empty())
    return invalid("command", "unexpected " + shown(argv[2]) + "; see kinora help");
  if (word == "help" || word == "--help" || word == "-h")
    return show_text{std::string{usage}};
  if (word == "version" || word == "--version")
    return show_text{"kinora " KINORA_VERSION "\n"};
  if (word.empty())
    return invalid("command", "missing: serve, store, version or help");
  return invalid("command", "unknown " + shown(word) + ": serve, store, version or help");
}

std::string to_line(const failure& x) {
  return "kinora: " + (x.field.empty() ? "" : x.field + ": ") + x.detail;
}

} // namespace kinora
