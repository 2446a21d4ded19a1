#include "http/openapi.hpp"

#include "http/json_text.hpp"

#include <boost/json/array.hpp>

#include <algorithm>
#include <vector>

namespace kinora::http {

namespace {

namespace json = boost::json;

const json::value chaos_tag("chaos");

/// Operations of an item of `paths`; its other members are lists.
template <class Predicate>
bool any_operation(const json::value& path_item, Predicate holds) {
  return std::ranges::any_of(path_item.as_object(), [&](const auto& member) {
    return member.value().is_object() && holds(member.value().as_object());
  });
}

bool is_chaos(const json::object& operation) {
  return operation.at("tags").at(0) == chaos_tag;
}

bool needs_token(const json::object& operation) {
  return std::ranges::any_of(operation.at("security").as_array(), [](const json::value& scheme) {
    return scheme.as_object().contains("adminToken");
  });
}

void set_default_tenant(json::object& header, const std::string& tenant) {
  header["required"] = tenant.empty();
  if (!tenant.empty())
    header["schema"] = {{"$ref", header.at("schema").at("$ref")}, {"default", tenant}};
}

void remove_chaos(json::object& document) {
  auto& paths = document.at("paths").as_object();
  std::vector<std::string> unwanted;
  for (auto& path : paths)
    if (any_operation(path.value(), is_chaos))
      unwanted.emplace_back(path.key());
  for (auto& path : unwanted)
    paths.stable_erase(path);
  auto& tags = document.at("tags").as_array();
  tags.erase(std::ranges::find(tags, chaos_tag, [](auto& tag) { return tag.at("name"); }));
}

/// What needs the token is on the admin listener alone: the second server.
void set_servers(json::object& document, std::uint16_t admin_port) {
  auto& admin = document.at("servers").as_array().at(1);
  admin.at("variables").at("port").at("default") = std::to_string(admin_port);
  for (auto& path : document.at("paths").as_object())
    if (any_operation(path.value(), needs_token))
      path.value().as_object()["servers"] = json::array{admin};
}

} // namespace

json::object make_openapi(const api_options& options) {
  auto document = parse_json(openapi_text, "openapi.json").value().as_object();
  document.at("info").at("version") = KINORA_VERSION;
  auto& components = document.at("components").as_object();
  auto& limit = components.at("schemas").at("FeedLimit");
  limit.at("maximum") = options.feed_limit_max;
  limit.at("default") = options.feed_limit_default;
  set_default_tenant(components.at("parameters").at("X-Tenant-ID").as_object(), options.default_tenant);
  if (!options.chaos)
    remove_chaos(document);
  set_servers(document, options.admin_port);
  return document;
}

} // namespace kinora::http
