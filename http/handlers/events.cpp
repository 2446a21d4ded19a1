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

/// What has come in, and how many events of it name a position that they cannot have been served.
struct incoming {
  std::shared_ptr<const event_batch> batch;
  std::size_t invalid_tokens = 0;
};

/// What the events change under the rules and with the videos of this moment. A token that is not right only
/// leaves its event out of the statistics.
incoming make_batch(const api& x, const destination& to, std::vector<event> events, wall_time now) {
  using hours = std::chrono::duration<double, std::chrono::hours::period>;
  auto& rules = to.snapshot->rules->learning;
  std::size_t invalid_tokens = 0;
  auto out = std::make_shared<event_batch>();
  out->tenant = to.tenant;
  out->popularity_half_life =
      std::chrono::round<std::chrono::milliseconds>(hours{rules.popularity_half_life_hours});
  out->effects.reserve(events.size());
  for (auto& each : events) {
    std::optional<attribution> attributed;
    auto what = each.tracking_token.empty() ? std::nullopt : engagement_of(each.type);
    if (what) {
      if (auto position = x.tracking.read(each.tracking_token, to.tenant, each.user, now))
        attributed = attribute(*position, *what);
      else
        ++invalid_tokens;
    }
    auto about = to.board->videos.find(each.video_id);
    out->effects.push_back(effect_of(std::move(each), std::move(about), rules));
    out->effects.back().attributed = std::move(attributed);
  }
  return {std::move(out), invalid_tokens};
}

void count_attributed(metrics& out, const std::string& tenant, const batch_outcome& done,
                      std::size_t invalid_tokens) {
  std::uint64_t attributed = 0;
  for (auto type : feed_stats::types)
    for (auto side : feed_stats::sides) {
      auto& cell = done.attributed.at(type, side);
      for (auto [what, count] :
           {std::pair{engagement::impression, cell.impressions}, std::pair{engagement::play, cell.plays},
            std::pair{engagement::completion, cell.completions}}) {
        out.count_attributed(tenant, to_string_view(type), to_string_view(side), to_string_view(what), count);
        attributed += count;
      }
    }
  out.count_attribution(tenant, attribution_outcome::attributed, attributed);
  out.count_attribution(tenant, attribution_outcome::invalid, invalid_tokens);
  out.count_attribution(tenant, attribution_outcome::not_attributed,
                        done.accepted + done.duplicates - attributed - invalid_tokens);
}

response taken_in(api& x, const std::string& tenant, const batch_outcome& done, std::size_t invalid_tokens,
                  const std::vector<rejected_event>& rejected) {
  x.telemetry.count_events(tenant, event_outcome::accepted, done.accepted);
  x.telemetry.count_events(tenant, event_outcome::duplicate, done.duplicates);
  x.telemetry.count_events(tenant, event_outcome::rejected, rejected.size());
  count_attributed(x.telemetry, tenant, done, invalid_tokens);
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
    out->complete(taken_in(x, to->tenant, {}, 0, sent->rejected));
    return;
  }
  auto& reach = *x.tree.reach();
  auto place = reach.events_waiting->enter(sent->events.size());
  if (!place) {
    out->complete(problem(req, errc::too_many_requests, "too many events are on their way into the store"));
    return;
  }
  auto made = make_batch(x, *to, std::move(sent->events), req.now);
  auto job = std::make_shared<const ingest_job>(std::move(made.batch), std::move(place));
  auto answer = [&x, tenant = to->tenant, invalid_tokens = made.invalid_tokens,
                 rejected = std::make_shared<const std::vector<rejected_event>>(std::move(sent->rejected))](
                    const payload<batch_outcome>& done) {
    return taken_in(x, tenant, *done, invalid_tokens, *rejected);
  };
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
