// Who makes a request of the admin API.
#pragma once

#include "domain/audit.hpp"
#include "http/router.hpp"

#include <memory>
#include <string>
#include <string_view>

namespace kinora::http {

/// The author of what a request changes.
inline author author_of(const request& req, const route_params& params) {
  const auto& caller = params.caller();
  return caller ? author{caller->id, caller->name, req.request_id} : author{{}, {}, req.request_id};
}

/// What the log says of a batch that is imported for the tenant in the path.
inline std::shared_ptr<const audit_entry> note_of_import(const request& req, const route_params& params,
                                                         std::string_view action) {
  return std::make_shared<const audit_entry>(
      make_audit_entry(req.now, author_of(req, params), action, params.at("tenant"), {},
                       {{}, "{\"bytes\":" + std::to_string(req.body.size()) + "}"}));
}

} // namespace kinora::http
