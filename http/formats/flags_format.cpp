#include "http/formats/flags_format.hpp"

#include "http/formats/json_reader.hpp"

namespace kinora::http {

namespace json = boost::json;

result<flags_patch> parse_flags_patch(const json::value& value) {
  flags_patch out;
  object_reader in{value};
  in.read("personalization_enabled", out.personalization_enabled, parse_bool);
  in.read("kill_switch_active", out.kill_switch_active, parse_bool);
  in.read("rollout_percentage", out.rollout_percentage, number_between{0.0, 100.0});
  in.refuse_unknown();
  const auto patch = in.finish(out);
  if (!patch)
    return patch;
  for (const auto& member : value.get_object())
    if (member.value().is_null())
      return at_member(member.key(),
                       invalid("", "is null, which would remove the flag; flags cannot be removed"));
  return patch;
}

json::object write_flags(const global_flags& flags) {
  json::object out;
  out["personalization_enabled"] = flags.personalization_enabled;
  out["kill_switch_active"] = flags.kill_switch_active;
  out["rollout_percentage"] = flags.rollout_percentage;
  return out;
}

} // namespace kinora::http
