#include "http/ask_owner.hpp"
#include "http/breaker_status.hpp"
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

void reset(api& x, const request& req, const std::string& name, exchange_ptr out) {
  auto& reach = *x.tree.reach();
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
  ask_owner<breaker_actor, void>(x, req, std::move(out),
                                 name == "signals" ? reach.signals_breaker : reach.ranking_breaker, answer,
                                 reset_atom_v);
}

} // namespace

void add_breaker_routes(router& routes, api& x) {
  route_options admin;
  admin.admin = true;
  routes.add("GET", "/admin/v1/breakers", admin, [&x](const request&, const route_params&, exchange_ptr out) {
    out->complete(list_breakers(x));
  });
  routes.add("POST", "/admin/v1/breakers/{name}/reset", admin,
             [&x](const request& req, const route_params& path, exchange_ptr out) {
               reset(x, req, path.at("name"), std::move(out));
             });
}

} // namespace kinora::http
