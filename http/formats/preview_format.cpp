#include "http/formats/preview_format.hpp"

#include "domain/ids.hpp"
#include "domain/timestamp.hpp"
#include "http/formats/json_reader.hpp"
#include "http/formats/rules_format.hpp"
#include "http/formats/signals_format.hpp"

#include <utility>

namespace kinora::http {

namespace {

namespace json = boost::json;

result<wall_time> parse_unix_time(const json::value& value) {
  if (!value.is_number())
    return invalid("", "must be a Unix time in seconds");
  return from_unix_number(value.to_number<double>());
}

} // namespace

result<preview_request> parse_preview(const json::value& value, std::size_t limit_default,
                                      std::size_t limit_max, wall_time now) {
  preview_request out;
  out.limit = limit_default;
  out.now = now;
  std::optional<std::string> user;
  object_reader in{value};
  in.read("user_hash", user, text_between{1, user_hash_bytes_max});
  in.read("signals", out.signals, parse_signals);
  in.read("rules", out.rules, parse_rules);
  in.read("limit", out.limit, whole_number_between{1, static_cast<std::uint32_t>(limit_max)});
  in.read("now", out.now, parse_unix_time);
  in.refuse_unknown();
  auto request = in.finish(std::move(out));
  if (!request)
    return request;
  if (user.has_value() == request->signals.has_value())
    return invalid("user_hash", "exactly one of user_hash and signals must be given");
  request->user = std::move(user).value_or("");
  return request;
}

} // namespace kinora::http
