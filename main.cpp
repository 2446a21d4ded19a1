// The wiring of `serve`, and which command runs; nothing else.
#include "actors/local_runner.hpp"
#include "actors/tree.hpp"
#include "commands/offline.hpp"
#include "commands/wiring.hpp"
#include "config/command_line.hpp"
#include "config/data_dir.hpp"
#include "demo/demo.hpp"
#include "http/api.hpp"
#include "http/asio_listener.hpp"
#include "http/formats/audit_format.hpp"
#include "http/httplib_listener.hpp"
#include "http/tls_reload.hpp"
#include "storage/memory/memory_stores.hpp"
#include "storage/rocksdb/rocksdb_stores.hpp"
#include "telemetry/log.hpp"
#include "telemetry/metrics.hpp"

#include <openssl/rand.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <cstdlib>
#include <iostream>
#include <random>
#include <span>
#include <stdexcept>
#include <thread>

#include <sys/resource.h>
#include <unistd.h>

namespace kinora {

namespace {

using namespace std::chrono_literals;

constexpr auto startup_timeout = 60s;
constexpr auto watch_interval = 250ms;
constexpr auto late_read_max = 20ms; ///< Past its budget a feed may be so late before it is refused.
constexpr std::size_t feeds_at_work_per_thread = 16;
constexpr int exit_stalled = 70; ///< EX_SOFTWARE: the service manager starts us again.

void fill_randomly(std::span<unsigned char> bytes) {
  if (RAND_bytes(bytes.data(), static_cast<int>(bytes.size())) != 1)
    throw std::runtime_error{"the system has no randomness to give"};
}

/// 256 random bits as hexadecimal digits.
std::string random_secret() {
  std::array<unsigned char, 32> bytes{};
  fill_randomly(bytes);
  std::string out;
  for (auto byte : bytes) {
    constexpr auto digits = "0123456789abcdef";
    out += digits[byte >> 4];
    out += digits[byte & 15];
  }
  return out;
}

std::size_t or_cores(std::uint32_t count) {
  return count != 0 ? count : std::max(2u, std::thread::hardware_concurrency());
}

std::size_t feeds_at_work_max(const settings& x) {
  return x.max_at_work != 0 ? x.max_at_work : feeds_at_work_per_thread * or_cores(x.pool_threads);
}

tree_options make_tree_options(const settings& x) {
  tree_options out;
  out.handlers = or_cores(x.handlers);
  out.rankers = or_cores(x.rankers);
  out.signal_fetchers = or_cores(x.signal_fetchers);
  out.ingesters = or_cores(x.ingesters);
  out.signal_reads_max = x.max_signal_reads;
  out.feed_reads_max = feeds_at_work_max(x);
  out.feed_reads_min =
      std::min(x.min_signal_reads != 0 ? x.min_signal_reads : out.signal_fetchers, out.feed_reads_max);
  out.signal_cache_bytes = std::size_t{x.signal_cache_mb} << 20;
  out.events_waiting_max = x.max_events_waiting;
  out.signal_retention = std::chrono::days{x.signal_retention_days};
  out.pool_threads = or_cores(x.pool_threads);
  out.ranking_timeout = x.ranking_timeout_ms;
  out.cache_timeout = x.cache_timeout_ms;
  out.signal_timeout = x.signal_store_timeout_ms;
  out.trending_ttl = x.fallback_feed_ttl_sec;
  out.breaker.failure_threshold = x.circuit_breaker_failure_threshold;
  out.breaker.recovery_timeout = x.circuit_breaker_recovery_timeout_sec;
  // Longer than any probe lasts: a permit comes back by itself when its call left no verdict.
  out.breaker.permit_ttl =
      std::max(x.ranking_timeout_ms, x.signal_store_timeout_ms) + 2 * x.cache_timeout_ms + 50ms;
  out.restarts.intensity = x.restart_intensity;
  out.restarts.period = x.restart_period_sec;
  out.restarts.probe_interval = x.quarantine_probe_ms;
  out.hang_timeout = x.hang_timeout_ms;
  out.tenants_max = x.max_tenants;
  out.videos_max = x.max_videos_per_tenant;
  out.initial_flags = {x.personalization_enabled, x.kill_switch_active, x.rollout_percentage, 0};
  out.kill_switch_forced = x.kill_switch_active;
  out.backup_folder = backup_folder(x);
  out.backups_kept = x.backups_kept;
  out.seed = std::random_device{}();
  return out;
}

result<stores> open_stores(const settings& x) {
  if (x.store == "memory")
    return make_memory_stores({.users_max = x.max_users,
                               .audit_entries_max = x.audit_entries_max,
                               .signal_retention = std::chrono::days{x.signal_retention_days}});
  auto on_note = [](const std::string& text) { log::warn("store", {{"detail", text}}); };
  return open_rocksdb_stores(make_rocksdb_options(x, on_note));
}

void log_event(const supervision_event& x) {
  switch (x.what) {
  case supervision_event::kind::started: log::debug("actor started", {{"actor", x.path}}); break;
  case supervision_event::kind::restarted: log::info("actor restarted", {{"actor", x.path}}); break;
  case supervision_event::kind::down:
    log::warn("actor down", {{"actor", x.path}, {"reason", x.reason}});
    break;
  case supervision_event::kind::quarantined:
    log::error("actor quarantined: it does not stay up, and is only probed from now on",
               {{"actor", x.path}, {"reason", x.reason}});
    break;
  }
}

void log_backup(const backup_status& x) {
  if (x.state == backup_status::stage::succeeded)
    log::info("backup made",
              {{"path", x.report.path}, {"bytes", x.report.bytes}, {"took_ms", x.took.count()}});
  else
    log::error("backup failed", {{"detail", x.why.detail}, {"took_ms", x.took.count()}});
}

tree_hooks make_hooks() {
  auto on_difference = [](const global_flags& stored, const global_flags&) {
    log::warn("stored flags differ from the settings, and win",
              {{"personalization_enabled", stored.personalization_enabled},
               {"kill_switch_active", stored.kill_switch_active},
               {"rollout_percentage", stored.rollout_percentage}});
  };
  return {wall_clock, log_event, on_difference, http::make_describers(), log_backup, http::write_item};
}

/// The setting's secret signs, or else the stored one, made when there is none; the one before stays good.
result<std::vector<cursor_key>> make_cursor_keys(const settings& x, secret_store& store) {
  auto secrets = store.load();
  if (!secrets)
    return secrets.error();
  auto wanted = !x.cursor_secret.empty() ? x.cursor_secret
                : secrets->empty()       ? random_secret()
                                         : secrets->front();
  if (secrets->empty() || secrets->front() != wanted) {
    secrets->insert(secrets->begin(), wanted);
    secrets->resize(std::min<std::size_t>(secrets->size(), 2));
    if (auto saved = store.save(*secrets); !saved)
      return saved.error();
  }
  std::vector<cursor_key> keys;
  for (auto& secret : *secrets)
    keys.push_back(make_cursor_key(secret));
  return keys;
}

std::optional<http::rate_limiter_options> make_rate_limiter_options(const settings& x) {
  if (x.rate_limit_requests_per_sec == 0.0)
    return std::nullopt;
  http::rate_limiter_options out;
  out.each = make_rate_limit(x.rate_limit_requests_per_sec, x.rate_limit_burst);
  out.buckets = x.rate_limit_users;
  fill_randomly(out.secret);
  return out;
}

http::api_options make_api_options(const settings& x, std::uint16_t admin_port) {
  http::api_options out;
  out.default_tenant = x.default_tenant.empty() && x.demo ? demo::default_tenant : x.default_tenant;
  out.require_sdk_keys = x.require_sdk_keys;
  out.feed_limit_default = x.default_feed_limit;
  out.feed_limit_max = x.max_feed_limit;
  out.feed_budget = x.feed_budget_ms;
  out.cursor_ttl = x.cursor_ttl_sec;
  out.admin_timeout = x.admin_timeout_ms;
  out.feeds_in_flight_max = x.max_in_flight;
  out.feeds_at_work_max = feeds_at_work_max(x);
  out.upload_bytes_max = x.admin_max_upload_bytes;
  out.videos_max = x.max_videos_per_tenant;
  out.rate_limit = make_rate_limiter_options(x);
  out.admin_port = admin_port;
  out.new_secret = random_secret;
  out.chaos = x.chaos;
  return out;
}

/// Lets the process open as many files as the system allows it, and returns how many connections may be open
/// to the public port, so that the store and the admin port find descriptors left.
std::uint32_t connections_within_limit(const settings& x) {
  constexpr rlim_t files_of_store = 512 + 64; // and what else is open
  rlimit files{};
  if (getrlimit(RLIMIT_NOFILE, &files) != 0)
    return x.max_connections;
  files.rlim_cur = files.rlim_max;
  if (setrlimit(RLIMIT_NOFILE, &files) != 0)
    getrlimit(RLIMIT_NOFILE, &files);
  const auto others = files_of_store + x.admin_max_connections;
  const auto left = files.rlim_cur > 2 * others ? files.rlim_cur - others : files.rlim_cur / 2;
  if (left < x.max_connections)
    log::warn("MAX_CONNECTIONS is more than the limit of open files allows",
              {{"max_connections", x.max_connections}, {"used", left}, {"open_files", files.rlim_cur}});
  return static_cast<std::uint32_t>(std::min<rlim_t>(left, x.max_connections));
}

http::listener_options make_listener_options(const settings& x, http::listener_kind kind) {
  auto is_public = kind == http::listener_kind::public_port;
  http::listener_options out;
  out.kind = kind;
  out.host = is_public ? x.host : x.admin_host;
  out.port = is_public ? x.port : x.admin_port;
  out.host_setting = is_public ? "HOST" : "ADMIN_HOST";
  out.port_setting = is_public ? "PORT" : "ADMIN_PORT";
  out.connections_max = is_public ? connections_within_limit(x) : x.admin_max_connections;
  out.connections_per_address_max = is_public ? x.max_connections_per_address : 0;
  out.io_threads = or_cores(x.io_threads);
  out.requests_in_flight_max = out.connections_max;
  out.requests_per_connection_max = x.max_requests_per_connection;
  out.head = {x.uri_bytes_max, x.header_bytes_max, x.header_count_max};
  out.body_bytes_max = is_public ? x.max_body_bytes : x.admin_max_upload_bytes;
  out.header_timeout = x.header_timeout_ms;
  out.body_timeout = x.body_timeout_ms;
  out.write_timeout = x.write_timeout_ms;
  out.idle_timeout = x.idle_timeout_ms;
  if (is_public)
    out.queue_timeout = x.feed_budget_ms + late_read_max;
  out.answer_timeout = x.answer_timeout_ms;
  out.on_error = [](std::string_view what) { log::error("listener", {{"detail", what}}); };
  return out;
}

/// Null without TLS.
std::shared_ptr<http::tls_context> make_tls(const settings& x) {
  if (x.tls_cert_file.empty())
    return nullptr;
  return std::make_shared<http::tls_context>(x.tls_cert_file, x.tls_key_file);
}

using find_caller = std::function<std::shared_ptr<const principal>(const secret_digest&)>;

http::router_options make_router_options(const settings& x, metrics& measured, find_caller callers) {
  http::router_options out;
  for (auto& origin : x.cors_origins)
    out.cors_origins += (out.cors_origins.empty() ? "" : ",") + origin;
  out.admin_token = x.admin_token;
  out.find_caller = std::move(callers);
  out.on_exception = [](const http::request& req, std::string_view) {
    log::error("a handler threw",
               {{"method", req.method}, {"path", req.path}, {"request_id", req.request_id}});
  };
  out.on_answer = [&measured](const http::answered& done) {
    auto listener = done.listener == http::listener_kind::public_port ? "public" : "admin";
    measured.count_request(listener, done.route, done.method, done.status, done.took);
  };
  return out;
}

/// Everything that runs between the first and the last line of `serve`.
class server {
public:
  explicit server(settings x) : settings_{std::move(x)} {}

