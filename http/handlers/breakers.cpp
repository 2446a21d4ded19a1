#include "http/ask_owner.hpp"
#include "http/breaker_status.hpp"
#include "http/caller.hpp"
#include "http/json_text.hpp"

#include <boost/json/array.hpp>

namespace kinora::http {

namespace {

namespace json = boost::json;

json::object write_breaker(const breaker_status& x) {
  json::array tenants;
  for (auto& tenant : x.tenants)
    tenants.push_back({{"tenant", tenant.tenant},
                       {"state", kinora::to_string_view(tenant.state)},
                       {"consecutive_failures", tenant.consecutive_failures}});
  return {{"name", x.name},
          {"state", kinora::to_string_view(x.state)},
          {"consecutive_failures", x.consecutive_failures},
          {"tenants", std::move(tenants)}};
}

std::vector<breaker_status> current(const api& x) {
  return read_breakers(*x.tree.boards(), std::chrono::steady_clock::now());
}

response list_breakers(const api& x) {
  json::array all;
  for (auto& breaker : current(x))
    all.emplace_back(write_breaker(breaker));
  return json_response(200, to_text(json::object{{"breakers", std::move(all)}}));
}

/// Noted first: a change that no log tells of is not made.
void reset(api& x, const request& req, const route_params& params, exchange_ptr out) {
  auto& reach = *x.tree.reach();
  const auto& name = params.at("name");
  if (name != "signals" && name != "ranking") {
    out->complete(
        problem(req, errc::not_found, "there is no breaker '" + name + "'; there are signals and ranking"));
    return;
  }
  auto answer = [&x, name] {
    for (auto& breaker : current(x))
      if (breaker.name == name)
        return json_response(200, to_text(write_breaker(breaker)));
    return response{204, {}, {}};
  };
  auto go_on = [&x, name, answer, out, head = without_body(req)] {
    auto& slots = *x.tree.reach();
    ask_owner<breaker_actor, void>(x, head, out,
                                   name == "signals" ? slots.signals_breaker : slots.ranking_breaker, answer,
                                   reset_atom_v);
  };
  auto note = make_audit_entry(req.now, author_of(req, params), "breaker.reset", {}, name);
  ask_then<audit_actor, void>(x, req, out, reach.audit, go_on, note_atom_v,
                              payload<audit_entry>{std::make_shared<const audit_entry>(std::move(note))});
}

} // namespace

void add_breaker_routes(router& routes, api& x) {
  routes.add(
      "GET", "/admin/v1/breakers", admin_route(permission::view),
      [&x](const request&, const route_params&, exchange_ptr out) { out->complete(list_breakers(x)); });
  routes.add("POST", "/admin/v1/breakers/{name}/reset", admin_route(permission::administer),
             [&x](const request& req, const route_params& params, exchange_ptr out) {
               reset(x, req, params, std::move(out));
             });
}

} // namespace kinora::http
