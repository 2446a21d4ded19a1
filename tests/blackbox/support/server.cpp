#include "tests/blackbox/support/server.hpp"

#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <fstream>
#include <stdexcept>

namespace kinora::blackbox {

namespace {

namespace json = boost::json;

constexpr std::chrono::seconds start_timeout{20};
constexpr int session_pages_max = 501; ///< A session has 500 items at most.

std::vector<std::string> serve_with(const std::filesystem::path& folder,
                                    const std::vector<std::string>& args) {
  std::vector<std::string> out{"serve",
                               "--port",
                               "0",
                               "--admin-port",
                               "0",
                               "--admin-token",
                               admin_token,
                               "--data-dir",
                               folder.string(),
                               "--backup-dir",
                               (folder / "backups").string()};
  if (std::ranges::find(args, "--store") == args.end())
    out.insert(out.end(), {"--store", "memory"});
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

server::server(const std::vector<std::string>& args, const environment& env) : args_{args}, env_{env} {
  start();
}

void server::restart() {
  child_.reset();
  start();
}

void server::restart(const environment& env) {
  env_ = env;
  restart();
}

void server::restart_and_kill(std::chrono::milliseconds after) {
  child_.reset();
  child_.emplace(serve_with(folder_.path(), args_), env_);
  std::this_thread::sleep_for(after);
  child_->signal(SIGKILL);
  child_->wait(start_timeout);
}

void server::start() {
  child_.emplace(serve_with(folder_.path(), args_), env_);
  const auto up = child_->wait_for_output(start_timeout, [](const std::string& out, const std::string&) {
    return listening_port(out, "public") && listening_port(out, "admin");
  });
  if (!up)
    throw std::runtime_error{"the server does not start: " + child_->out() + child_->err()};
  api_.emplace(*listening_port(child_->out(), "public"));
  admin_.emplace(*listening_port(child_->out(), "admin"),
                 headers{{"Authorization", "Bearer " + admin_token}});
}

std::optional<server::stopped> server::stop(int signal, std::chrono::milliseconds timeout) {
  const auto begin = std::chrono::steady_clock::now();
  child_->signal(signal);
  const auto ended = child_->wait(timeout);
  if (!ended)
    return std::nullopt;
  return stopped{ended->code, ended->at - begin};
}

std::size_t server::rss_kb() const {
  std::ifstream in{"/proc/" + std::to_string(child_->pid()) + "/statm"};
  std::size_t total = 0;
  std::size_t resident = 0;
  in >> total >> resident;
  return resident * static_cast<std::size_t>(::sysconf(_SC_PAGESIZE)) / 1'024;
}

std::vector<std::string> patiently(std::vector<std::string> args) {
  for (auto word : {"--feed-budget-ms", "4000", "--ranking-timeout-ms", "2000", "--signal-store-timeout-ms",
                    "2000", "--cache-timeout-ms", "1000"})
    args.emplace_back(word);
  return args;
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

std::vector<std::string> session_of(const endpoint& from, const std::string& tenant, const std::string& user,
                                    const std::string& limit) {
  const auto query = "user_hash=" + user + "&limit=" + limit;
  std::vector<std::string> out;
  std::string cursor;
  for (int pages = 0; pages <= session_pages_max; ++pages) {
    const auto page = feed(from, tenant, query + cursor);
    for (auto& id : ids_of(page))
      out.push_back(id);
    if (!page.at("has_more").as_bool())
      return out;
    cursor = "&cursor=" + std::string{page.at("next_cursor").as_string()};
  }
  throw std::runtime_error{"the session of " + user + " does not end"};
}

std::string problem_of(const reply& answer) {
  try {
    const auto body = answer.json();
    const auto is_complete = answer.header("Content-Type") == "application/problem+json" &&
                             body.at("status").as_int64() == answer.status &&
                             !body.at("type").as_string().empty() && !body.at("title").as_string().empty() &&
                             std::string{body.at("instance").as_string()} == answer.header("X-Request-ID");
    if (is_complete) {
      auto* errors = body.as_object().if_contains("errors");
      auto field =
          errors != nullptr ? " " + std::string{errors->at(0).at("field").as_string()} : std::string{};
      return std::to_string(answer.status) + field;
    }
  } catch (const std::exception&) { // shown below
  }
  return "no problem: " + std::to_string(answer.status) + " " + answer.error + answer.body;
}

const reply& must(int status, const reply& answer) {
  if (answer.status != status)
    throw std::runtime_error{"status " + std::to_string(answer.status) + " instead of " +
                             std::to_string(status) + ": " + answer.error + answer.body};
  return answer;
}

void put_tenant(const server& to, const std::string& tenant, const std::string& rules,
                const std::string& videos) {
  const auto path = "/admin/v1/tenants/" + tenant;
  if (const auto answer = to.admin().put(path, rules); answer.status != 201)
    must(200, answer);
  if (videos.empty())
    return;
  const auto answer = to.admin().put(path + "/videos?replace=true", videos);
  if (must(200, answer).json().at("rejected_count").to_number<int>() != 0)
    throw std::runtime_error{"videos were rejected: " + answer.body};
}

std::string kept_by(const server& from) {
  auto show = [&](const std::string& target) {
    const auto answer = from.admin().get(target);
    return must(200, answer).header("ETag") + answer.body + '\n';
  };
  auto out = show("/admin/v1/flags") + show("/admin/v1/tenants");
  const auto tenants = from.admin().get("/admin/v1/tenants").json();
  for (auto& tenant : tenants.at("tenants").as_array()) {
    const auto path = "/admin/v1/tenants/" + std::string{tenant.at("id").as_string()};
    out += show(path) + show(path + "/videos?limit=1000");
  }
  return out;
}

} // namespace kinora::blackbox
