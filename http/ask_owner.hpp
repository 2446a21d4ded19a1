#pragma once

#include "actors/messages.hpp"
#include "http/api.hpp"
#include "http/inputs.hpp"
#include "http/problem.hpp"

#include <type_traits>
#include <utility>

namespace kinora::http {

/// Asks the actor in a slot on behalf of an admin request, and answers the request with what comes of it:
/// `on_value(const Result&)`, or `on_value()` when `Result` is void, makes the response; an error, a timeout
/// or an empty slot becomes a problem. Costs a short-lived actor; for everything but feeds.
template <class Handle, class Result, class OnValue, class... Ts>
void ask_owner(api& x, const request& req, exchange_ptr out, const record_ptr& slot, OnValue on_value,
               Ts... message) {
  auto owner = caf::actor_cast<Handle>(slot->handle());
  if (!owner) {
    out->complete(problem(req, errc::unavailable, slot->path() + " is restarting"));
    return;
  }
  auto fail = [out, head = without_body(req), path = slot->path()](const caf::error& why) {
    auto code = to_errc(why);
    auto detail = code == errc::actor_crashed ? path + " ended while it answered" : detail_of(why);
    if (detail.empty() && code == errc::timeout)
      detail = path + " did not answer in time; whether the change was made is not known";
    else if (detail.empty() && code == errc::unavailable)
      detail = path + " ended before it answered";
    out->complete(problem(head, code, std::move(detail)));
  };
  auto timeout = x.options.admin_timeout;
  x.tree.system().spawn([=](caf::event_based_actor* self) {
    self->set_exception_handler([](std::exception_ptr& what) { return port::to_exit_reason(what); });
    auto answer = port::ask(self, owner, timeout, message...);
    if constexpr (std::is_void_v<Result>)
      answer.then([out, on_value] { out->complete(on_value()); }, fail);
    else
      answer.then([out, on_value](const Result& value) { out->complete(on_value(value)); }, fail);
  });
}

} // namespace kinora::http
