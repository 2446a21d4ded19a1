#include "domain/ids.hpp"
#include "http/ask_owner.hpp"
#include "http/formats/audit_format.hpp"
#include "http/json_text.hpp"

namespace kinora::http {

namespace {

constexpr std::size_t audit_limit_max = 1'000;

/// The tenants whose entries the caller may see and asks for; empty: all.
result<std::vector<std::string>> read_tenants(const query_params& query, const principal& caller) {
  const auto tenant = query.find("tenant");
  if (!tenant)
    return caller.tenants;
  if (auto bad = check_tenant_id(*tenant))
    return failure{bad->code, "tenant", bad->detail};
  if (!caller.covers(*tenant))
    return failure{errc::forbidden, "tenant", "this token is limited to other tenants"};
  return std::vector{std::string{*tenant}};
}

result<audit_query> read_query(const route_params& params) {
  audit_query out;
  auto query = params.query();
  if (!query)
    return query.error();
  auto tenants = read_tenants(*query, *params.caller());
  if (!tenants)
    return tenants.error();
  out.tenants = *std::move(tenants);
  if (auto text = query->find("since")) {
    auto since = parse_time_text(*text, "since");
    if (!since)
      return since.error();
    out.since = *since;
  }
  if (auto text = query->find("cursor")) {
    auto before = parse_audit_cursor(*text);
    if (!before)
      return before.error();
    out.before = *before;
  }
  if (auto text = query->find("limit")) {
    auto limit = parse_count(*text, "limit", audit_limit_max);
    if (!limit)
      return limit.error();
    out.limit = *limit;
  }
  return out;
}

void list_audit(api& x, const request& req, const route_params& params, exchange_ptr out) {
  auto wanted = read_query(params);
  if (!wanted) {
    out->complete(problem(req, wanted.error()));
    return;
  }
  auto answer = [](const payload<audit_page>& page) {
    return json_response(200, to_text(write_audit_page(*page))).set("Cache-Control", "no-store");
  };
  ask_owner<audit_actor, payload<audit_page>>(
      x, req, std::move(out), x.tree.reach()->audit, answer, list_atom_v,
      payload<audit_query>{std::make_shared<const audit_query>(*std::move(wanted))});
}

} // namespace

void add_audit_route(router& routes, api& x) {
  auto options = admin_route(permission::view);
  options.for_limited = true;
  options.query = {"tenant", "since", "cursor", "limit"};
  routes.add("GET", "/admin/v1/audit", options,
             [&x](const request& req, const route_params& params, exchange_ptr out) {
               list_audit(x, req, params, std::move(out));
             });
}

} // namespace kinora::http
