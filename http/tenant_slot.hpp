#pragma once

#include "http/api.hpp"
#include "http/problem.hpp"

#include <string>

namespace kinora::http {

/// The slot of the tenant that a path names: `not_found` when there is none, `invalid_argument` for an id
/// that cannot be one.
result<record_ptr> tenant_slot(const api& x, const std::string& tenant);

/// A handler that runs `handle(api, request, params, slot, exchange)` with the slot of the tenant in the
/// path, and answers the problem where there is none.
template <class Handle>
route_handler for_tenant(api& x, Handle handle) {
  return [&x, handle](const request& req, const route_params& params, exchange_ptr out) {
    auto slot = tenant_slot(x, params.at("tenant"));
    if (slot)
      handle(x, req, params, *slot, std::move(out));
    else
      out->complete(problem(req, slot.error()));
  };
}

} // namespace kinora::http
