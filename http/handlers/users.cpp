#include "domain/ids.hpp"
#include "http/ask_fetcher.hpp"
#include "http/caller.hpp"
#include "http/formats/signals_format.hpp"
#include "http/formats/user_format.hpp"
#include "http/json_text.hpp"
#include "http/tenant_slot.hpp"

namespace kinora::http {

namespace {

constexpr std::size_t signals_bytes_max = 256 * 1024;

response nobody(const request& req) {
  return problem(req, errc::not_found, "nothing is known of this user");
}

/// Whom a request is about, and who makes it.
struct user_request {
  std::string tenant;
  std::string user;
  author by;
};

void show_signals(api& x, const request& req, const user_request& about, exchange_ptr out) {
  auto answer = [out, head = without_body(req)](const payload<user_record>& found) {
    out->complete(found ? json_response(200, to_text(write_signals(signals_at(*found, head.now))))
                        : nobody(head));
  };
  ask_fetcher<payload<user_record>>(x, req, out, find_atom_v, about.tenant, about.user, answer);
}

void store_signals(api& x, const request& req, const user_request& about, exchange_ptr out) {
  if (!is_json(req)) {
    out->complete(problem(req, errc::unsupported_media, "send application/json"));
    return;
  }
  auto body = parse_json(req.body, "body");
  auto parsed = body ? parse_signals(*body) : result<user_signals>{body.error()};
  if (!parsed) {
    out->complete(problem(req, parsed.error()));
    return;
  }
  auto command = std::make_shared<const put_signals>(
      put_signals{about.tenant, about.user, std::move(*parsed), about.by});
  ask_owner<ingester_actor, void>(
      x, req, std::move(out), x.tree.reach()->ingester_of(about.tenant),
      [command] { return json_response(200, to_text(write_signals(command->signals))); }, put_atom_v,
      payload<put_signals>{command});
}

void show_user(api& x, const request& req, const user_request& about, exchange_ptr out) {
  auto answer = [out, user = about.user, head = without_body(req)](const payload<user_record>& found) {
    out->complete(found ? json_response(200, to_text(write_user(user, *found, head.now))) : nobody(head));
  };
  ask_fetcher<payload<user_record>>(x, req, out, find_atom_v, about.tenant, about.user, answer);
}

void forget_user(api& x, const request& req, const user_request& about, exchange_ptr out) {
  auto command = std::make_shared<const erase_user>(erase_user{about.tenant, about.user, about.by});
  ask_owner<ingester_actor, void>(
      x, req, std::move(out), x.tree.reach()->ingester_of(about.tenant),
      [] {
        return response{204, {}, {}};
      },
      erase_atom_v, payload<erase_user>{command});
}

/// Runs `handle` with the tenant and the user in the path, once both are found to be possible.
template <class Handle>
route_handler for_user(api& x, Handle handle) {
  return [&x, handle](const request& req, const route_params& path, exchange_ptr out) {
    auto slot = tenant_slot(x, path.at("tenant"));
    auto bad = check_user_hash(path.at("user_hash"));
    if (!bad)
      bad = check_if_match(req);
    if (!slot || bad)
      out->complete(problem(req, slot ? *bad : slot.error()));
    else
      handle(x, req, user_request{path.at("tenant"), path.at("user_hash"), author_of(req, path)},
             std::move(out));
  };
}

} // namespace

void add_user_routes(router& routes, api& x) {
  constexpr auto one = "/admin/v1/tenants/{tenant}/users/{user_hash}";
  constexpr auto signals = "/admin/v1/tenants/{tenant}/users/{user_hash}/signals";
  const auto reads = admin_route(permission::view);
  const auto erases = admin_route(permission::administer);
  auto sets = erases;
  sets.body_bytes_max = signals_bytes_max;
  routes.add("GET", one, reads, for_user(x, show_user));
  routes.add("DELETE", one, erases, for_user(x, forget_user));
  routes.add("GET", signals, reads, for_user(x, show_signals));
  routes.add("PUT", signals, sets, for_user(x, store_signals));
}

} // namespace kinora::http
