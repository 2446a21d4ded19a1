// What every listener offers, however it moves its bytes.
#pragma once

#include "domain/result.hpp"
#include "http/request_head.hpp"
#include "http/router.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace kinora::http {

class tls_context;

struct listener_options {
  listener_kind kind = listener_kind::public_port;
  std::string host = "127.0.0.1";
  std::uint16_t port = 0;            ///< 0: any free one.
  std::string host_setting = "HOST"; ///< What `bind` blames.
  std::string port_setting = "PORT";

  std::shared_ptr<const tls_context> tls; ///< Null: plain HTTP. Of a listener that can do TLS.

  std::size_t connections_max =
      512; ///< At least 1. One more ends the one that is idle for longest, or waits.
  std::size_t connections_per_address_max = 0; ///< 0: any number. One more is closed at once.
  std::size_t io_threads = 2;                  ///< Of a listener that does not give one to each connection.
  std::size_t requests_in_flight_max = 512;    ///< One more is answered 503, unless its route is `always`.
  std::size_t requests_per_connection_max = 100'000;
  head_limits head;
  std::size_t body_bytes_max = 1024 * 1024; ///< At most this, whatever the route allows.

  std::chrono::milliseconds header_timeout{5'000}; ///< From a request's first byte to the end of its head.
  std::chrono::milliseconds body_timeout{10'000};  ///< For a whole body, plus its size over the next.
  std::size_t body_bytes_per_sec_min = 1024 * 1024;
  std::chrono::milliseconds write_timeout{10'000};  ///< For a whole answer.
  std::chrono::milliseconds idle_timeout{60'000};   ///< Between two requests.
  std::chrono::milliseconds answer_timeout{30'000}; ///< For an exchange that nobody completes.
  std::chrono::milliseconds linger_timeout{2'000};  ///< For reading what a refused client still sends.
  std::chrono::milliseconds drain_idle{500}; ///< How long a connection has been idle that draining ends.
  /// How long a request may have waited to be read; one that waited longer is answered 503, unless its route
  /// is `always`.
  std::chrono::milliseconds queue_timeout{60'000};

  /// Runs what it is given, the whole work of one I/O thread, on that thread.
  std::function<void(const std::function<void()>&)> around_thread = [](auto& work) { work(); };

  /// Told of what went wrong inside: accepting failed, a fallback threw.
  std::function<void(std::string_view)> on_error = [](std::string_view) {};
};

/// Accepts connections, checks and limits requests, passes them to the router and writes the answers, in
/// order. It moves bytes and knows no routes. Every answer to a request that broke HTTP, or whose body was
/// not read, closes the connection. `bind`, `start`, `drain` and `stop` are called in this order, by one
/// thread.
class listener {
public:
  /// Stops.
  virtual ~listener() = default;

  /// Takes the port; connections queue from now on. Returns the port. Fails with `invalid_argument`, the
  /// field is the setting at fault, when the port is taken or not allowed, or the host is none of this
  /// machine's.
  virtual result<std::uint16_t> bind() = 0;

  /// Serves, on threads of its own. After a successful `bind`.
  virtual void start() = 0;

  /// Accepts no more, closes idle connections and the others with the answer to what is in flight. Returns
  /// when none is left (true) or after `patience` (false).
  virtual bool drain(std::chrono::milliseconds patience) = 0;

  /// Ends every connection, answered or not, and returns when no thread of the listener is left.
  virtual void stop() = 0;

  virtual std::size_t open_connections() const = 0;
  virtual std::size_t requests_in_flight() const = 0;
};

/// Why `options`' address cannot be listened on, after `error` (an errno).
failure bind_failure(const listener_options& options, int error);

} // namespace kinora::http
