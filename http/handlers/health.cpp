#include "http/api.hpp"
#include "http/breaker_status.hpp"
#include "http/inputs.hpp"
#include "http/json_text.hpp"

#include <boost/json/object.hpp>

namespace kinora::http {

namespace {

namespace json = boost::json;

std::string_view to_string_view(phase x) {
  switch (x) {
  case phase::starting: return "starting";
  case phase::ready: return "ready";
  case phase::draining: return "draining";
  }
  return "unknown";
}

json::object write_brief(const breaker_status& x) {
  return {{"name", x.name}, {"state", kinora::to_string_view(x.state)}};
}

response ready_response(const api& x) {
  auto stage = x.stage.load();
  auto breakers = read_breakers(*x.tree.boards(), std::chrono::steady_clock::now());
  auto flags = x.tree.boards()->flags.load();
  json::array all;
  const auto* worst = &breakers.front();
  for (auto& breaker : breakers) {
    all.emplace_back(write_brief(breaker));
    if (severity(breaker.state) > severity(worst->state))
      worst = &breaker;
  }
  json::object body;
  body["status"] = to_string_view(stage);
  body["circuit_breaker"] = write_brief(*worst);
  body["circuit_breakers"] = std::move(all);
  body["store"] = {{"state", kinora::to_string_view(x.tree.health()->state())}};
  body["feature_flags"] = {{"personalization_enabled", flags->personalization_enabled},
                           {"kill_switch_active", flags->kill_switch_active}};
  return json_response(stage == phase::ready ? 200 : 503, to_text(body)).set("Cache-Control", "no-store");
}

} // namespace

void add_health_routes(router& routes, api& x) {
  route_options always;
  always.always = true;
  routes.add("GET", "/health", always, [](const request&, const route_params&, exchange_ptr out) {
    out->complete(json_response(200, R"({"status":"healthy"})").set("Cache-Control", "no-store"));
  });
  routes.add("GET", "/health/ready", always, [&x](const request&, const route_params&, exchange_ptr out) {
    out->complete(ready_response(x));
  });
}

} // namespace kinora::http
