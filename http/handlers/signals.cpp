#include "domain/ids.hpp"
#include "http/ask_owner.hpp"
#include "http/formats/signals_format.hpp"
#include "http/json_text.hpp"
#include "http/tenant_slot.hpp"

namespace kinora::http {

namespace {

constexpr std::size_t signals_bytes_max = 256 * 1024;

void show_signals(api& x, const request& req, const std::string& tenant, const std::string& user,
                  exchange_ptr out) {
  auto worker = x.tree.reach()->fetchers.next();
  if (!worker) {
    out->complete(problem(req, errc::unavailable, "no signal fetcher is running"));
    return;
  }
  auto answer = [head = without_body(req)](const payload<user_signals>& found) {
    return found ? json_response(200, to_text(write_signals(*found)))
                 : problem(head, errc::not_found, "nothing is known of this user");
  };
  auto deadline = std::chrono::steady_clock::now() + x.options.admin_timeout;
  auto job = std::make_shared<const signals_job>(tenant, user, deadline);
  ask_owner<signal_fetcher_actor, payload<user_signals>>(x, req, std::move(out), worker->record, answer,
                                                         fetch_atom_v, payload<signals_job>{job});
}

void store_signals(api& x, const request& req, const record_ptr& slot, const std::string& user,
                   exchange_ptr out) {
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
  auto command = std::make_shared<const put_signals>(put_signals{user, std::move(*parsed)});
  ask_owner<tenant_actor, void>(
      x, req, std::move(out), slot,
      [command] { return json_response(200, to_text(write_signals(command->signals))); }, put_atom_v,
      payload<put_signals>{command});
}

} // namespace

void add_signal_routes(router& routes, api& x) {
  constexpr auto one = "/admin/v1/tenants/{tenant}/users/{user_hash}/signals";
  route_options admin;
  admin.admin = true;
  admin.body_bytes_max = signals_bytes_max;
  auto checked = [&x](auto handle) -> route_handler {
    return [&x, handle](const request& req, const route_params& path, exchange_ptr out) {
      auto slot = tenant_slot(x, path.at("tenant"));
      auto bad = check_user_hash(path.at("user_hash"));
      if (!bad)
        bad = check_if_match(req);
      if (!slot || bad)
        out->complete(problem(req, slot ? *bad : slot.error()));
      else
        handle(req, *slot, path, std::move(out));
    };
  };
  routes.add("GET", one, admin, checked([&x](auto& req, auto&, auto& path, auto out) {
               show_signals(x, req, path.at("tenant"), path.at("user_hash"), std::move(out));
             }));
  routes.add("PUT", one, admin, checked([&x](auto& req, auto& slot, auto& path, auto out) {
               store_signals(x, req, slot, path.at("user_hash"), std::move(out));
             }));
}

} // namespace kinora::http