  /// Takes the ports and starts all parts. What is wrong names the setting.
  std::optional<failure> start() {
    if (tls_)
      if (auto bad = http::load_certificate(*tls_))
        return bad;
    if (auto bad = check_data_dir(settings_.data_dir))
      return bad;
    auto opened = open_stores(settings_);
    if (!opened)
      return opened.error();
    stores_ = std::move(*opened);
    if (settings_.demo)
      if (auto bad = demo::load(stores_, wall_clock()))
        return bad;
    auto keys = make_cursor_keys(settings_, *stores_.secrets);
    if (!keys)
      return keys.error();
    for (auto* listener : listeners_)
      if (auto port = listener->bind(); !port)
        return port.error();
      else
        ports_.push_back(*port);
    tree_ = std::make_unique<supervision_tree>(make_tree_options(settings_), stores_, make_hooks());
    api_ = std::make_unique<http::api>(make_api_options(settings_, ports_[1]), *tree_, *keys, metrics_);
    http::add_routes(routes_, *api_);
    public_.start();
    admin_.start();
    if (!tree_->wait_until_up(startup_timeout))
      log::error("some actors did not come up", {{"seconds", startup_timeout.count()}});
    api_->stage = http::phase::ready;
    announce();
    return std::nullopt;
  }

  /// Returns when the process was asked to end; until then SIGHUP reads the certificate again. Ends it at
  /// once when the actors, or a thread of the public port, make no progress.
  void wait(const sigset_t& signals) {
    const auto began = std::chrono::steady_clock::now(); // nobody was asked before
    auto looked_at = began;
    for (;;) {
      timespec interval{0, std::chrono::nanoseconds{watch_interval}.count()};
      const auto signal = sigtimedwait(&signals, nullptr, &interval);
      if (signal == SIGHUP) {
        http::reload_certificate(tls_.get());
      } else if (signal > 0) {
        log::info("stopping", {{"signal", signal == SIGINT ? "SIGINT" : "SIGTERM"}});
        return;
      }
      auto now = std::chrono::steady_clock::now();
      auto asleep = now - looked_at > 4 * watch_interval; // the whole process did not run: nobody is to blame
      looked_at = now;
      auto silent = now - std::max(began, std::min(tree_->last_progress(), public_.last_progress()));
      if (asleep || silent < settings_.pool_stall_timeout_ms)
        continue;
      alarm(5); // the log may be stuck too
      log::error("actors or I/O threads make no progress; ending the process, so that it is started again",
                 {{"silent_ms", std::chrono::duration_cast<std::chrono::milliseconds>(silent).count()}});
      log::stop();
      std::_Exit(exit_stalled);
    }
  }

