// The event-driven listener: a few threads serve any number of connections, each on one of them. For the
// internet.
#pragma once

#include "http/listener.hpp"

#include <memory>

namespace kinora::http {

/// A connection that nobody uses costs a thread nothing and some hundred bytes. When `connections_max` are
/// open, or the system has no descriptor left, accepting pauses, and connections that are idle for longest
/// make room.
class asio_listener final : public listener {
public:
  /// `routes` outlives the listener.
  asio_listener(listener_options options, const router& routes);
  ~asio_listener() override;

  asio_listener(const asio_listener&) = delete;
  asio_listener& operator=(const asio_listener&) = delete;

  result<std::uint16_t> bind() override;
  void start() override;
  bool drain(std::chrono::milliseconds patience) override;
  void stop() override;
  std::size_t open_connections() const override;
  std::size_t requests_in_flight() const override;

  /// When every I/O thread was last seen to work; asks them again. One that hangs in what it serves is not.
  /// After `start`. Any thread.
  steady_time last_progress();

private:
  class server;
  std::unique_ptr<server> server_;
};

} // namespace kinora::http
