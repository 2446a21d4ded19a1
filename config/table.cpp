#include "config/table.hpp"

#include "domain/token_bucket.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <sstream>
#include <type_traits>

namespace kinora {

namespace {

constexpr std::size_t shown_bytes_max = 80;
constexpr std::size_t secret_bytes_max = 1024;

template <class T>
constexpr bool is_duration = false;

template <class Rep, class Period>
constexpr bool is_duration<std::chrono::duration<Rep, Period>> = true;

char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

bool is_visible(char c) {
  return c > ' ' && c < '\x7f';
}

bool all_visible(std::string_view text) {
  return std::all_of(text.begin(), text.end(), is_visible);
}

// -- checks of what a type alone does not say --------------------------------------------------------------

std::optional<std::string> is_host(std::string_view text) {
  if (!text.empty() && text.size() <= 255 && all_visible(text))
    return std::nullopt;
  return "is not a host name or an address";
}

std::optional<std::string> is_path(std::string_view text) {
  if (!text.empty() && text.size() <= 4096 && text.find('\0') == std::string_view::npos)
    return std::nullopt;
  return "is not a path";
}

std::optional<std::string> is_optional_path(std::string_view text) {
  return text.empty() ? std::nullopt : is_path(text);
}

/// It is named in messages of one line.
std::optional<std::string> is_optional_file(std::string_view text) {
  if (std::any_of(text.begin(), text.end(), [](char c) { return (c >= 0 && c < ' ') || c == '\x7f'; }))
    return "is not a path without control characters";
  return is_optional_path(text);
}

/// A token travels in a header, so it has no blanks and no control characters.
std::optional<std::string> is_token(std::string_view text) {
  if (text.size() <= secret_bytes_max && all_visible(text))
    return std::nullopt;
  return "is not made of at most 1024 visible ASCII characters";
}

std::optional<std::string> is_secret(std::string_view text) {
  if (text.size() <= secret_bytes_max)
    return std::nullopt;
  return "is longer than 1024 bytes";
}

std::optional<std::string> is_optional_tenant(std::string_view text) {
  auto allowed = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '.' || c == '-';
  };
  if (text.size() <= 64 && std::all_of(text.begin(), text.end(), allowed))
    return std::nullopt;
  return "is not a tenant id: 1 to 64 of A-Z a-z 0-9 _ . -";
}

std::optional<std::string> is_store(std::string_view text) {
  if (text == "rocksdb" || text == "memory")
    return std::nullopt;
  return "is no storage engine of this build; it has: rocksdb, memory";
}

std::optional<std::string> is_log_level(std::string_view text) {
  constexpr std::array<std::string_view, 6> levels{"trace", "debug", "info", "warn", "error", "off"};
  if (std::find(levels.begin(), levels.end(), text) != levels.end())
    return std::nullopt;
  return "is not a log level: trace, debug, info, warn, error, off";
}

std::optional<std::string> is_rate_limit(std::string_view text) {
  double value = -1.0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  const auto is_rate = value == 0.0 || (value >= rate_per_sec_min && value <= rate_per_sec_max);
  if (error == std::errc{} && end == text.data() + text.size() && is_rate)
    return std::nullopt;
  return "is not 0 (off) or a number from 0.001 to 1000000";
}

/// An origin as browsers send it (RFC 6454): scheme "://" host [":" port], no path.
bool is_origin(std::string_view text) {
  auto host = text.find("://");
  if (host == std::string_view::npos || host == 0 || !all_visible(text))
    return false;
  auto rest = text.substr(host + 3);
  return !rest.empty() && rest.find('/') == std::string_view::npos;
}

std::vector<std::string> split_list(std::string_view text) {
  std::vector<std::string> parts;
  while (!text.empty()) {
    auto comma = std::min(text.find(','), text.size());
    auto part = text.substr(0, comma);
    auto first = std::min(part.find_first_not_of(' '), part.size());
    auto last = part.find_last_not_of(' ') + 1; // npos + 1 is 0
    if (first < last)
      parts.emplace_back(part.substr(first, last - first));
    text.remove_prefix(std::min(comma + 1, text.size()));
  }
  return parts;
}

std::optional<std::string> are_origins(std::string_view text) {
  for (const auto& origin : split_list(text))
    if (origin != "*" && !is_origin(origin))
      return "is not a list of origins such as https://app.example.com, or *";
  return std::nullopt;
}

// -- the table ---------------------------------------------------------------------------------------------

constexpr double port_max = 65'535;
constexpr double hour_ms = 3'600'000;
constexpr double minute_ms = 60'000;
constexpr double day_sec = 86'400;
constexpr double gibibyte = 1'073'741'824;
constexpr double mebibytes_max = 1'048'576;

using s = settings;

constexpr setting text_row(std::string_view name, std::string s::*target, std::string_view help,
                           setting::check accepts) {
  return {.name = name, .target = target, .unit = {}, .help = help, .accepts = accepts};
}

constexpr setting secret_row(std::string_view name, std::string s::*target, std::string_view help,
                             setting::check accepts) {
  auto row = text_row(name, target, help, accepts);
  row.secret = true;
  return row;
}

constexpr setting switch_row(std::string_view name, bool s::*target, std::string_view help) {
  return {.name = name, .target = target, .unit = {}, .help = help};
}

constexpr setting number_row(std::string_view name, setting::member target, double min, double max,
                             std::string_view unit, std::string_view help, setting::check accepts = nullptr) {
  return {
      .name = name, .target = target, .min = min, .max = max, .unit = unit, .help = help, .accepts = accepts};
}

constexpr setting list_row(std::string_view name, std::vector<std::string> s::*target, std::string_view help,
                           setting::check accepts) {
  return {.name = name, .target = target, .unit = {}, .help = help, .accepts = accepts};
}

constexpr std::array table{
    text_row("HOST", &s::host, "Address the public API listens on.", is_host),
    number_row("PORT", &s::port, 0, port_max, "", "Port of the public API; 0 picks a free one."),
    text_row("TLS_CERT_FILE", &s::tls_cert_file,
             "Certificate, and its chain, in PEM: the public API is served over TLS; SIGHUP reads it again.",
             is_optional_file),
    text_row("TLS_KEY_FILE", &s::tls_key_file, "The certificate's private key, in PEM, not encrypted.",
             is_optional_file),
    text_row("ADMIN_HOST", &s::admin_host, "Address the admin API listens on.", is_host),
    number_row("ADMIN_PORT", &s::admin_port, 0, port_max, "", "Port of the admin API; 0 picks a free one."),
    secret_row("ADMIN_TOKEN", &s::admin_token,
               "Bearer token of the admin API; without one, one is made and printed at the start.", is_token),
    text_row("ADMIN_TOKEN_FILE", &s::admin_token_file, "File to read the admin token from.",
             is_optional_path),
    list_row("CORS_ORIGINS", &s::cors_origins,
             "Origins whose pages may call the public API, separated by commas; `*` for all.", are_origins),
    switch_row("REQUIRE_SDK_KEYS", &s::require_sdk_keys,
               "Answers feeds and events only where an SDK key says whose they are."),

    text_row("DATA_DIR", &s::data_dir, "Folder for everything that is kept.", is_path),
    text_row("STORE", &s::store,
             "Storage engine: `rocksdb` (durable), or `memory` (nothing survives a restart).", is_store),
    switch_row("DEMO", &s::demo,
               "Starts with three demo tenants, their videos and their users; see `demo/`."),
    text_row("DEFAULT_TENANT", &s::default_tenant, "Tenant of requests that name none.", is_optional_tenant),
    number_row("MAX_TENANTS", &s::max_tenants, 1, 100'000, "", "Most tenants there can be."),
    number_row("MAX_VIDEOS_PER_TENANT", &s::max_videos_per_tenant, 1, 10'000'000, "",
               "Most videos in the catalogue of one tenant."),
    number_row("MAX_USERS", &s::max_users, 1, 100'000'000, "",
               "Most users whose signals the `memory` engine keeps, over all tenants."),
    number_row("SIGNAL_RETENTION_DAYS", &s::signal_retention_days, 1, 3650, "days",
               "How long the signals of an inactive user are kept."),
    number_row("SIGNAL_CACHE_MB", &s::signal_cache_mb, 0, mebibytes_max, "MiB",
               "Memory for the signals of users who were here lately."),
    number_row("STORE_CACHE_MB", &s::store_cache_mb, 1, mebibytes_max, "MiB",
               "Memory for what the `rocksdb` engine has read from its files."),
    number_row("STORE_WRITE_BUFFER_MB", &s::store_write_buffer_mb, 1, mebibytes_max, "MiB",
               "Memory for what the `rocksdb` engine holds in its log only; what a start replays at most."),
    number_row("AUDIT_ENTRIES_MAX", &s::audit_entries_max, 1'000, 100'000'000, {},
               "Entries of the audit log that are kept; the oldest go."),
    text_row("BACKUP_DIR", &s::backup_dir,
             "Folder that backups go into; without one it is `DATA_DIR` with `-backups` behind its name.",
             is_optional_path),
    number_row("BACKUPS_KEPT", &s::backups_kept, 1, 10'000, "",
               "Backups that stay: after each one the oldest ones are removed."),

    switch_row("PERSONALIZATION_ENABLED", &s::personalization_enabled,
               "Initial value of the flag: personalized feeds at all."),
    switch_row("KILL_SWITCH_ACTIVE", &s::kill_switch_active,
               "Forces trending feeds for everyone; only a restart without it lifts it."),
    number_row("ROLLOUT_PERCENTAGE", &s::rollout_percentage, 0, 100, "percent",
               "Initial value of the flag: share of users that get personalized feeds."),

    number_row("DEFAULT_FEED_LIMIT", &s::default_feed_limit, 1, 500, "items",
               "Items of a page when the request does not say."),
    number_row("MAX_FEED_LIMIT", &s::max_feed_limit, 1, 500, "items", "Most items of a page."),
    secret_row("CURSOR_SECRET", &s::cursor_secret,
               "Key that signs cursors, the same on every node; without one, one is made at the start.",
               is_secret),
    text_row("CURSOR_SECRET_FILE", &s::cursor_secret_file, "File to read the cursor secret from.",
             is_optional_path),
    number_row("CURSOR_TTL_SEC", &s::cursor_ttl_sec, 1, day_sec, "s", "How long a cursor is valid."),
    number_row("FALLBACK_FEED_TTL_SEC", &s::fallback_feed_ttl_sec, 1, day_sec, "s",
               "How old a trending list may get before it is rebuilt."),
    number_row("RATE_LIMIT_REQUESTS_PER_SEC", &s::rate_limit_requests_per_sec, 0, rate_per_sec_max,
               "requests/s",
               "Feeds and batches of events of one user of a tenant, on average; 0.001 or more, or 0 (off).",
               is_rate_limit),
    number_row("RATE_LIMIT_BURST", &s::rate_limit_burst, 0, rate_burst_max, "requests",
               "How many of them may come at once; 0: twice the rate, at least 1."),
    number_row("RATE_LIMIT_USERS", &s::rate_limit_users, 8, 100'000'000, "",
               "Users remembered at a time, 16 bytes each (4 MiB); who is forgotten may send a burst again."),

    number_row("FEED_BUDGET_MS", &s::feed_budget_ms, 1, minute_ms, "ms",
               "Time for a feed, from its complete headers; then the trending feed goes out."),
    number_row("RANKING_TIMEOUT_MS", &s::ranking_timeout_ms, 1, minute_ms, "ms",
               "Time for ranking, within the feed's budget."),
    number_row("CACHE_TIMEOUT_MS", &s::cache_timeout_ms, 1, minute_ms, "ms",
               "Time for asking the directory about a tenant that is not published yet."),
    number_row("SIGNAL_STORE_TIMEOUT_MS", &s::signal_store_timeout_ms, 1, minute_ms, "ms",
               "Time for reading a user's signals, within the feed's budget."),
    number_row("ADMIN_TIMEOUT_MS", &s::admin_timeout_ms, 1, hour_ms, "ms",
               "Time an actor has to answer the admin API."),
    number_row("ANSWER_TIMEOUT_MS", &s::answer_timeout_ms, 1, hour_ms, "ms",
               "Most time any answer of the admin API takes."),
    number_row("CIRCUIT_BREAKER_FAILURE_THRESHOLD", &s::circuit_breaker_failure_threshold, 1, 1000, "",
               "Consecutive failures that open a breaker."),
    number_row("CIRCUIT_BREAKER_RECOVERY_TIMEOUT_SEC", &s::circuit_breaker_recovery_timeout_sec, 1, 3600, "s",
               "How long a breaker stays open before it lets probes through."),

    number_row("MAX_IN_FLIGHT", &s::max_in_flight, 1, 100'000, "requests",
               "Feeds taken in at a time, shared among tenants; who would have to wait then gets the "
               "trending feed at once."),
    number_row("MAX_AT_WORK", &s::max_at_work, 0, 100'000, "requests",
               "Of them inside the actors, the others wait for their turn; 0: 16 per pool thread."),
    number_row("HANDLERS", &s::handlers, 0, 256, "", "Feed handlers; 0: one per core, at least 2."),
    number_row("RANKERS", &s::rankers, 0, 256, "", "Rankers; 0: one per core, at least 2."),
    number_row("SIGNAL_FETCHERS", &s::signal_fetchers, 0, 256, "",
               "Signal fetchers, each with a thread; 0: one per core, at least 2."),
    number_row("INGESTERS", &s::ingesters, 0, 256, "",
               "Ingesters of events, each with a thread; 0: one per core, at least 2."),
    number_row(
        "MIN_SIGNAL_READS", &s::min_signal_reads, 0, 100'000, "reads",
        "Feeds that may always wait for the store; up to MAX_AT_WORK while it is quick; 0: one per fetcher."),
    number_row("MAX_SIGNAL_READS", &s::max_signal_reads, 1, 100'000, "reads",
               "Reads of signals that wait for the store at a time; past that it counts as slow."),
    number_row("MAX_EVENTS_WAITING", &s::max_events_waiting, 1'000, 10'000'000, "events",
               "Events that wait for the store at a time; more are answered 429."),
    number_row("POOL_THREADS", &s::pool_threads, 0, 1024, "",
               "Threads that run the actors that no I/O thread runs; 0: one per core, at least 2."),
    number_row("HANG_TIMEOUT_MS", &s::hang_timeout_ms, 10, hour_ms, "ms",
               "Silence after which an actor is given up and replaced."),
    number_row("POOL_STALL_TIMEOUT_MS", &s::pool_stall_timeout_ms, 100, hour_ms, "ms",
               "Standstill of all actors, or of an I/O thread, after which the process logs it and exits."),
    number_row("RESTART_INTENSITY", &s::restart_intensity, 1, 1000, "restarts",
               "Restarts of one actor within the period; one more and it is quarantined."),
    number_row("RESTART_PERIOD_SEC", &s::restart_period_sec, 1, 3600, "s",
               "The period that RESTART_INTENSITY counts in."),
    number_row("QUARANTINE_PROBE_MS", &s::quarantine_probe_ms, 10, hour_ms, "ms",
               "Time between attempts to start a quarantined actor."),

    number_row("IO_THREADS", &s::io_threads, 0, 256, "",
               "Threads that serve the connections to the public API; 0: one per core, at least 2."),
    number_row("MAX_CONNECTIONS", &s::max_connections, 1, 1'000'000, "",
               "Connections to the public API; one more takes the place of an idle one, or waits."),
    number_row("MAX_CONNECTIONS_PER_ADDRESS", &s::max_connections_per_address, 0, 1'000'000, "",
               "The same from one address (IPv6: one /64); one more is closed at once; 0: any number."),
    number_row("ADMIN_MAX_CONNECTIONS", &s::admin_max_connections, 1, 100'000, "",
               "Connections to the admin API."),
    number_row("MAX_REQUESTS_PER_CONNECTION", &s::max_requests_per_connection, 1, 1'000'000'000, "requests",
               "Requests after which a connection is closed."),
    number_row("HEADER_TIMEOUT_MS", &s::header_timeout_ms, 1, hour_ms, "ms",
               "Time for a request's complete headers."),
    number_row("BODY_TIMEOUT_MS", &s::body_timeout_ms, 1, hour_ms, "ms", "Time for a request's body."),
    number_row("WRITE_TIMEOUT_MS", &s::write_timeout_ms, 1, hour_ms, "ms", "Time for sending an answer."),
    number_row("IDLE_TIMEOUT_MS", &s::idle_timeout_ms, 1, hour_ms, "ms",
               "Time a connection may stay open between requests."),
    number_row("HEADER_BYTES_MAX", &s::header_bytes_max, 1024, 1'048'576, "bytes",
               "Largest headers of a request."),
    number_row("HEADER_COUNT_MAX", &s::header_count_max, 1, 10'000, "", "Most headers of a request."),
    number_row("URI_BYTES_MAX", &s::uri_bytes_max, 256, 65'536, "bytes",
               "Longest path and query of a request."),
    number_row("MAX_BODY_BYTES", &s::max_body_bytes, 1, gibibyte, "bytes",
               "Largest request body on the public API."),
    number_row("ADMIN_MAX_UPLOAD_BYTES", &s::admin_max_upload_bytes, 1, gibibyte, "bytes",
               "Largest request body on the admin API."),

    text_row("LOG_LEVEL", &s::log_level, "Least level that is logged: trace, debug, info, warn, error, off.",
             is_log_level),
    switch_row("CHAOS", &s::chaos, "Lets the admin API kill actors and inject faults; never in production."),
    number_row("DRAIN_DELAY_MS", &s::drain_delay_ms, 0, hour_ms, "ms",
               "Time between turning not ready and refusing connections, when asked to stop."),
    number_row("DRAIN_TIMEOUT_MS", &s::drain_timeout_ms, 1, hour_ms, "ms",
               "Most time that requests in flight get to finish, when asked to stop."),
};

// -- reading a value ---------------------------------------------------------------------------------------

std::string number_text(double x) {
  std::array<char, 32> buffer{};
  auto end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), x, std::chars_format::fixed).ptr;
  return {buffer.data(), end};
}

std::string range_text(const setting& row) {
  return number_text(row.min) + " to " + number_text(row.max);
}

template <class Number>
std::optional<Number> read_number(const setting& row, std::string_view text) {
  Number value{};
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size())
    return std::nullopt;
  auto wide = static_cast<double>(value);
  if (!(wide >= row.min && wide <= row.max)) // so that NaN is refused
    return std::nullopt;
  return value;
}