  void stop() {
    // Whatever gets stuck below, the process ends.
    alarm(static_cast<unsigned>(
        std::chrono::ceil<std::chrono::seconds>(settings_.drain_delay_ms + 3 * settings_.drain_timeout_ms)
            .count() +
        5));
    api_->stage = http::phase::draining;
    std::this_thread::sleep_for(settings_.drain_delay_ms);
    for (auto* listener : listeners_) {
      if (!listener->drain(settings_.drain_timeout_ms))
        log::warn("requests were cut off", {{"waited_ms", settings_.drain_timeout_ms.count()}});
      listener->stop();
    }
    if (!tree_->stop(settings_.drain_timeout_ms))
      log::warn("some actors did not end");
    tree_.reset(); // waits for the last actor, within the alarm's time
    stores_ = {};  // what is only in the log goes into files: the next start has less to do
    log::info("stopped");
  }

private:
  /// The I/O threads run the actors that they ask.
  http::listener_options make_public_options() {
    auto out = make_listener_options(settings_, http::listener_kind::public_port);
    out.tls = tls_;
    out.around_thread = [this](auto& work) {
      local_runner runner{tree_->system()};
      work();
    };
    return out;
  }

  void announce() const {
    if (settings_.chaos)
      log::warn("--chaos is on: the admin API can hurt this server");
    log::info(
        "listening",
        {{"listener", "public"}, {"host", settings_.host}, {"port", ports_[0]}, {"tls", tls_ != nullptr}});
    log::info("listening", {{"listener", "admin"}, {"host", settings_.admin_host}, {"port", ports_[1]}});
  }

