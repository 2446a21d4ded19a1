#include "http/tenant_identity.hpp"

#include "domain/sdk_key.hpp"
#include "http/inputs.hpp"

namespace kinora::http {

namespace {

failure bad_key() {
  return {errc::unauthorized, {}, "send a valid SDK key of the tenant as \"Authorization: Bearer <key>\""};
}

} // namespace

result<tenant_identity> identify_tenant(const api& x, const request& req) {
  const auto key = bearer_token(req);
  const auto claimed = key ? tenant_of_sdk_key(*key) : std::nullopt;
  if (!claimed) {
    // One that is cut short, or comes twice, was meant to say whose request it is.
    if (x.options.require_sdk_keys || !single_header(req, "Authorization") ||
        (key && key->starts_with(sdk_key_prefix)))
      return bad_key();
    auto tenant = read_tenant(req, x.options.default_tenant);
    if (!tenant)
      return tenant.error();
    return tenant_identity{*std::move(tenant), false};
  }
  const auto board = x.tree.boards()->find(*claimed);
  if (!board)
    return bad_key();
  const auto keys = board->keys.load();
  if (!keys)
    return failure{errc::unavailable, {}, "the tenant is starting"};
  if (!keys->verify(*key))
    return bad_key();
  auto named = single_header(req, "X-Tenant-ID");
  if (!named)
    return named.error();
  if (*named && **named != *claimed)
    return failure{errc::forbidden, "X-Tenant-ID", "the SDK key is another tenant's"};
  return tenant_identity{std::string{*claimed}, true};
}

} // namespace kinora::http
