#include "http/ask_owner.hpp"
#include "http/caller.hpp"
#include "http/formats/flags_format.hpp"
#include "http/json_text.hpp"

namespace kinora::http {

namespace {

response flags_response(const global_flags& x) {
  return json_response(200, to_text(write_flags(x))).set("ETag", revision_etag(x.revision));
}

void patch(api& x, const request& req, const route_params& params, exchange_ptr out) {
  if (!is_json(req, "application/merge-patch+json")) { // RFC 7396
    out->complete(
        problem(req, errc::unsupported_media, "send application/merge-patch+json or application/json"));
    return;
  }
  auto revision = if_match_revision(req, x.tree.boards()->flags.load()->revision);
  auto body = parse_json(req.body, "body");
  auto parsed = body ? parse_flags_patch(*body) : result<flags_patch>{body.error()};
  if (!revision || !parsed) {
    out->complete(problem(req, revision ? parsed.error() : revision.error()));
    return;
  }
  auto command = std::make_shared<const patch_flags>(patch_flags{*parsed, *revision, author_of(req, params)});
  ask_owner<flags_actor, payload<global_flags>>(
      x, req, out, x.tree.reach()->flags, [](auto& now) { return flags_response(*now); }, patch_atom_v,
      payload<patch_flags>{command});
}

} // namespace

void add_flag_routes(router& routes, api& x) {
  auto reads = admin_route(permission::view);
  reads.for_limited = true; // they decide over every tenant's feeds
  routes.add("GET", "/admin/v1/flags", reads, [&x](const request&, const route_params&, exchange_ptr out) {
    out->complete(flags_response(*x.tree.boards()->flags.load()));
  });
  routes.add("PATCH", "/admin/v1/flags", admin_route(permission::administer),
             [&x](const request& req, const route_params& params, exchange_ptr out) {
               patch(x, req, params, std::move(out));
             });
}

} // namespace kinora::http
