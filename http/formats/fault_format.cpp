#include "http/formats/fault_format.hpp"

#include "domain/ids.hpp"
#include "http/formats/json_reader.hpp"

#include <utility>

namespace kinora::http {

namespace {

namespace json = boost::json;

result<std::chrono::milliseconds> parse_delay(const json::value& value) {
  const auto ms = whole_number_between{0, 60'000}(value);
  if (!ms)
    return ms.error();
  return std::chrono::milliseconds{*ms};
}

result<std::string> parse_tenant(const json::value& value) {
  auto id = text_between{1, tenant_id_bytes_max}(value);
  if (!id)
    return id;
  if (const auto why = check_tenant_id(*id))
    return invalid("", why->detail);
  return id;
}

} // namespace

result<actor_fault> parse_actor_fault(const json::value& value) {
  actor_fault out;
  object_reader in{value};
  in.read("crash_on_start", out.crash_on_start, parse_bool);
  in.read("hang", out.hang, parse_bool);
  in.refuse_unknown();
  return in.finish(out);
}

result<dependency_fault> parse_dependency_fault(const json::value& value) {
  dependency_fault out;
  object_reader in{value};
  in.read("delay_ms", out.delay, parse_delay);
  in.read("busy_ms", out.busy, parse_delay);
  in.read("error_rate", out.error_rate, number_between{0.0, 1.0});
  in.read("hang", out.hang, parse_bool);
  in.read("throw", out.throws, parse_bool);
  in.read("tenant", out.tenant, parse_tenant);
  in.refuse_unknown();
  return in.finish(std::move(out));
}

} // namespace kinora::http
