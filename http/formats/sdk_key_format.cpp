#include "http/formats/sdk_key_format.hpp"

#include "domain/timestamp.hpp"
#include "http/formats/json_reader.hpp"

namespace kinora::http {

result<std::string> parse_sdk_key_name(const boost::json::value& value) {
  std::string out;
  object_reader in{value};
  in.read("name", out, text_between{0, access_name_bytes_max});
  in.refuse_unknown();
  return in.finish(std::move(out));
}

boost::json::object write_sdk_key(const sdk_key& x) {
  return {
      {"id", x.id}, {"name", x.name}, {"created_at", to_rfc3339(x.created_at)}, {"created_by", x.created_by}};
}

} // namespace kinora::http
