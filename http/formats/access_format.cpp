#include "http/formats/access_format.hpp"

#include "domain/ids.hpp"
#include "domain/timestamp.hpp"
#include "http/formats/json_reader.hpp"

#include <boost/json/array.hpp>

#include <algorithm>

namespace kinora::http {

namespace {

namespace json = boost::json;

result<role> parse_role(const json::value& value) {
  const auto* text = value.if_string();
  const auto found = text ? role_of({text->data(), text->size()}) : std::nullopt;
  if (!found)
    return invalid("", "is not a role: viewer, editor, admin");
  return *found;
}

result<std::vector<std::string>> parse_tenants(const json::value& value) {
  auto out = text_list{token_tenants_max, {1, tenant_id_bytes_max}}(value);
  if (!out)
    return out;
  if (out->empty())
    return invalid("", "names no tenant; leave it out where the token is limited to none");
  for (std::size_t i = 0; i < out->size(); ++i)
    if (auto bad = check_tenant_id((*out)[i]))
      return at_index(i, {bad->code, {}, bad->detail});
  std::ranges::sort(*out);
  const auto repeated = std::ranges::unique(*out);
  out->erase(repeated.begin(), repeated.end());
  return out;
}

} // namespace

result<principal> parse_principal(const json::value& value) {
  principal out;
  object_reader in{value};
  in.require("name");
  in.require("role");
  in.read("name", out.name, text_between{1, access_name_bytes_max});
  in.read("role", out.as, parse_role);
  in.read("tenants", out.tenants, parse_tenants);
  in.refuse_unknown();
  if (in.fault() == nullptr && out.as == role::editor && out.tenants.empty())
    return invalid("tenants", "an editor names the tenants whose rules and videos it changes");
  if (in.fault() == nullptr && out.as == role::admin && !out.tenants.empty())
    return invalid("tenants", "an admin is not limited to tenants");
  return in.finish(std::move(out));
}

json::object write_principal(const principal& x) {
  json::value tenants(nullptr);
  if (x.is_limited())
    tenants = json::array(x.tenants.begin(), x.tenants.end());
  return {{"id", x.id}, {"name", x.name}, {"role", kinora::to_string_view(x.as)}, {"tenants", tenants}};
}

json::object write_token(const access_token& x) {
  auto out = write_principal(x.who);
  out["created_at"] = to_rfc3339(x.created_at);
  out["created_by"] = x.created_by;
  return out;
}

} // namespace kinora::http
