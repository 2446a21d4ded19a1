#include "config/sources.hpp"

#include "config/table.hpp"

#include <cerrno>
#include <cstring>
#include <fstream>
#include <optional>
#include <set>
#include <sstream>
#include <string_view>
#include <utility>

namespace kinora {

namespace {

constexpr std::size_t config_bytes_max = 1'048'576;
constexpr std::size_t secret_file_bytes_max = 4096;

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view blanks = " \t\r";
  auto first = text.find_first_not_of(blanks);
  if (first == std::string_view::npos)
    return {};
  return text.substr(first, text.find_last_not_of(blanks) - first + 1);
}

/// Reads a whole file of at most `bytes_max` bytes; the failure is about `field`.
result<std::string> read_file(const std::string& field, const std::string& path, std::size_t bytes_max) {
  errno = 0;
  std::ifstream in{path, std::ios::binary};
  std::string text(bytes_max + 1, '\0');
  in.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (!in.is_open() || in.bad())
    return invalid(field, "cannot read " + shown(path) + ": " + std::strerror(errno));
  text.resize(static_cast<std::size_t>(in.gcount()));
  if (text.size() > bytes_max)
    return invalid(field, shown(path) + " is larger than " + std::to_string(bytes_max) + " bytes");
  return text;
}

/// Applies one line of the file; `seen` holds the settings of the lines before.
std::optional<failure> apply_line(settings& out, std::string_view line, const std::string& origin,
                                  std::set<std::string_view>& seen) {
  line = trimmed(line);
  if (line.empty() || line.front() == '#')
    return std::nullopt;
  auto equals = line.find('=');
  if (equals == std::string_view::npos)
    return invalid("--config", shown(line) + " is not KEY=VALUE (" + origin + ")");
  auto key = trimmed(line.substr(0, equals));
  const auto* row = find_setting(key);
  if (!row)
    return invalid("--config", "unknown setting " + shown(key) + " (" + origin + ")");
  if (!seen.insert(row->name).second)
    return invalid(std::string{row->name}, "is set twice (" + origin + ")");
  return assign(out, *row, trimmed(line.substr(equals + 1)), origin);
}

std::optional<failure> apply_file(settings& out, const std::string& path) {
  auto text = read_file("--config", path, config_bytes_max);
  if (!text)
    return text.error();
  std::istringstream lines{*text};
  std::set<std::string_view> seen;
  std::string line;
  for (int number = 1; std::getline(lines, line); ++number)
    if (auto problem = apply_line(out, line, shown(path) + " line " + std::to_string(number), seen))
      return problem;
  return std::nullopt;
}

std::optional<failure> apply_environment(settings& out, const environment& env) {
  for (const auto& row : settings_table())
    if (const char* text = env(row.name.data())) // names are literals, so they end with a zero
      if (auto problem = assign(out, row, text, "environment"))
        return problem;
  return std::nullopt;
}

std::optional<failure> apply_flags(settings& out, const flag_values& flags) {
  for (const auto& row : settings_table())
    if (auto i = flags.find(std::string{row.name}); i != flags.end())
      if (auto problem = assign(out, row, i->second, flag_of(row)))
        return problem;
  return std::nullopt;
}

/// Fills the secret called `name` from the file that `path` names, if any.
std::optional<failure> apply_secret_file(settings& out, std::string_view name, std::string settings::*secret,
                                         std::string settings::*path) {
  if ((out.*path).empty())
    return std::nullopt;
  auto field = std::string{name} + "_FILE";
  if (!(out.*secret).empty())
    return invalid(field, "is set together with " + std::string{name} + "; give one of the two");
  auto text = read_file(field, out.*path, secret_file_bytes_max);
  if (!text)
    return text.error();
  for (char end : {'\n', '\r'})
    if (text->ends_with(end))
      text->pop_back();
  if (text->empty())
    return invalid(field, shown(out.*path) + " is empty");
  return assign(out, *find_setting(name), *text, field);
}

/// Checks what no single setting can tell.
std::optional<failure> check_together(const settings& x) {
  if (x.default_feed_limit > x.max_feed_limit)
    return invalid("DEFAULT_FEED_LIMIT", std::to_string(x.default_feed_limit) +
                                             " is more than MAX_FEED_LIMIT, " +
                                             std::to_string(x.max_feed_limit));
  if (x.port != 0 && x.port == x.admin_port && x.host == x.admin_host)
    return invalid("ADMIN_PORT", std::to_string(x.admin_port) + " is the public PORT, too");
  if (x.tls_cert_file.empty() != x.tls_key_file.empty()) {
    const auto [missing, given] = x.tls_key_file.empty() ? std::pair{"TLS_KEY_FILE", "TLS_CERT_FILE"}
                                                         : std::pair{"TLS_CERT_FILE", "TLS_KEY_FILE"};
    return invalid(missing, std::string{"is not set, but "} + given + " is; TLS needs both");
  }
  return std::nullopt;
}

} // namespace

result<settings> read_settings(const flag_values& flags, const environment& env,
                               const std::string& config_file) {
  settings out;
  std::optional<failure> problem;
  if (!config_file.empty())
    problem = apply_file(out, config_file);
  if (!problem)
    problem = apply_environment(out, env);
  if (!problem)
    problem = apply_flags(out, flags);
  if (!problem)
    problem = apply_secret_file(out, "ADMIN_TOKEN", &settings::admin_token, &settings::admin_token_file);
  if (!problem)
    problem =
        apply_secret_file(out, "CURSOR_SECRET", &settings::cursor_secret, &settings::cursor_secret_file);
  if (!problem)
    problem = check_together(out);
  if (problem)
    return *problem;
  return out;
}

} // namespace kinora
