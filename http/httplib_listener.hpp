// A listener on cpp-httplib: a thread per connection, every wait and every size bounded. For few clients that
// are trusted: the admin port.
#pragma once

#include "http/listener.hpp"

#include <memory>

namespace kinora::http {

class httplib_listener final : public listener {
public:
  /// `routes` outlives the listener.
  httplib_listener(listener_options options, const router& routes);
  ~httplib_listener() override;

  httplib_listener(const httplib_listener&) = delete;
  httplib_listener& operator=(const httplib_listener&) = delete;

  result<std::uint16_t> bind() override;
  void start() override;
  bool drain(std::chrono::milliseconds patience) override;
  void stop() override;
  std::size_t open_connections() const override;
  std::size_t requests_in_flight() const override;

private:
  class server;
  std::unique_ptr<server> server_;
};

} // namespace kinora::http