/// Stores `text` as the member's type, or says what would be allowed.
struct reader {
  settings& out;
  const setting& row;
  std::string_view text;

  std::optional<std::string> operator()(bool settings::*target) const {
    if (text != "true" && text != "1" && text != "false" && text != "0")
      return "is not true or false";
    out.*target = text == "true" || text == "1";
    return std::nullopt;
  }

  template <class Integer>
  requires std::is_unsigned_v<Integer> std::optional<std::string>
  operator()(Integer settings::*target) const {
    auto value = read_number<std::uint64_t>(row, text);
    if (!value)
      return "is not a whole number from " + range_text(row);
    out.*target = static_cast<Integer>(*value);
    return std::nullopt;
  }

  template <class Duration>
  requires is_duration<Duration> std::optional<std::string>
  operator()(Duration settings::*target) const {
    auto value = read_number<std::uint64_t>(row, text);
    if (!value)
      return "is not a whole number from " + range_text(row) + " (" + std::string{row.unit} + ")";
    out.*target = Duration{*value};
    return std::nullopt;
  }

  std::optional<std::string> operator()(double settings::*target) const {
    auto value = read_number<double>(row, text);
    if (!value)
      return "is not a number from " + range_text(row);
    out.*target = *value;
    return std::nullopt;
  }

