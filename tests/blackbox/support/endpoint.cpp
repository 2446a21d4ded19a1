#include "tests/blackbox/support/endpoint.hpp"

#include <arpa/inet.h>
#include <boost/json/parse.hpp>
#include <httplib.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cstring>
#include <stdexcept>

namespace kinora::blackbox {

namespace {

using clock = std::chrono::steady_clock;

bool same_name(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](unsigned char x, unsigned char y) { return std::tolower(x) == std::tolower(y); });
}

void set_up(httplib::Client& client) {
  client.set_connection_timeout(call_timeout);
  client.set_read_timeout(call_timeout);
  client.set_write_timeout(call_timeout);
  client.set_tcp_nodelay(true);
  client.set_url_encode(false);
  client.set_decompress(false);
}

reply exchange(httplib::Client& client, const headers& always, const std::string& method,
               const std::string& target, const std::string& body, const headers& extra) {
  httplib::Request wanted;
  wanted.method = method;
  wanted.path = target;
  wanted.body = body;
  for (auto* list : {&always, &extra})
    for (auto& [name, value] : *list)
      wanted.headers.emplace(name, value);
  if (!body.empty() && !wanted.has_header("Content-Type"))
    wanted.headers.emplace("Content-Type", "application/json");
  reply out;
  const auto begin = clock::now();
  const auto result = client.send(wanted);
  out.took = clock::now() - begin;
  if (!result) {
    out.error = httplib::to_string(result.error());
    return out;
  }
  out.status = result->status;
  out.body = result->body;
  out.fields.assign(result->headers.begin(), result->headers.end());
  return out;
}

} // namespace

std::string reply::header(std::string_view name) const {
  auto found =
      std::find_if(fields.begin(), fields.end(), [&](auto& field) { return same_name(field.first, name); });
  return found == fields.end() ? std::string{} : found->second;
}

boost::json::value reply::json() const {
  boost::json::error_code bad;
  auto out = boost::json::parse(body, bad);
  if (bad)
    throw std::runtime_error{"not JSON: status " + std::to_string(status) + ", " + error + ", body: " + body};
  return out;
}

reply endpoint::send(const std::string& method, const std::string& target, const std::string& body,
                     const headers& extra) const {
  httplib::Client client{"127.0.0.1", port_};
  set_up(client);
  return exchange(client, always_, method, target, body, extra);
}

struct keep_alive_client::state {
  state(std::uint16_t port, headers x) : client{"127.0.0.1", port}, always{std::move(x)} {
    set_up(client);
    client.set_keep_alive(true);
  }

  httplib::Client client;
  headers always;
};

keep_alive_client::keep_alive_client(std::uint16_t port, headers always)
    : state_{std::make_unique<state>(port, std::move(always))} {}

keep_alive_client::~keep_alive_client() = default;

reply keep_alive_client::send(const std::string& method, const std::string& target, const std::string& body,
                              const headers& extra) {
  return exchange(state_->client, state_->always, method, target, body, extra);
}

connection::connection(std::uint16_t port) : fd_{::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)} {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  const timeval patience{call_timeout.count() / 1'000, 0};
  ::setsockopt(fd_, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience));
  if (::connect(fd_, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) != 0) {
    ::close(fd_);
    throw std::runtime_error{"no connection to port " + std::to_string(port) + ": " + std::strerror(errno)};
  }
}

connection::~connection() {
  ::close(fd_);
}

bool connection::send(std::string_view bytes) {
  while (!bytes.empty()) {
    const auto sent = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent <= 0)
      return false;
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
  return true;
}

std::string connection::receive_all(std::chrono::milliseconds timeout) {
  return receive_until({}, timeout);
}

std::string connection::receive_until(std::string_view end, std::chrono::milliseconds timeout) {
  const auto deadline = clock::now() + timeout;
  std::string out;
  while (end.empty() || out.find(end) == out.npos) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - clock::now());
    pollfd waiting{fd_, POLLIN, 0};
    if (left.count() <= 0 || ::poll(&waiting, 1, static_cast<int>(left.count())) <= 0)
      break;
    std::array<char, 16'384> bytes;
    const auto got = ::recv(fd_, bytes.data(), bytes.size(), 0);
    if (got <= 0) {
      closed_ = true;
      break;
    }
    out.append(bytes.data(), static_cast<std::size_t>(got));
  }
  return out;
}

std::string raw(std::uint16_t port, std::string_view bytes, std::chrono::milliseconds timeout) {
  connection one{port};
  one.send(bytes);
  return one.receive_all(timeout);
}

std::string percent_encode(std::string_view text) {
  std::string out;
  for (unsigned char byte : text) {
    constexpr std::string_view digits = "0123456789ABCDEF";
    if (std::isalnum(byte) != 0 ||
        std::string_view{"-._~"}.find(static_cast<char>(byte)) != std::string_view::npos)
      out += static_cast<char>(byte);
    else
      out += {'%', digits[byte >> 4], digits[byte & 15]};
  }
  return out;
}

} // namespace kinora::blackbox
