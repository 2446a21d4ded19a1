#include "http/ask_owner.hpp"
#include "http/caller.hpp"
#include "http/formats/rules_format.hpp"
#include "http/formats/versions_format.hpp"
#include "http/json_text.hpp"
#include "http/tenant_slot.hpp"

#include <algorithm>

namespace kinora::http {

namespace {

using versions = std::vector<versioned_rules>;

void list_versions(api& x, const request& req, const route_params&, const record_ptr& slot,
                   exchange_ptr out) {
  ask_owner<tenant_actor, payload<versions>>(
      x, req, std::move(out), slot,
      [](const payload<versions>& found) { return json_response(200, to_text(write_versions(*found))); },
      versions_atom_v);
}

void show_version(api& x, const request& req, const route_params& params, const record_ptr& slot,
                  exchange_ptr out) {
  auto wanted = parse_count(params.at("version"), "version", std::numeric_limits<std::uint32_t>::max());
  auto answer = [wanted, head = without_body(req)](const payload<versions>& found) {
    auto i = wanted ? std::ranges::find(*found, *wanted, &versioned_rules::version) : found->end();
    if (i == found->end())
      return problem(head, errc::not_found, "there is no such version of these rules (any more)");
    return json_response(200, to_text(write_version(*i)));
  };
  ask_owner<tenant_actor, payload<versions>>(x, req, std::move(out), slot, answer, versions_atom_v);
}

void roll_back(api& x, const request& req, const route_params& params, const record_ptr& slot,
               exchange_ptr out) {
  if (!is_json(req)) {
    out->complete(problem(req, errc::unsupported_media, "send application/json"));
    return;
  }
  auto snapshot = x.tree.boards()->snapshot_of(params.at("tenant"));
  auto revision = if_match_revision(req, snapshot ? std::optional{snapshot->revision} : std::nullopt);
  auto body = parse_json(req.body, "body");
  auto version = body ? parse_rollback(*body) : result<std::uint32_t>{body.error()};
  if (!revision || !version) {
    out->complete(problem(req, revision ? version.error() : revision.error()));
    return;
  }
  auto command =
      std::make_shared<const rollback_rules>(rollback_rules{author_of(req, params), *version, *revision});
  auto answer = [](const payload<versioned_rules>& done) {
    return json_response(200, to_text(write_rules(done->rules))).set("ETag", revision_etag(done->revision));
  };
  ask_owner<tenant_actor, payload<versioned_rules>>(x, req, std::move(out), slot, answer, rollback_atom_v,
                                                    payload<rollback_rules>{command});
}

} // namespace

void add_version_routes(router& routes, api& x) {
  const auto reads = admin_route(permission::view);
  routes.add("GET", "/admin/v1/tenants/{tenant}/versions", reads, for_tenant(x, list_versions));
  routes.add("GET", "/admin/v1/tenants/{tenant}/versions/{version}", reads, for_tenant(x, show_version));
  routes.add("POST", "/admin/v1/tenants/{tenant}/rollback", admin_route(permission::edit),
             for_tenant(x, roll_back));
}

} // namespace kinora::http
