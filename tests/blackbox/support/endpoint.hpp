// An HTTP client for tests: one request a call, nothing retried, nothing decoded, no call without an end.
#pragma once

#include <boost/json/value.hpp>

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace kinora::blackbox {

using headers = std::vector<std::pair<std::string, std::string>>;

inline constexpr std::chrono::milliseconds call_timeout{5'000};

/// What came back.
struct reply {
  int status = 0; ///< 0: no answer; `error` says why.
  std::string error;
  headers fields;
  std::string body;
  std::chrono::steady_clock::duration took{};

  /// Value of a header, whatever the case of its name; empty when absent.
  std::string header(std::string_view name) const;

  /// The body as JSON. Throws `std::runtime_error` that shows the answer when it is none.
  boost::json::value json() const;
};

/// Where a reply comes from: a port of this machine, and the headers sent with every request. Every call uses
/// a connection of its own.
class endpoint {
public:
  explicit endpoint(std::uint16_t port, headers always = {}) : port_{port}, always_{std::move(always)} {}

  std::uint16_t port() const { return port_; }

  /// `target` is path and query, sent as it is. A body is `application/json` unless `extra` says otherwise.
  reply send(const std::string& method, const std::string& target, const std::string& body = {},
             const headers& extra = {}) const;

  reply get(const std::string& target, const headers& extra = {}) const {
    return send("GET", target, {}, extra);
  }
  reply head(const std::string& target, const headers& extra = {}) const {
    return send("HEAD", target, {}, extra);
  }
  reply put(const std::string& target, const std::string& body, const headers& extra = {}) const {
    return send("PUT", target, body, extra);
  }
  reply post(const std::string& target, const std::string& body = {}, const headers& extra = {}) const {
    return send("POST", target, body, extra);
  }
  reply patch(const std::string& target, const std::string& body, const headers& extra = {}) const {
    return send("PATCH", target, body, extra);
  }
  reply del(const std::string& target, const headers& extra = {}) const {
    return send("DELETE", target, {}, extra);
  }

private:
  std::uint16_t port_;
  headers always_;
};

/// A client that keeps its connection open between requests. For one thread.
class keep_alive_client {
public:
  explicit keep_alive_client(std::uint16_t port, headers always = {});
  ~keep_alive_client();

  /// As `endpoint::send`; connects anew after an answer that closed the connection or did not come.
  reply send(const std::string& method, const std::string& target, const std::string& body = {},
             const headers& extra = {});

private:
  struct state; ///< Keeps cpp-httplib's header out of the tests.
  std::unique_ptr<state> state_;
};

/// A bare connection, for what no HTTP client sends.
class connection {
public:
  explicit connection(std::uint16_t port);
  ~connection();
  connection(const connection&) = delete;
  connection& operator=(const connection&) = delete;

  /// False when the other side has closed.
  bool send(std::string_view bytes);

  /// What arrives until the other side closes or `timeout` has passed; `closed()` tells which.
  std::string receive_all(std::chrono::milliseconds timeout = call_timeout);

  /// What arrives until it contains `end`, the other side closes or `timeout` has passed.
  std::string receive_until(std::string_view end, std::chrono::milliseconds timeout = call_timeout);

  /// Whether the other side was seen to close.
  bool closed() const { return closed_; }

private:
  int fd_;
  bool closed_ = false;
};

/// Sends bytes over a connection of their own and returns what comes back until it is closed or `timeout` has
/// passed.
std::string raw(std::uint16_t port, std::string_view bytes, std::chrono::milliseconds timeout = call_timeout);

/// Escapes every byte of a path segment or query value that is not unreserved (RFC 3986).
std::string percent_encode(std::string_view text);

} // namespace kinora::blackbox
