// One connection of the httplib listener. Internal to it: includes httplib.h.
#pragma once

#include "http/body_reader.hpp"
#include "http/connection_registry.hpp"
#include "http/inbound_request.hpp"
#include "http/router.hpp"
#include "http/timed_socket.hpp"

#include <httplib.h>

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#if !defined(CPPHTTPLIB_OPENSSL_SUPPORT) || !defined(CPPHTTPLIB_ZLIB_SUPPORT) ||                             \
    !defined(CPPHTTPLIB_BROTLI_SUPPORT)
#error                                                                                                       \
    "compile with pkg-config's flags of cpp-httplib: without them its classes have another size than in the library"
#endif

namespace kinora::http {

/// What httplib sees of a connection: for each request a head of our own making that says only whether there
/// is a body, then the bytes of that body. What the client sent never reaches httplib's parsers.
class checked_stream final : public httplib::Stream {
public:
  checked_stream(timed_socket& socket, std::chrono::milliseconds write_timeout)
      : socket_{socket}, write_timeout_{write_timeout} {}

  /// Starts the next request. `body` is null or lives until the answer is written.
  void begin(std::string_view head, body_reader* body);

  /// Sends what is written and not sent yet. Returns false when the client is gone or too slow.
  bool flush();

  bool is_readable() const override { return true; }
  bool is_writable() const override { return true; }
  ssize_t read(char* out, std::size_t size) override;
  ssize_t write(const char* data, std::size_t size) override;
  void get_remote_ip_and_port(std::string&, int&) const override {}
  void get_local_ip_and_port(std::string&, int&) const override {}
  /// None: httplib would select() on it, which is undefined from descriptor 1024 on.
  socket_t socket() const override { return INVALID_SOCKET; }

private:
  timed_socket& socket_;
  std::chrono::milliseconds write_timeout_;
  std::string_view head_; ///< What is left of it.
  body_reader* body_ = nullptr;
  std::string output_;
  steady_time write_deadline_;
  bool broken_ = false; ///< Something was not sent; httplib does not say so.
};

/// Serves one connection on the calling thread, request after request.
class httplib_connection {
public:
  /// Has httplib read one request from the stream and answer it.
  using processor = std::function<void(httplib::Stream&)>;

  httplib_connection(int fd, const listener_options& options, const router& routes,
                     connection_registry& registry, processor process);
  ~httplib_connection();
  httplib_connection(const httplib_connection&) = delete;
  httplib_connection& operator=(const httplib_connection&) = delete;

  /// Returns when the connection is to be closed.
  void run();

  /// The connection that this thread serves: httplib's handlers are told of no context.
  static httplib_connection& current();

  /// httplib's handler: answers the request at hand. `body` is null when there is none to read.
  void handle(httplib::Response& out, const httplib::ContentReader* body);

  /// httplib's last hook before the headers are written: makes them ours.
  void finish_headers(httplib::Response& out);

private:
  bool await_request();
  bool serve_request();
  bool read_head();
  void expect_body();
  void read_body(const httplib::ContentReader& body);
  response ask_router();
  void close_gently(bool body_unread);

  const listener_options& options_;
  const router& routes_;
  connection_registry& registry_;
  processor process_;
  timed_socket socket_;
  checked_stream stream_;
  live_connection live_;
  std::size_t served_ = 0;

  // The request at hand.
  inbound_request at_hand_;
  steady_time head_deadline_;
  std::optional<body_reader> body_;
};

} // namespace kinora::http
