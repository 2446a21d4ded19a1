#pragma once

#include "http/ask_owner.hpp"

#include <memory>
#include <string>

namespace kinora::http {

/// Asks a signal fetcher about a user, with `fetch_atom` for a `payload<ranking_signals>` or `find_atom` for
/// a `payload<user_record>`; nullptr of either: nothing is known of the user. Goes on as `ask_then` does.
template <class Result, class Atom, class OnValue>
void ask_fetcher(api& x, const request& req, exchange_ptr out, Atom what, const std::string& tenant,
                 const std::string& user, OnValue on_value) {
  auto& reach = *x.tree.reach();
  auto place = reach.signal_reads->enter();
  if (!place) {
    out->complete(problem(req, errc::overloaded, "too many reads of signals are under way"));
    return;
  }
  auto worker = reach.fetchers.next();
  if (!worker) {
    out->complete(problem(req, errc::unavailable, "no signal fetcher is running"));
    return;
  }
  auto deadline = std::chrono::steady_clock::now() + x.options.admin_timeout;
  auto job =
      std::make_shared<const signals_job>(tenant, user, deadline, std::move(place), worker->load->enter());
  ask_then<signal_fetcher_actor, Result>(x, req, std::move(out), worker->record, on_value, what,
                                         payload<signals_job>{job});
}

} // namespace kinora::http
