#include "http/formats/versions_format.hpp"

#include "domain/timestamp.hpp"
#include "http/formats/json_diff.hpp"
#include "http/formats/json_reader.hpp"
#include "http/formats/rules_format.hpp"

#include <boost/json/array.hpp>

namespace kinora::http {

namespace {

namespace json = boost::json;

json::object write_head(const versioned_rules& x) {
  return {{"version", x.version}, {"author", x.author}, {"at", to_rfc3339(x.saved_at)}};
}

} // namespace

json::object write_versions(const std::vector<versioned_rules>& all) {
  json::array versions;
  json::object before;
  for (auto& x : all) {
    auto rules = write_rules(x.rules);
    auto shown = write_head(x);
    shown["changes"] = nullptr;
    if (!before.empty())
      shown["changes"] = {{"before", differing_members(before, rules)},
                          {"after", differing_members(rules, before)}};
    before = std::move(rules);
    versions.insert(versions.begin(), std::move(shown));
  }
  return {{"versions", std::move(versions)}};
}

json::object write_version(const versioned_rules& x) {
  auto out = write_head(x);
  out["rules"] = write_rules(x.rules);
  return out;
}

result<std::uint32_t> parse_rollback(const json::value& value) {
  std::uint32_t out = 0;
  object_reader in{value};
  in.require("version");
  in.read("version", out, whole_number_between{1, std::numeric_limits<std::uint32_t>::max()});
  in.refuse_unknown();
  return in.finish(out);
}

} // namespace kinora::http
