#include "domain/timestamp.hpp"
#include "http/api.hpp"
#include "http/inputs.hpp"
#include "http/json_text.hpp"

#include <boost/json/array.hpp>

namespace kinora::http {

namespace {

namespace json = boost::json;

response list_actors(const api& x) {
  json::array actors;
  for (auto& record : x.tree.slots()->list()) {
    auto info = record->info();
    actors.push_back(
        {{"path", info.path},
         {"state", kinora::to_string_view(info.state)},
         {"restarts", info.restarts},
         {"last_reason", info.last_reason.empty() ? json::value(nullptr) : json::value(info.last_reason)},
         {"since", to_rfc3339(info.since)}});
  }
  return json_response(200, to_text(json::object{{"actors", std::move(actors)}}));
}

} // namespace

void add_actor_routes(router& routes, api& x) {
  routes.add("GET", "/admin/v1/actors", admin_route(permission::view),
             [&x](const request&, const route_params&, exchange_ptr out) { out->complete(list_actors(x)); });
}

} // namespace kinora::http
