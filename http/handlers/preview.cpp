#include "http/ask_fetcher.hpp"
#include "http/feed_response.hpp"
#include "http/formats/preview_format.hpp"
#include "http/json_text.hpp"
#include "http/tenant_slot.hpp"

namespace kinora::http {

namespace {

constexpr std::size_t preview_bytes_max = 2 * 1024 * 1024;

/// Ranks for `signals`; nullptr: cold start.
void rank(api& x, const request& req, const record_ptr& slot, const preview_request& wanted,
          payload<ranking_signals> signals, exchange_ptr out) {
  auto job = std::make_shared<const preview_job>(
      preview_job{std::move(signals), wanted.rules, wanted.limit, wanted.now,
                  std::chrono::steady_clock::now() + x.options.admin_timeout});
  auto answer = [id = req.request_id](const payload<slate>& page) {
    json_writer shown;
    write_items(shown.begin_object().key("items"), *page, page->catalogue->rules.get(), nullptr, true);
    shown.member("has_more", page->has_more)
        .member("is_personalized", true)
        .member("feed_type", to_string_view(feed_type::personalized))
        .member("request_id", id)
        .end_object();
    return json_response(200, shown.take()).set("Cache-Control", "no-store");
  };
  ask_owner<tenant_actor, payload<slate>>(x, req, std::move(out), slot, answer, preview_atom_v,
                                          payload<preview_job>{job});
}

void preview(api& x, const request& req, const record_ptr& slot, const tenant_snapshot_ptr& tenant,
             exchange_ptr out) {
  if (!is_json(req)) {
    out->complete(problem(req, errc::unsupported_media, "send application/json"));
    return;
  }
  auto body = parse_json(req.body, "body");
  auto parsed = body ? parse_preview(*body, x.options.feed_limit_default, x.options.feed_limit_max, req.now)
                     : result<preview_request>{body.error()};
  if (!parsed) {
    out->complete(problem(req, parsed.error()));
    return;
  }
  if (parsed->signals) {
    auto signals = std::make_shared<const ranking_signals>(*parsed->signals);
    rank(x, req, slot, *parsed, std::move(signals), std::move(out));
    return;
  }
  auto user = parsed->user;
  auto go_on = [&x, head = without_body(req), slot, wanted = *std::move(parsed),
                out](const payload<ranking_signals>& found) { rank(x, head, slot, wanted, found, out); };
  ask_fetcher<payload<ranking_signals>>(x, req, out, fetch_atom_v, tenant->id, user, go_on);
}

} // namespace

void add_preview_route(router& routes, api& x) {
  auto options = admin_route(permission::view);
  options.body_bytes_max = preview_bytes_max;
  routes.add("POST", "/admin/v1/tenants/{tenant}/preview", options,
             [&x](const request& req, const route_params& path, exchange_ptr out) {
               auto slot = tenant_slot(x, path.at("tenant"));
               auto tenant = x.tree.boards()->snapshot_of(path.at("tenant"));
               if (!slot)
                 out->complete(problem(req, slot.error()));
               else if (!tenant)
                 out->complete(problem(req, errc::unavailable, "the tenant is starting"));
               else
                 preview(x, req, *slot, tenant, std::move(out));
             });
}

} // namespace kinora::http
