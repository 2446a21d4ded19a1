// Who makes a request of the admin API.
#pragma once

#include "domain/audit.hpp"
#include "http/router.hpp"

namespace kinora::http {

/// The author of what a request changes.
inline author author_of(const request& req, const route_params& params) {
  const auto& caller = params.caller();
  return caller ? author{caller->id, caller->name, req.request_id} : author{{}, {}, req.request_id};
}

} // namespace kinora::http
