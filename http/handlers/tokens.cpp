#include "http/ask_owner.hpp"
#include "http/caller.hpp"
#include "http/formats/access_format.hpp"
#include "http/json_text.hpp"

#include <boost/json/array.hpp>

namespace kinora::http {

namespace {

namespace json = boost::json;

/// The token of the start, as the others are shown.
json::object write_first_admin() {
  auto out = write_principal({std::string{first_admin_id}, std::string{first_admin_name}, role::admin, {}});
  out["created_at"] = nullptr;
  out["created_by"] = nullptr;
  return out;
}

response list_tokens(const api& x) {
  json::array tokens{write_first_admin()};
  for (auto& token : x.tree.boards()->access.load()->all())
    tokens.emplace_back(write_token(token));
  return json_response(200, to_text(json::object{{"tokens", std::move(tokens)}}));
}

void create_token(api& x, const request& req, const route_params& params, exchange_ptr out) {
  if (!is_json(req)) {
    out->complete(problem(req, errc::unsupported_media, "send application/json"));
    return;
  }
  auto body = parse_json(req.body, "body");
  auto who = body ? parse_principal(*body) : result<principal>{body.error()};
  if (!who) {
    out->complete(problem(req, who.error()));
    return;
  }
  const auto secret = std::string{admin_token_prefix} + x.options.new_secret();
  put_token command{author_of(req, params), {}, {}};
  command.token = {*std::move(who), req.now, command.by.name, digest_of(secret)};
  command.token.who.id = id_of(command.token.digest);
  command.change.after = to_text(write_principal(command.token.who));
  auto answer = [secret, token = command.token] {
    auto shown = write_token(token);
    shown["token"] = secret;
    return json_response(201, to_text(shown))
        .set("Location", "/admin/v1/tokens/" + token.who.id)
        .set("Cache-Control", "no-store");
  };
  ask_owner<access_actor, void>(x, req, std::move(out), x.tree.reach()->access, answer, put_atom_v,
                                payload<put_token>{std::make_shared<const put_token>(std::move(command))});
}

void delete_token(api& x, const request& req, const route_params& params, exchange_ptr out) {
  const auto& id = params.at("id");
  if (id == first_admin_id) {
    out->complete(problem(req, errc::conflict,
                          "this is the token that the server was started with; start it with another "
                          "ADMIN_TOKEN"));
    return;
  }
  erase_token command{author_of(req, params), id, {}};
  for (auto& token : x.tree.boards()->access.load()->all())
    if (token.who.id == id)
      command.change.before = to_text(write_principal(token.who));
  ask_owner<access_actor, void>(
      x, req, std::move(out), x.tree.reach()->access,
      [] {
        return response{204, {}, {}};
      },
      erase_atom_v, payload<erase_token>{std::make_shared<const erase_token>(std::move(command))});
}

} // namespace

void add_token_routes(router& routes, api& x) {
  const auto options = admin_route(permission::administer);
  routes.add("GET", "/admin/v1/tokens", options,
             [&x](const request&, const route_params&, exchange_ptr out) { out->complete(list_tokens(x)); });
  routes.add("POST", "/admin/v1/tokens", options,
             [&x](const request& req, const route_params& params, exchange_ptr out) {
               create_token(x, req, params, std::move(out));
             });
  routes.add("DELETE", "/admin/v1/tokens/{id}", options,
             [&x](const request& req, const route_params& params, exchange_ptr out) {
               delete_token(x, req, params, std::move(out));
             });
}

} // namespace kinora::http