  std::optional<std::string> operator()(std::string settings::*target) const {
    out.*target = text;
    return std::nullopt;
  }

  std::optional<std::string> operator()(std::vector<std::string> settings::*target) const {
    out.*target = split_list(text);
    return std::nullopt;
  }
};

// -- documentation -----------------------------------------------------------------------------------------

/// Returns the default of a setting as a user would write it; empty when it is unset.
std::string default_text(const setting& row) {
  static const settings defaults;
  return std::visit(
      [](auto target) -> std::string {
        const auto& value = defaults.*target;
        using type = std::decay_t<decltype(value)>;
        if constexpr (std::is_same_v<type, bool>)
          return value ? "true" : "false";
        else if constexpr (std::is_arithmetic_v<type>)
          return number_text(static_cast<double>(value));
        else if constexpr (is_duration<type>)
          return std::to_string(value.count());
        else if constexpr (std::is_same_v<type, std::string>)
          return value;
        else
          return {}; // lists are empty by default
      },
      row.target);
}

/// Returns e.g. "0..65535" for numbers, "true, false" for switches, and nothing for texts: their help says
/// it.
std::string allowed_text(const setting& row) {
  return std::visit(
      [&row](auto target) -> std::string {
        using type = std::decay_t<decltype(std::declval<settings&>().*target)>;
        if constexpr (std::is_same_v<type, bool>)
          return "true, false";
        else if constexpr (std::is_arithmetic_v<type> || is_duration<type>)
          return row.min == row.max ? number_text(row.min)
                                    : number_text(row.min) + ".." + number_text(row.max);
        else
          return {};
      },
      row.target);
}

