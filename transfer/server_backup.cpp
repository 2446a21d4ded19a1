#include "transfer/server_backup.hpp"

#include "http/json_text.hpp"

#include <boost/json/object.hpp>

#include <chrono>
#include <thread>

namespace kinora {

namespace {

namespace json = boost::json;

constexpr auto route = "/admin/v1/backup";
constexpr std::chrono::milliseconds look_interval{500};

server_backup read_report(const json::object& x) {
  const auto* path = x.if_contains("path");
  const auto* bytes = x.if_contains("bytes");
  return {path && path->is_string() ? std::string{path->get_string()} : std::string{},
          bytes && bytes->is_number() ? bytes->to_number<std::uint64_t>() : 0};
}

std::string text_of(const json::object& x, std::string_view key) {
  const auto* value = x.if_contains(key);
  return value && value->is_string() ? std::string{value->get_string()} : std::string{};
}

} // namespace

result<server_backup> back_up_server(server_client_options options) {
  auto impatient = options;
  impatient.patience = std::chrono::seconds{0}; // whoever asks again gets a second backup
  server_client asking{std::move(impatient)};
  auto answer = asking.send("POST", route, {}, {});
  if (!answer)
    return answer.error();
  server_client looking{std::move(options)};
  for (;;) {
    const auto body = http::parse_json(answer->body, "the answer");
    const auto* members = body ? body->if_object() : nullptr;
    if (answer->status == 201 && members)
      return read_report(*members);
    if ((answer->status != 202 && answer->status != 200) || !members)
      return asking.unexpected("POST", route, *answer);
    const auto state = text_of(*members, "state");
    const auto* report = members->if_contains("backup");
    if (state == "succeeded" && report && report->is_object())
      return read_report(report->get_object());
    if (state != "running")
      return failure{errc::storage_failed, "--server", "the backup failed: " + text_of(*members, "detail")};
    std::this_thread::sleep_for(look_interval);
    answer = looking.send("GET", route, {}, {});
    if (!answer)
      return answer.error();
  }
}

} // namespace kinora
