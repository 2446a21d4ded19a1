#include "http/tenant_slot.hpp"

#include "domain/ids.hpp"

namespace kinora::http {

result<record_ptr> tenant_slot(const api& x, const std::string& tenant) {
  if (auto bad = check_tenant_id(tenant))
    return *bad;
  if (auto slot = x.tree.slots()->find("tenants/" + tenant))
    return slot;
  return failure{errc::not_found, {}, "there is no tenant '" + tenant + "'"};
}

} // namespace kinora::http