  settings settings_;
  const std::shared_ptr<http::tls_context> tls_ = make_tls(settings_);
  metrics metrics_{settings_.max_tenants};
  stores stores_;
  std::unique_ptr<supervision_tree> tree_;
  http::router routes_{make_router_options(settings_, metrics_, [this](const secret_digest& x) {
    return tree_->boards()->access.load()->find(x); // requests come once the tree is up
  })};
  std::unique_ptr<http::api> api_;
  http::asio_listener public_{make_public_options(), routes_};
  http::httplib_listener admin_{make_listener_options(settings_, http::listener_kind::admin_port), routes_};
  const std::array<http::listener*, 2> listeners_{&public_, &admin_};
  std::vector<std::uint16_t> ports_;
};

int serve(settings x) {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  sigaddset(&signals, SIGHUP);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  std::signal(SIGPIPE, SIG_IGN);
  auto token_made = x.admin_token.empty();
  if (token_made)
    x.admin_token = random_secret();
  log::start(log::level_of(x.log_level).value_or(log::level::info));
  server running{x};
  if (auto bad = running.start()) {
    log::stop();
    return fail(*bad);
  }
  if (token_made)
    std::cerr << "kinora: ADMIN_TOKEN is not set; the admin token of this run is " + x.admin_token + "\n"
              << std::flush; // in one piece: the log may go to the same file
  running.wait(signals);
  running.stop();
  log::stop();
  return EXIT_SUCCESS;
}

/// What `main` does for each command.
struct runner {
  int operator()(settings&& x) const { return serve(std::move(x)); }
  int operator()(check_store&& x) const { return check(x); }
  int operator()(import_data&& x) const { return import_rows(x); }
  int operator()(export_data&& x) const { return export_rows(x); }
  int operator()(make_backup&& x) const { return back_up(x); }
  int operator()(restore_store&& x) const { return restore(x); }
  int operator()(failure&& x) const { return fail(x); }
  int operator()(show_text&& x) const {
    std::cout << x.text;
    return EXIT_SUCCESS;
  }
};

} // namespace

int run(command asked) {
  return std::visit(runner{}, std::move(asked));
}

} // namespace kinora

int main(int argc, char** argv) {
  try {
    return kinora::run(
        kinora::parse_command_line(argc, argv, [](const char* name) { return std::getenv(name); }));
  } catch (const std::exception& ex) {
    std::cerr << "kinora: " << ex.what() << '\n';
    return EXIT_FAILURE;
  }
}
