#include "http/api.hpp"
#include "http/breaker_status.hpp"

namespace kinora::http {

namespace {

metrics::breaker_state metric_state(breaker_state x) {
  switch (x) {
  case breaker_state::closed: return metrics::breaker_state::closed;
  case breaker_state::half_open: return metrics::breaker_state::half_open;
  case breaker_state::open: return metrics::breaker_state::open;
  }
  return metrics::breaker_state::closed;
}

metrics::store_state metric_state(store_state x) {
  switch (x) {
  case store_state::writable: return metrics::store_state::writable;
  case store_state::full: return metrics::store_state::full;
  case store_state::failing: return metrics::store_state::failing;
  case store_state::read_only: return metrics::store_state::read_only;
  }
  return metrics::store_state::failing;
}

metrics::storage storage_of(const api& x) {
  auto& reach = *x.tree.reach();
  auto cached = reach.cache->look();
  return {metric_state(x.tree.health()->state()),
          cached.bytes,
          cached.users,
          cached.hits,
          cached.misses,
          reach.events_waiting->used(),
          reach.signal_reads->used(),
          reach.feed_reads->now()};
}

/// What is not counted as it happens, but read when somebody looks.
void collect(const api& x, metrics& out) {
  std::vector<metrics::actor_restarts> restarts;
  for (auto& record : x.tree.slots()->list())
    restarts.push_back({record->path(), record->info().restarts});
  out.set_actor_restarts(restarts);
  std::vector<metrics::breaker> breakers;
  for (auto& breaker : read_breakers(*x.tree.boards(), std::chrono::steady_clock::now()))
    breakers.push_back({breaker.name, metric_state(breaker.state)});
  out.set_breakers(breakers);
  out.set_storage(storage_of(x));
  std::vector<metrics::catalogue> catalogues;
  for (auto& [tenant, board] : *x.tree.boards()->tenants.load())
    if (auto snapshot = board->snapshot.load())
      catalogues.push_back({tenant, snapshot->catalogue->videos});
  out.set_catalogues(catalogues);
}

} // namespace

void add_metrics_route(router& routes, api& x) {
  x.telemetry.on_collect([&x](metrics& out) { collect(x, out); });
  routes.add("GET", "/metrics", admin_route(permission::view),
             [&x](const request&, const route_params&, exchange_ptr out) {
               response answer;
               answer.body = x.telemetry.expose();
               out->complete(answer.set("Content-Type", "text/plain; version=0.0.4; charset=utf-8"));
             });
}

} // namespace kinora::http
