// What the handlers of the API share, and the routes they make up. One handler a file, in http/handlers/.
#pragma once

#include "actors/tree.hpp"
#include "domain/cursor.hpp"
#include "domain/tracking.hpp"
#include "http/feed_queue.hpp"
#include "http/overload_pages.hpp"
#include "http/rate_limiter.hpp"
#include "http/router.hpp"
#include "telemetry/metrics.hpp"

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace kinora::http {

struct api_options {
  std::string default_tenant; ///< For requests without X-Tenant-ID; may be empty.
  bool require_sdk_keys = false;
  std::size_t feed_limit_default = 20;
  std::size_t feed_limit_max = 50;
  std::chrono::milliseconds feed_budget{100}; ///< From the complete headers to the answer.
  std::chrono::seconds cursor_ttl{1'800};
  std::chrono::milliseconds admin_timeout{5'000}; ///< For a question of the admin API to an actor.
  std::size_t feeds_in_flight_max = 256; ///< Feeds taken in at a time: who would have to wait then is not.
  std::size_t feeds_at_work_max = 32;    ///< Of them with the actors, without those that read signals.
  std::size_t upload_bytes_max = 64 * 1024 * 1024;
  std::size_t videos_max = 200'000; ///< Of one upload: what one catalogue holds.
  std::uint16_t admin_port = 8081;  ///< That the admin listener has; for the document that tells of it.
  std::function<std::string()> new_secret; ///< 64 random hexadecimal digits. Any thread.
  bool chaos = false;                      ///< Whether there are routes that hurt the running system.

  /// Absent: users may ask as often as they like.
  std::optional<rate_limiter_options> rate_limit{};
};

/// Where the process is between its start and its end.
enum class phase : std::uint8_t { starting, ready, draining };

/// What every handler works with. Outlives the listeners.
struct api {
  api(api_options x, supervision_tree& actors, const std::vector<cursor_key>& keys, metrics& measured)
      : options{std::move(x)}, tree{actors}, cursors{keys}, tracking{keys}, telemetry{measured} {}

  const api_options options;
  supervision_tree& tree;
  const cursor_codec cursors;
  const tracking_codec tracking;
  metrics& telemetry;
  std::atomic<phase> stage{phase::starting};
  overload_pages overload;
  feed_queue feeds{options.feeds_in_flight_max, options.feeds_at_work_max,
                   [limit = tree.reach()->feed_reads] { return limit->now(); }};
  const std::unique_ptr<rate_limiter> limiter = ///< nullptr without a limit.
      options.rate_limit ? std::make_unique<rate_limiter>(*options.rate_limit) : nullptr;
};

void add_feed_route(router& routes, api& x);
void add_events_route(router& routes, api& x);
void add_health_routes(router& routes, api& x);
void add_flag_routes(router& routes, api& x);
void add_tenant_routes(router& routes, api& x);
void add_video_routes(router& routes, api& x);
void add_user_routes(router& routes, api& x);
void add_stats_route(router& routes, api& x);
void add_import_routes(router& routes, api& x);
void add_backup_routes(router& routes, api& x);
void add_preview_route(router& routes, api& x);
void add_version_routes(router& routes, api& x);
void add_sdk_key_routes(router& routes, api& x);
void add_token_routes(router& routes, api& x);
void add_audit_route(router& routes, api& x);
void add_actor_routes(router& routes, api& x);
void add_breaker_routes(router& routes, api& x);
void add_chaos_routes(router& routes, api& x);
void add_metrics_route(router& routes, api& x);
void add_openapi_route(router& routes, api& x);

/// All of them; those that hurt only where `options.chaos` says so.
void add_routes(router& routes, api& x);

} // namespace kinora::http
