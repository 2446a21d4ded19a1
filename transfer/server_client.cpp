#include "transfer/server_client.hpp"

#include "domain/text.hpp"
#include "http/json_text.hpp"

#include <boost/json/object.hpp>
#include <httplib.h>

#include <algorithm>
#include <charconv>
#include <thread>

namespace kinora {

namespace {

using namespace std::chrono_literals;

constexpr auto connect_timeout = 5s;
constexpr auto answer_timeout = 60s; ///< Longer than ANSWER_TIMEOUT_MS as it is by default.
constexpr auto pause_min = 100ms;
constexpr auto pause_max = 5'000ms;
constexpr auto stop_interval = 50ms; ///< How often a pause looks whether the process is to end.

bool may_work_later(int status) {
  return status == 429 || status == 503 || status == 504 || status == 507;
}

/// "503: Not stored: the disk is full", as far as the answer says it.
std::string described(const server_answer& x) {
  auto out = std::to_string(x.status);
  const auto body = http::parse_json(x.body, "body");
  if (const auto* members = body ? body->if_object() : nullptr)
    for (auto key : {"title", "detail"})
      if (const auto* text = members->if_contains(key); text && text->is_string())
        out.append(": ").append(std::string_view{text->get_string()});
  return out;
}

} // namespace

result<server_address> parse_server(std::string_view url) {
  constexpr std::string_view scheme = "http://";
  const auto refusal = [](const std::string& why) { return invalid("--server", why); };
  if (url.starts_with("https://"))
    return refusal("speaks no TLS: give http://HOST:PORT of the admin port, through a tunnel if it is far");
  if (!url.starts_with(scheme))
    return refusal("must be http://HOST:PORT, the address of the admin port");
  url.remove_prefix(scheme.size());
  if (url.ends_with('/'))
    url.remove_suffix(1);
  const auto colon = url.rfind(':');
  auto host = url.substr(0, colon);
  const auto port_text = colon == url.npos ? std::string_view{} : url.substr(colon + 1);
  if (host.starts_with('[') && host.ends_with(']'))
    host = host.substr(1, host.size() - 2);
  server_address out{std::string{host}, 0};
  const auto [end, error] = std::from_chars(port_text.data(), port_text.data() + port_text.size(), out.port);
  if (host.empty() || !is_printable(host) || host.find('/') != host.npos || port_text.empty() ||
      error != std::errc{} || end != port_text.data() + port_text.size() || out.port == 0)
    return refusal("must be http://HOST:PORT, the address of the admin port");
  return out;
}

struct server_client::connection {
  connection(const server_address& to, const std::string& token) : client{to.host, to.port} {
    client.set_keep_alive(true);
    client.set_tcp_nodelay(true);
    client.set_connection_timeout(connect_timeout);
    client.set_read_timeout(answer_timeout);
    client.set_write_timeout(answer_timeout);
    client.set_default_headers({{"Authorization", "Bearer " + token}});
  }

  httplib::Client client;
};

server_client::server_client(server_client_options options)
    : options_{std::move(options)}, connection_{std::make_unique<connection>(options_.to, options_.token)} {}

server_client::~server_client() = default;

result<server_answer> server_client::send_once(const std::string& method, const std::string& path,
                                               const std::string& body, const std::string& content_type) {
  httplib::Request request;
  request.method = method;
  request.path = path;
  request.body = body;
  if (method != "GET")
    request.set_header("Content-Type", content_type);
  const auto done = connection_->client.send(request);
  if (!done)
    return failure{errc::unavailable, "--server",
                   options_.to.host + ":" + std::to_string(options_.to.port) +
                       " does not answer: " + httplib::to_string(done.error())};
  return server_answer{done->status, done->body};
}

/// False when the process is to end meanwhile.
bool server_client::pause(std::chrono::milliseconds x) const {
  for (; x > 0ms && !options_.is_stopped(); x -= stop_interval)
    std::this_thread::sleep_for(std::min<std::chrono::milliseconds>(x, stop_interval));
  return !options_.is_stopped();
}

result<server_answer> server_client::send(const std::string& method, const std::string& path,
                                          const std::string& body, const std::string& content_type) {
  const auto until = std::chrono::steady_clock::now() + options_.patience;
  for (std::chrono::milliseconds wait = pause_min;;
       wait = std::min<std::chrono::milliseconds>(2 * wait, pause_max)) {
    auto answer = send_once(method, path, body, content_type);
    if (answer && (answer->status == 401 || answer->status == 403))
      return failure{errc::unauthorized, "--token-file",
                     "the server refuses the token: " + described(*answer)};
    if (answer && !may_work_later(answer->status))
      return answer;
    if (std::chrono::steady_clock::now() + wait >= until)
      return failure{errc::unavailable, "--server",
                     "given up after " + std::to_string(options_.patience.count()) +
                         " s: " + (answer ? described(*answer) : answer.error().detail)};
    if (!pause(wait))
      return failure{errc::unavailable, {}, "interrupted; the same command goes on from here"};
  }
}

failure server_client::unexpected(const std::string& method, const std::string& path,
                                  const server_answer& x) const {
  return {errc::unavailable, "--server", method + ' ' + path + " was answered " + described(x)};
}

} // namespace kinora
