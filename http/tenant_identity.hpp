#pragma once

#include "http/api.hpp"

#include <string>

namespace kinora::http {

/// Which tenant a request of the public API is for.
struct tenant_identity {
  std::string tenant;
  bool by_key = false; ///< An SDK key says so, not just a header.
};

/// The tenant of the SDK key that comes as "Authorization: Bearer", with which X-Tenant-ID may only agree
/// (`forbidden`). Without a key, where none is required, the tenant is X-Tenant-ID's or the default one; what
/// else there is in Authorization is not looked at. A key that is not good is `unauthorized`, required or
/// not; `unavailable` when nobody can say, because the tenant has not come up.
result<tenant_identity> identify_tenant(const api& x, const request& req);

} // namespace kinora::http
