// Every setting of `kinora serve`, typed. Names, ranges, help texts: config/table.cpp.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

namespace kinora {

/// What the server runs with. The initial values here are the defaults, and the only place they are written.
struct settings {
  // Listeners.
  std::string host = "127.0.0.1";
  std::uint16_t port = 8080; ///< 0: the system picks one.
  std::string tls_cert_file; ///< Empty: the public port speaks plain HTTP. Set together with the next one.
  std::string tls_key_file;
  std::string admin_host = "127.0.0.1";
  std::uint16_t admin_port = 8081; ///< 0: the system picks one.
  std::string admin_token;         ///< Empty: made at the start.
  std::string admin_token_file;    ///< Where `admin_token` was read from; empty when it was not.
  std::vector<std::string> cors_origins;
  bool require_sdk_keys = false;

  // Data.
  std::string data_dir = "./data";
  std::string store = "rocksdb";
  bool demo = false;
  std::string default_tenant;
  std::uint32_t max_tenants = 1000;
  std::uint32_t max_videos_per_tenant = 200'000;
  std::uint32_t max_users = 1'000'000;
  std::uint32_t signal_retention_days = 90;
  std::uint32_t signal_cache_mb = 64;
  std::uint32_t store_cache_mb = 64;
  std::uint32_t store_write_buffer_mb = 64;
  std::uint32_t audit_entries_max = 1'000'000;
  std::string backup_dir; ///< Empty: beside `data_dir`.
  std::uint32_t backups_kept = 7;

  // Flags, until the admin API changes them.
  bool personalization_enabled = true;
  bool kill_switch_active = false;
  double rollout_percentage = 100.0;

  // Feeds.
  std::uint32_t default_feed_limit = 20;
  std::uint32_t max_feed_limit = 50;
  std::string cursor_secret;      ///< Empty: made at the start.
  std::string cursor_secret_file; ///< Where `cursor_secret` was read from; empty when it was not.
  std::chrono::seconds cursor_ttl_sec{1800};
  std::chrono::seconds fallback_feed_ttl_sec{60};
  double rate_limit_requests_per_sec = 0.0; ///< 0: off.
  std::uint32_t rate_limit_burst = 0;       ///< 0: twice the rate.
  std::uint32_t rate_limit_users = 262'144;

  // Budgets and breakers.
  std::chrono::milliseconds feed_budget_ms{100};
  std::chrono::milliseconds ranking_timeout_ms{20};
  std::chrono::milliseconds cache_timeout_ms{5};
  std::chrono::milliseconds signal_store_timeout_ms{10};
  std::chrono::milliseconds admin_timeout_ms{5000};
  std::chrono::milliseconds answer_timeout_ms{30'000};
  std::uint32_t circuit_breaker_failure_threshold = 5;
  std::chrono::seconds circuit_breaker_recovery_timeout_sec{30};

  // Actors; 0 means one per core, at least 2.
  std::uint32_t max_in_flight = 256;
  std::uint32_t max_at_work = 0; ///< 0: 16 per pool thread.
  std::uint32_t handlers = 0;
  std::uint32_t rankers = 0;
  std::uint32_t signal_fetchers = 0;
  std::uint32_t ingesters = 0;
  std::uint32_t min_signal_reads = 0; ///< 0: as many as signal fetchers.
  std::uint32_t max_signal_reads = 128;
  std::uint32_t max_events_waiting = 50'000;
  std::uint32_t pool_threads = 0;
  std::chrono::milliseconds hang_timeout_ms{3000};
  std::chrono::milliseconds pool_stall_timeout_ms{5000};
  std::uint32_t restart_intensity = 5;
  std::chrono::seconds restart_period_sec{30};
  std::chrono::milliseconds quarantine_probe_ms{2000};

  // Connections.
  std::uint32_t io_threads = 0; ///< 0: one per core, at least 2.
  std::uint32_t max_connections = 10'000;
  std::uint32_t max_connections_per_address = 0;
  std::uint32_t admin_max_connections = 64;
  std::uint32_t max_requests_per_connection = 100'000;
  std::chrono::milliseconds header_timeout_ms{5000};
  std::chrono::milliseconds body_timeout_ms{10'000};
  std::chrono::milliseconds write_timeout_ms{10'000};
  std::chrono::milliseconds idle_timeout_ms{60'000};
  std::uint32_t header_bytes_max = 16'384;
  std::uint32_t header_count_max = 100;
  std::uint32_t uri_bytes_max = 8'192;
  std::uint32_t max_body_bytes = 1'048'576;
  std::uint32_t admin_max_upload_bytes = 67'108'864;

  // Operation.
  std::string log_level = "info";
  bool chaos = false;
  std::chrono::milliseconds drain_delay_ms{0};
  std::chrono::milliseconds drain_timeout_ms{10'000};

  bool operator==(const settings&) const = default;
};

} // namespace kinora
