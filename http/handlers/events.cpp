#include "http/ask_owner.hpp"
#include "http/formats/events_format.hpp"
#include "http/rate_limit.hpp"
#include "http/tenant_identity.hpp"
#include "http/tenant_slot.hpp"

#include <memory>

namespace kinora::http {

namespace {

constexpr std::size_t events_bytes_max = 1024 * 1024;
constexpr std::string_view ndjson = "application/x-ndjson";

/// Whose events they are: what is known of the tenant at this moment.
struct destination {
  std::string tenant;
  tenant_board_ptr board;
  tenant_snapshot_ptr snapshot;
};

result<destination> find_destination(const api& x, const request& req) {
  if (x.stage.load() == phase::starting)
    return failure{errc::unavailable, {}, "the server is starting"};
  auto identity = identify_tenant(x, req);
  if (!identity)
    return identity.error();
  auto& tenant = identity->tenant;
  if (auto slot = tenant_slot(x, tenant); !slot)
    return slot.error();
  auto board = x.tree.boards()->find(tenant);
  auto snapshot = board ? board->snapshot.load() : nullptr;
  if (!snapshot)
    return failure{errc::unavailable, {}, "the tenant is starting"};
  return destination{std::move(tenant), std::move(board), std::move(snapshot)};
}

result<events_upload> read_events(const request& req) {
  if (is_content_type(req, ndjson))
    return parse_events_ndjson(req.body, req.now);
  if (is_json(req))
    return parse_events(req.body, req.now);
  return failure{errc::unsupported_media, {}, "send application/json or application/x-ndjson"};
}

/// What the events change under the rules and with the videos of this moment.
std::shared_ptr<const event_batch> make_batch(const destination& to, std::vector<event> events) {
  using hours = std::chrono::duration<double, std::chrono::hours::period>;
  auto& rules = to.snapshot->rules->learning;
  auto out = std::make_shared<event_batch>();
  out->tenant = to.tenant;
  out->popularity_half_life =
      std::chrono::round<std::chrono::milliseconds>(hours{rules.popularity_half_life_hours});
  out->effects.reserve(events.size());
  for (auto& x : events) {
    auto about = to.board->videos.find(x.video_id);
    out->effects.push_back(effect_of(std::move(x), std::move(about), rules));
  }
  return out;
}

response taken_in(api& x, const std::string& tenant, const batch_outcome& done,
                  const std::vector<rejected_event>& rejected) {
  x.telemetry.count_events(tenant, event_outcome::accepted, done.accepted);
  x.telemetry.count_events(tenant, event_outcome::duplicate, done.duplicates);
  x.telemetry.count_events(tenant, event_outcome::rejected, rejected.size());
  return json_response(202, write_events_result(done.accepted, done.duplicates, rejected));
}

void ingest(api& x, const request& req, exchange_ptr out) {
  auto to = find_destination(x, req);
  auto sent = to ? read_events(req) : result<events_upload>{to.error()};
  if (!sent) {
    out->complete(problem(req, sent.error()));
    return;
  }
  if (!admit_users(x, req, to->tenant, *sent, out))
    return;
  if (sent->events.empty()) {
    out->complete(taken_in(x, to->tenant, {}, sent->rejected));
    return;
  }
  auto& reach = *x.tree.reach();
  auto place = reach.events_waiting->enter(sent->events.size());
  if (!place) {
    out->complete(problem(req, errc::too_many_requests, "too many events are on their way into the store"));
    return;
  }
  auto job = std::make_shared<const ingest_job>(make_batch(*to, std::move(sent->events)), std::move(place));
  auto answer = [&x, tenant = to->tenant,
                 rejected = std::make_shared<const std::vector<rejected_event>>(std::move(sent->rejected))](
                    const payload<batch_outcome>& done) { return taken_in(x, tenant, *done, *rejected); };
  ask_owner<ingester_actor, payload<batch_outcome>>(x, req, std::move(out), reach.ingester_of(to->tenant),
                                                    answer, apply_atom_v, payload<ingest_job>{job});
}

} // namespace

void add_events_route(router& routes, api& x) {
  route_options options;
  options.body_bytes_max = events_bytes_max;
  routes.add("POST", "/v1/events", options, [&x](const request& req, const route_params&, exchange_ptr out) {
    ingest(x, req, std::move(out));
  });
}

} // namespace kinora::http
