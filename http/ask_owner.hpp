#pragma once

#include "actors/messages.hpp"
#include "http/api.hpp"
#include "http/inputs.hpp"
#include "http/problem.hpp"

#include <type_traits>
#include <utility>

namespace kinora::http {

/// Asks the actor in a slot on behalf of a request. `on_value(const Result&)`, or `on_value()` when `Result`
/// is void, goes on with what comes of it, on another thread and when `req` may be gone; an error, a timeout
/// or an empty slot answers the request with a problem. Costs a short-lived actor; for everything but feeds.
template <class Handle, class Result, class OnValue, class... Ts>
void ask_then(api& x, const request& req, exchange_ptr out, const record_ptr& slot, OnValue on_value,
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
    port::ask(self, owner, timeout, message...).then(on_value, fail);
  });
}

/// The same, where `on_value` makes the response.
template <class Handle, class Result, class OnValue, class... Ts>
void ask_owner(api& x, const request& req, exchange_ptr out, const record_ptr& slot, OnValue on_value,
               Ts... message) {
  if constexpr (std::is_void_v<Result>)
    ask_then<Handle, Result>(
        x, req, out, slot, [out, on_value] { out->complete(on_value()); }, std::move(message)...);
  else
    ask_then<Handle, Result>(
        x, req, out, slot, [out, on_value](const Result& value) { out->complete(on_value(value)); },
        std::move(message)...);
}

} // namespace kinora::http
