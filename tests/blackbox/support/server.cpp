#include "tests/blackbox/support/server.hpp"

#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>
#include <unistd.h>

#include <fstream>
#include <stdexcept>

namespace kinora::blackbox {

namespace {

namespace json = boost::json;

constexpr std::chrono::seconds start_timeout{20};

std::vector<std::string> serve_with(const std::filesystem::path& folder,
                                    const std::vector<std::string>& args) {
  std::vector<std::string> out{
      "serve",         "--port",    "0",          "--admin-port", "0", "--store", "memory",
      "--admin-token", admin_token, "--data-dir", folder.string()};
  out.insert(out.end(), args.begin(), args.end());
  return out;
}

/// The port that the log's "listening" line of a listener names.
std::optional<std::uint16_t> listening_port(const std::string& log, std::string_view listener) {
  for (auto& line : lines_of(log)) {
    json::error_code bad;
    const auto parsed = json::parse(line, bad);
    if (bad || !parsed.is_object())
      continue;
    auto& fields = parsed.as_object();
    auto is = [&](const char* key, std::string_view wanted) {
      auto* value = fields.if_contains(key);
      return value != nullptr && value->is_string() &&
             value->as_string() == json::string_view{wanted.data(), wanted.size()};
    };
    if (is("msg", "listening") && is("listener", listener))
      return static_cast<std::uint16_t>(fields.at("port").as_int64());
  }
  return std::nullopt;
}

} // namespace

server::server(const std::vector<std::string>& args, const environment& env)
    : child_{serve_with(folder_.path(), args), env} {
  const auto up = child_.wait_for_output(start_timeout, [](const std::string& out, const std::string&) {
    return listening_port(out, "public") && listening_port(out, "admin");
  });
  if (!up)
    throw std::runtime_error{"the server does not start: " + child_.out() + child_.err()};
  api_.emplace(*listening_port(child_.out(), "public"));
  admin_.emplace(*listening_port(child_.out(), "admin"), headers{{"Authorization", "Bearer " + admin_token}});
}

std::optional<server::stopped> server::stop(int signal, std::chrono::milliseconds timeout) {
  const auto begin = std::chrono::steady_clock::now();
  child_.signal(signal);
  const auto ended = child_.wait(timeout);
  if (!ended)
    return std::nullopt;
  return stopped{ended->code, ended->at - begin};
}

std::size_t server::rss_kb() const {
  std::ifstream in{"/proc/" + std::to_string(child_.pid()) + "/statm"};
  std::size_t total = 0;
  std::size_t resident = 0;
  in >> total >> resident;
  return resident * static_cast<std::size_t>(::sysconf(_SC_PAGESIZE)) / 1'024;
}

json::object feed(const endpoint& from, const std::string& tenant, const std::string& query) {
  const auto answer = from.get("/v1/feed?" + query, {{"X-Tenant-ID", tenant}});
  if (answer.status != 200)
    throw std::runtime_error{"feed for " + tenant + "?" + query + ": status " +
                             std::to_string(answer.status) + " " + answer.error + answer.body};
  return answer.json().as_object();
}

std::vector<std::string> ids_of(const json::object& page) {
  std::vector<std::string> out;
  for (auto& item : page.at("items").as_array())
    out.emplace_back(item.at("id").as_string());
  return out;
}

} // namespace kinora::blackbox
