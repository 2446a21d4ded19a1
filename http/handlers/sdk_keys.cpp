#include "http/ask_owner.hpp"
#include "http/caller.hpp"
#include "http/formats/sdk_key_format.hpp"
#include "http/json_text.hpp"
#include "http/tenant_slot.hpp"

#include <boost/json/array.hpp>

namespace kinora::http {

namespace {

namespace json = boost::json;

response no_content() {
  return response{204, {}, {}};
}

void list_keys(api& x, const request& req, const route_params& params, const record_ptr&, exchange_ptr out) {
  const auto board = x.tree.boards()->find(params.at("tenant"));
  const auto keys = board ? board->keys.load() : nullptr;
  if (!keys) {
    out->complete(problem(req, errc::unavailable, "the tenant is starting"));
    return;
  }
  json::array shown;
  for (auto& key : keys->all)
    shown.emplace_back(write_sdk_key(key));
  out->complete(json_response(200, to_text(json::object{{"keys", std::move(shown)}})));
}

/// The name is optional, and so is the body.
result<std::string> read_name(const request& req) {
  if (req.body.empty())
    return std::string{};
  if (!is_json(req))
    return failure{errc::unsupported_media, {}, "send application/json"};
  auto body = parse_json(req.body, "body");
  return body ? parse_sdk_key_name(*body) : result<std::string>{body.error()};
}

void create_key(api& x, const request& req, const route_params& params, const record_ptr& slot,
                exchange_ptr out) {
  auto name = read_name(req);
  if (!name) {
    out->complete(problem(req, name.error()));
    return;
  }
  const auto& tenant = params.at("tenant");
  const auto secret = make_sdk_key(tenant, x.options.new_secret());
  put_sdk_key command{author_of(req, params), {}, {}};
  command.key = {{}, *std::move(name), req.now, command.by.name, digest_of(secret)};
  command.key.id = id_of(command.key.digest);
  command.change.after = to_text(json::object{{"id", command.key.id}, {"name", command.key.name}});
  auto answer = [secret, tenant, key = command.key] {
    auto shown = write_sdk_key(key);
    shown["key"] = secret;
    return json_response(201, to_text(shown))
        .set("Location", "/admin/v1/tenants/" + tenant + "/keys/" + key.id)
        .set("Cache-Control", "no-store");
  };
  ask_owner<tenant_actor, void>(
      x, req, std::move(out), slot, answer, put_atom_v,
      payload<put_sdk_key>{std::make_shared<const put_sdk_key>(std::move(command))});
}

void erase(api& x, const request& req, const route_params& params, const record_ptr& slot, std::string id,
           exchange_ptr out) {
  auto command =
      std::make_shared<const erase_sdk_keys>(erase_sdk_keys{author_of(req, params), std::move(id)});
  ask_owner<tenant_actor, void>(x, req, std::move(out), slot, no_content, erase_atom_v,
                                payload<erase_sdk_keys>{command});
}

void delete_key(api& x, const request& req, const route_params& params, const record_ptr& slot,
                exchange_ptr out) {
  erase(x, req, params, slot, params.at("id"), std::move(out));
}

void delete_keys(api& x, const request& req, const route_params& params, const record_ptr& slot,
                 exchange_ptr out) {
  erase(x, req, params, slot, {}, std::move(out));
}

} // namespace

void add_sdk_key_routes(router& routes, api& x) {
  constexpr auto all = "/admin/v1/tenants/{tenant}/keys";
  constexpr auto one = "/admin/v1/tenants/{tenant}/keys/{id}";
  const auto changes = admin_route(permission::administer);
  routes.add("GET", all, admin_route(permission::view), for_tenant(x, list_keys));
  routes.add("POST", all, changes, for_tenant(x, create_key));
  routes.add("DELETE", all, changes, for_tenant(x, delete_keys));
  routes.add("DELETE", one, changes, for_tenant(x, delete_key));
}

} // namespace kinora::http
