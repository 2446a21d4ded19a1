#pragma once

#include "http/api.hpp"

#include <string>

namespace kinora::http {

/// The slot of the tenant that a path names: `not_found` when there is none, `invalid_argument` for an id
/// that cannot be one.
result<record_ptr> tenant_slot(const api& x, const std::string& tenant);

} // namespace kinora::http
