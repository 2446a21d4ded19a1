#include "http/ask_owner.hpp"
#include "http/caller.hpp"
#include "http/json_text.hpp"

#include <boost/json/object.hpp>

#include <atomic>
#include <cstdint>
#include <memory>

namespace kinora::http {

namespace {

namespace json = boost::json;

json::object write_report(const backup_status& x) {
  return {{"name", x.report.name},
          {"path", x.report.path},
          {"bytes", x.report.bytes},
          {"took_ms", x.took.count()}};
}

json::object write_status(const backup_status& x) {
  json::object out{{"state", kinora::to_string_view(x.state)}};
  if (x.state == backup_status::stage::succeeded)
    out["backup"] = write_report(x);
  if (x.state == backup_status::stage::failed)
    out["detail"] = x.why.detail;
  return out;
}

response status_response(int status, const backup_status& x) {
  return json_response(status, to_text(write_status(x))).set("Location", "/admin/v1/backup");
}

/// How far a request for a backup has come; the first to leave `asked` decides.
enum class progress : std::uint8_t { asked, starting, started, given_up };

bool leave(std::atomic<progress>& x, progress to) {
  auto from = progress::asked;
  return x.compare_exchange_strong(from, to);
}

/// Noted first. A copy may take longer than any answer: past ADMIN_TIMEOUT_MS the answer says that it goes
/// on, and where its end can be seen. One that is not noted by then does not start.
void make_backup(api& x, const request& req, const route_params& params, const exchange_ptr& out) {
  if (x.tree.backups().status().state == backup_status::stage::running) {
    out->complete(problem(req, errc::conflict, "a backup is being made"));
    return;
  }
  auto now = std::make_shared<std::atomic<progress>>(progress::asked);
  out->expire_at(req.received_at + x.options.admin_timeout, [&x, now, head = without_body(req)] {
    if (leave(*now, progress::given_up))
      return problem(head, errc::timeout, "audit did not answer in time; no backup is made");
    if (*now != progress::started)
      return problem(head, errc::timeout, "whether a backup is made is not known yet");
    return status_response(202, x.tree.backups().status());
  });
  auto go_on = [&x, out, now, head = without_body(req)] {
    if (!leave(*now, progress::starting))
      return;
    auto answer = [out, head](const backup_status& done) {
      out->complete(done.state == backup_status::stage::succeeded
                        ? json_response(201, to_text(write_report(done)))
                        : problem(head, done.why));
    };
    if (auto bad = x.tree.backups().start(answer))
      out->complete(problem(head, *bad));
    else
      *now = progress::started;
  };
  auto note = make_audit_entry(req.now, author_of(req, params), "backup.create", {});
  ask_then<audit_actor, void>(x, req, out, x.tree.reach()->audit, go_on, note_atom_v,
                              payload<audit_entry>{std::make_shared<const audit_entry>(std::move(note))});
}

} // namespace

void add_backup_routes(router& routes, api& x) {
  routes.add("POST", "/admin/v1/backup", admin_route(permission::administer),
             [&x](const request& req, const route_params& params, const exchange_ptr& out) {
               make_backup(x, req, params, out);
             });
  routes.add("GET", "/admin/v1/backup", admin_route(permission::view),
             [&x](const request&, const route_params&, const exchange_ptr& out) {
               out->complete(json_response(200, to_text(write_status(x.tree.backups().status()))));
             });
}

} // namespace kinora::http
