#include "http/api.hpp"

namespace kinora::http {

void add_routes(router& routes, api& x) {
  add_feed_route(routes, x);
  add_events_route(routes, x);
  add_health_routes(routes, x);
  add_flag_routes(routes, x);
  add_tenant_routes(routes, x);
  add_video_routes(routes, x);
  add_user_routes(routes, x);
  add_stats_route(routes, x);
  add_import_routes(routes, x);
  add_backup_routes(routes, x);
  add_preview_route(routes, x);
  add_version_routes(routes, x);
  add_sdk_key_routes(routes, x);
  add_token_routes(routes, x);
  add_audit_route(routes, x);
  add_actor_routes(routes, x);
  add_breaker_routes(routes, x);
  if (x.options.chaos)
    add_chaos_routes(routes, x);
  add_metrics_route(routes, x);
  add_openapi_route(routes, x);
}

} // namespace kinora::http
