#include "domain/ids.hpp"
#include "http/ask_owner.hpp"
#include "http/caller.hpp"
#include "http/formats/rules_format.hpp"
#include "http/json_text.hpp"
#include "http/tenant_slot.hpp"

#include <boost/json/array.hpp>

#include <algorithm>

namespace kinora::http {

namespace {

namespace json = boost::json;

constexpr std::size_t rules_bytes_max = 1024 * 1024;

response rules_response(int status, const tenant_rules& rules, std::uint64_t revision) {
  return json_response(status, to_text(write_rules(rules))).set("ETag", revision_etag(revision));
}

/// Those that the caller may see.
response list_tenants(const api& x, const principal& caller) {
  std::vector<tenant_snapshot_ptr> all;
  for (auto& [id, board] : *x.tree.boards()->tenants.load())
    if (auto snapshot = board->snapshot.load(); snapshot && caller.covers(id))
      all.push_back(std::move(snapshot));
  std::sort(all.begin(), all.end(), [](auto& a, auto& b) { return a->id < b->id; });
  json::array tenants;
  for (auto& tenant : all)
    tenants.push_back({{"id", tenant->id},
                       {"videos", tenant->catalogue->videos},
                       {"eligible_videos", tenant->catalogue->eligible},
                       {"personalization_enabled", tenant->rules->personalization_enabled},
                       {"rollout_percentage", tenant->rules->rollout_percentage}});
  return json_response(200, to_text(json::object{{"tenants", std::move(tenants)}}));
}

response show_tenant(const api& x, const request& req, const std::string& tenant) {
  auto slot = tenant_slot(x, tenant);
  if (!slot)
    return problem(req, slot.error());
  auto snapshot = x.tree.boards()->snapshot_of(tenant);
  if (!snapshot)
    return problem(req, errc::unavailable, "the tenant is starting");
  return rules_response(200, *snapshot->rules, snapshot->revision);
}

/// Of the rules of a tenant; nullopt when there is none.
std::optional<std::uint64_t> revision_of(const api& x, const std::string& tenant) {
  auto snapshot = x.tree.boards()->snapshot_of(tenant);
  return snapshot ? std::optional{snapshot->revision} : std::nullopt;
}

result<put_rules> read_put(const api& x, const request& req, const route_params& params) {
  auto& tenant = params.at("tenant");
  if (auto bad = check_tenant_id(tenant))
    return *bad;
  if (!is_json(req))
    return failure{errc::unsupported_media, {}, "send application/json"};
  auto revision = if_match_revision(req, revision_of(x, tenant));
  if (!revision)
    return revision.error();
  auto body = parse_json(req.body, "body");
  if (!body)
    return body.error();
  auto rules = parse_rules(*body);
  if (!rules)
    return rules.error();
  return put_rules{tenant, std::move(*rules), *revision, may(*params.caller(), permission::administer),
                   author_of(req, params)};
}

void put_tenant(api& x, const request& req, const route_params& params, exchange_ptr out) {
  auto parsed = read_put(x, req, params);
  if (!parsed) {
    out->complete(problem(req, parsed.error()));
    return;
  }
  auto command = std::make_shared<const put_rules>(std::move(*parsed));
  auto answer = [command](const payload<put_outcome>& done) {
    auto response = rules_response(done->created ? 201 : 200, command->rules, done->revision);
    if (done->created)
      response.set("Location", "/admin/v1/tenants/" + command->tenant);
    return response;
  };
  ask_owner<tenants_actor, payload<put_outcome>>(x, req, std::move(out), x.tree.reach()->tenants, answer,
                                                 put_atom_v, payload<put_rules>{command});
}

void delete_tenant(api& x, const request& req, const route_params& params, exchange_ptr out) {
  auto& tenant = params.at("tenant");
  auto revision = if_match_revision(req, revision_of(x, tenant));
  auto slot = tenant_slot(x, tenant);
  if (!revision || !slot) {
    out->complete(problem(req, revision ? slot.error() : revision.error()));
    return;
  }
  auto command =
      std::make_shared<const erase_tenant>(erase_tenant{author_of(req, params), tenant, *revision});
  ask_owner<tenants_actor, void>(
      x, req, std::move(out), x.tree.reach()->tenants,
      [] {
        return response{204, {}, {}};
      },
      erase_atom_v, payload<erase_tenant>{command});
}

} // namespace

void add_tenant_routes(router& routes, api& x) {
  const auto reads = admin_route(permission::view);
  auto lists = reads;
  lists.for_limited = true;
  auto edits = admin_route(permission::edit);
  edits.body_bytes_max = rules_bytes_max;
  routes.add("GET", "/admin/v1/tenants", lists,
             [&x](const request&, const route_params& params, exchange_ptr out) {
               out->complete(list_tenants(x, *params.caller()));
             });
  constexpr auto one = "/admin/v1/tenants/{tenant}";
  routes.add("GET", one, reads, [&x](const request& req, const route_params& path, exchange_ptr out) {
    out->complete(show_tenant(x, req, path.at("tenant")));
  });
  routes.add("PUT", one, edits, [&x](const request& req, const route_params& params, exchange_ptr out) {
    put_tenant(x, req, params, std::move(out));
  });
  routes.add("DELETE", one, admin_route(permission::administer),
             [&x](const request& req, const route_params& params, exchange_ptr out) {
               delete_tenant(x, req, params, std::move(out));
             });
}

} // namespace kinora::http
