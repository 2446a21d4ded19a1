#include "http/caller.hpp"
#include "http/formats/events_format.hpp"
#include "http/ingestion.hpp"
#include "http/inputs.hpp"
#include "http/problem.hpp"
#include "http/rate_limit.hpp"
#include "http/tenant_identity.hpp"

#include <memory>

namespace kinora::http {

namespace {

constexpr std::size_t events_bytes_max = 1024 * 1024;
constexpr std::string_view ndjson = "application/x-ndjson";

result<events_upload> read_events(const request& req, event_ages ages) {
  if (is_content_type(req, ndjson))
    return parse_events_ndjson(req.body, req.now, ages);
  if (is_json(req))
    return parse_events(req.body, req.now, ages);
  return failure{errc::unsupported_media, {}, "send application/json or application/x-ndjson"};
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

/// The tenant that a request of an SDK is for.
result<std::string> sender_of(const api& x, const request& req) {
  if (x.stage.load() == phase::starting) // keys are not known yet
    return failure{errc::unavailable, {}, "the server is starting"};
  auto identity = identify_tenant(x, req);
  if (!identity)
    return identity.error();
  return std::move(identity->tenant);
}

/// `note`: of an import.
void take_events(api& x, const request& req, result<std::string> tenant, event_ages ages,
                 std::shared_ptr<const audit_entry> note, exchange_ptr out) {
  auto to = tenant ? begin_ingestion(x, req, *std::move(tenant)) : result<ingestion>{tenant.error()};
  auto sent = to ? read_events(req, ages) : result<events_upload>{to.error()};
  if (!sent) {
    out->complete(problem(req, sent.error()));
    return;
  }
  if (ages == event_ages::recent && !admit_users(x, req, to->tenant, *sent, out))
    return;
  auto batch = to->make_batch();
  batch.effects.reserve(sent->events.size());
  for (auto& event : sent->events)
    to->add(batch, std::move(event));
  batch.note = std::move(note);
  auto rejected = std::make_shared<const std::vector<rejected_event>>(std::move(sent->rejected));
  ingest(x, req, std::move(out), std::move(batch),
         [&x, tenant = to->tenant, invalid_tokens = to->invalid_tokens, rejected](const batch_outcome& done) {
           return taken_in(x, tenant, done, invalid_tokens, *rejected);
         });
}

} // namespace

void add_events_route(router& routes, api& x) {
  route_options options;
  options.body_bytes_max = events_bytes_max;
  routes.add("POST", "/v1/events", options, [&x](const request& req, const route_params&, exchange_ptr out) {
    take_events(x, req, sender_of(x, req), event_ages::recent, nullptr, std::move(out));
  });
  auto imports = admin_route(permission::administer);
  imports.body_bytes_max = x.options.upload_bytes_max;
  routes.add("POST", "/admin/v1/tenants/{tenant}/events", imports,
             [&x](const request& req, const route_params& params, exchange_ptr out) {
               take_events(x, req, params.at("tenant"), event_ages::any,
                           note_of_import(req, params, "events.import"), std::move(out));
             });
}

} // namespace kinora::http