constexpr std::string_view help_head =
    "usage: kinora serve [--config FILE] [--SETTING VALUE]...\n"
    "\n"
    "Starts the server. Every setting has a flag and an environment variable of the same name "
    "(--feed-budget-ms\n"
    "is FEED_BUDGET_MS), and can stand in the file of --config as KEY=VALUE, one a line, # before a "
    "comment.\n"
    "The flag wins over the environment, the environment over the file, the file over the default. Switches\n"
    "may be given bare (--demo) or with a value (--demo=false).\n"
    "\n"
    "  --config FILE\n"
    "      File to read settings from.\n"
    "  --help\n"
    "      Shows this text.\n";

} // namespace

std::span<const setting> settings_table() {
  return table;
}

const setting* find_setting(std::string_view name) {
  auto same = [name](const setting& row) {
    return std::equal(name.begin(), name.end(), row.name.begin(), row.name.end(),
                      [](char a, char b) { return lower(a) == lower(b); });
  };
  auto i = std::find_if(table.begin(), table.end(), same);
  return i == table.end() ? nullptr : &*i;
}

std::string flag_of(const setting& x) {
  std::string flag = "--";
  for (char c : x.name)
    flag += c == '_' ? '-' : lower(c);
  return flag;
}

std::optional<failure> assign(settings& out, const setting& row, std::string_view text,
                              std::string_view origin) {
  auto problem = row.accepts ? row.accepts(text) : std::nullopt;
  if (!problem)
    problem = std::visit(reader{out, row, text}, row.target);
  if (!problem)
    return std::nullopt;
  auto value = row.secret ? std::string{"the value"} : shown(text);
  return invalid(std::string{row.name}, value + ' ' + *problem + " (" + std::string{origin} + ")");
}

std::string shown(std::string_view text) {
  std::string result = "'";
  for (char c : text.substr(0, shown_bytes_max))
    result += static_cast<unsigned char>(c) < ' ' || c == '\x7f' ? '?' : c;
  result += text.size() > shown_bytes_max ? "...'" : "'";
  return result;
}

std::string settings_help() {
  std::ostringstream out;
  out << help_head;
  for (const auto& row : table) {
    auto allowed = allowed_text(row);
    auto value = default_text(row);
    out << "  " << flag_of(row) << "  (default: " << (value.empty() ? "none" : value);
    if (!allowed.empty() && !row.is_switch())
      out << "; " << allowed;
    if (!row.unit.empty())
      out << ' ' << row.unit;
    out << ")\n      " << row.help << '\n';
  }
  return out.str();
}

std::string settings_markdown() {
  std::ostringstream out;
  out << "| setting | default | unit | allowed | meaning |\n|---|---|---|---|---|\n";
  for (const auto& row : table) {
    auto value = default_text(row);
    out << "| `" << row.name << "` | " << (value.empty() ? "" : '`' + value + '`') << " | " << row.unit
        << " | " << allowed_text(row) << " | " << row.help << " |\n";
  }
  return out.str();
}

} // namespace kinora
