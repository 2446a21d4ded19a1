#include "http/api.hpp"
#include "http/caller.hpp"
#include "http/formats/fault_format.hpp"
#include "http/inputs.hpp"
#include "http/json_text.hpp"
#include "http/problem.hpp"

namespace kinora::http {

namespace {

result<record_ptr> actor_slot(const api& x, const std::string& path) {
  if (auto slot = x.tree.slots()->find(path))
    return slot;
  return failure{errc::not_found, {}, "there is no actor '" + path + "'; GET /admin/v1/actors lists them"};
}

response kill(const api& x, const request& req, const std::string& path) {
  auto slot = actor_slot(x, path);
  if (!slot)
    return problem(req, slot.error());
  port::send_exit((*slot)->handle(), caf::exit_reason::kill);
  return json_response(202, to_text(boost::json::object{{"path", path}}));
}

response set_actor_fault(const api& x, const request& req, const std::string& path) {
  auto slot = actor_slot(x, path);
  if (!slot)
    return problem(req, slot.error());
  auto body = parse_json(req.body, "body");
  auto wanted = body ? parse_actor_fault(*body) : result<actor_fault>{body.error()};
  if (!wanted)
    return problem(req, wanted.error());
  if (wanted->crash_on_start)
    (*slot)->set_crash_on_start(*wanted->crash_on_start);
  if (wanted->hang)
    (*slot)->set_hang(*wanted->hang);
  return json_response(200, to_text(boost::json::object{{"path", path},
                                                        {"crash_on_start", (*slot)->crash_on_start()},
                                                        {"hang", (*slot)->hangs()}}));
}

response clear_actor_fault(const api& x, const request& req, const std::string& path) {
  auto slot = actor_slot(x, path);
  if (!slot)
    return problem(req, slot.error());
  (*slot)->set_crash_on_start(false);
  (*slot)->set_hang(false);
  return response{204, {}, {}};
}

result<fault_board*> dependency_board(const api& x, const std::string& name) {
  if (name == "signals")
    return &x.tree.faults()->signals;
  if (name == "ranking")
    return &x.tree.faults()->ranking;
  return failure{errc::not_found, {}, "faults can be put into signals and ranking, not into '" + name + "'"};
}

response set_dependency_fault(const api& x, const request& req, const std::string& name) {
  auto board = dependency_board(x, name);
  if (!board)
    return problem(req, board.error());
  auto body = parse_json(req.body, "body");
  auto wanted = body ? parse_dependency_fault(*body) : result<dependency_fault>{body.error()};
  if (!wanted)
    return problem(req, wanted.error());
  if (wanted->busy.count() > 0 && *board != &x.tree.faults()->signals)
    return problem(req, invalid("busy_ms", "only signals have workers with threads of their own"));
  (*board)->set(wanted->tenant, *wanted);
  return json_response(200, to_text(*body));
}

response clear_dependency_fault(const api& x, const request& req, const std::string& name) {
  auto board = dependency_board(x, name);
  if (!board)
    return problem(req, board.error());
  (*board)->clear();
  return response{204, {}, {}};
}

/// A handler that answers at once from one path parameter. It tells the audit log, and does not wait for it:
/// what hurts the log must be possible to take back.
template <class Handle>
route_handler with(api& x, const char* action, const char* param, Handle handle) {
  return [=, &x](const request& req, const route_params& params, exchange_ptr out) {
    const auto& target = params.at(param);
    auto answer = handle(x, req, target);
    if (answer.status < 300)
      port::tell(caf::actor_cast<audit_actor>(x.tree.reach()->audit->handle()), note_atom_v,
                 payload<audit_entry>{std::make_shared<const audit_entry>(
                     make_audit_entry(req.now, author_of(req, params), action, {}, target, {{}, req.body}))});
    out->complete(std::move(answer));
  };
}

} // namespace

void add_chaos_routes(router& routes, api& x) {
  const auto options = admin_route(permission::administer);
  routes.add("POST", "/admin/v1/actors/{path*}/kill", options, with(x, "actor.kill", "path", kill));
  routes.add("PUT", "/admin/v1/actors/{path*}/faults", options,
             with(x, "actor.fault", "path", set_actor_fault));
  routes.add("DELETE", "/admin/v1/actors/{path*}/faults", options,
             with(x, "actor.heal", "path", clear_actor_fault));
  routes.add("PUT", "/admin/v1/faults/{name}", options, with(x, "fault.put", "name", set_dependency_fault));
  routes.add("DELETE", "/admin/v1/faults/{name}", options,
             with(x, "fault.delete", "name", clear_dependency_fault));
}

} // namespace kinora::http
