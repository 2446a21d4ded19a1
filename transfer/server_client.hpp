#pragma once

#include "domain/result.hpp"

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace kinora {

/// Where a server's admin port is.
struct server_address {
  std::string host;
  std::uint16_t port = 0;
  bool operator==(const server_address&) const = default;
};

/// Reads `http://HOST:PORT`, with `[...]` around an IPv6 address. The failure's field is "--server".
result<server_address> parse_server(std::string_view url);

struct server_client_options {
  server_address to;
  std::string token;                 ///< Of the admin API.
  std::chrono::seconds patience{60}; ///< From the first failure of a request on, until it is given up.
  std::function<bool()> is_stopped;  ///< Somebody wants the process to end.
};

struct server_answer {
  int status = 0;
  std::string body;
};

/// A client of a server's admin API for one thread. What is sent may be sent again: after a lost connection,
/// and after answers that say that it would work later (429, 503, 504, 507), it is, with growing pauses.
class server_client {
public:
  explicit server_client(server_client_options options);
  ~server_client();
  server_client(const server_client&) = delete;
  server_client& operator=(const server_client&) = delete;

  /// Fails when the patience is over, when the token is not right (401, 403), and when the process is to end.
  result<server_answer> send(const std::string& method, const std::string& path, const std::string& body,
                             const std::string& content_type);

  /// The failure that an answer nobody expected is: with the status, and what the problem says.
  failure unexpected(const std::string& method, const std::string& path, const server_answer& x) const;

private:
  struct connection; ///< Keeps cpp-httplib out of the header.

  result<server_answer> send_once(const std::string& method, const std::string& path, const std::string& body,
                                  const std::string& content_type);
  bool pause(std::chrono::milliseconds x) const;

  server_client_options options_;
  std::unique_ptr<connection> connection_;
};

} // namespace kinora
