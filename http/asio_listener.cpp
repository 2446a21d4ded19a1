#include "http/asio_listener.hpp"

#include "http/acceptor.hpp"
#include "http/io_thread.hpp"

#include <algorithm>
#include <vector>

namespace kinora::http {

class asio_listener::server {
public:
  server(listener_options options, const router& routes) : shared_{std::move(options), routes} {
    for (std::size_t i = 0; i < std::max<std::size_t>(shared_.options.io_threads, 1); ++i)
      threads_.push_back(std::make_shared<io_thread>(shared_));
    acceptor_ = std::make_unique<acceptor>(shared_, threads_);
  }

  ~server() { stop(); }
  server(const server&) = delete;
  server& operator=(const server&) = delete;

  result<std::uint16_t> bind() { return acceptor_->bind(); }

  void start() {
    for (auto& x : threads_)
      x->start();
    acceptor_->start();
  }

  bool drain(std::chrono::milliseconds patience) {
    const auto deadline = std::chrono::steady_clock::now() + patience;
    acceptor_->stop();
    shared_.draining = true;
    for (auto& x : threads_)
      x->drain();
    return shared_.wait_until_empty(deadline);
  }

  void stop() {
    acceptor_->stop();
    shared_.draining = true;
    for (auto& x : threads_)
      x->stop();
  }

  steady_time last_progress() {
    auto out = steady_time::max();
    for (auto& x : threads_)
      out = std::min(out, x->last_progress());
    return out;
  }

  const listener_state& shared() const { return shared_; }

private:
  listener_state shared_;
  std::vector<std::shared_ptr<io_thread>> threads_;
  std::unique_ptr<acceptor> acceptor_;
};

asio_listener::asio_listener(listener_options options, const router& routes)
    : server_{std::make_unique<server>(std::move(options), routes)} {}

asio_listener::~asio_listener() = default;

result<std::uint16_t> asio_listener::bind() {
  return server_->bind();
}

void asio_listener::start() {
  server_->start();
}

bool asio_listener::drain(std::chrono::milliseconds patience) {
  return server_->drain(patience);
}

void asio_listener::stop() {
  server_->stop();
}

steady_time asio_listener::last_progress() {
  return server_->last_progress();
}

std::size_t asio_listener::open_connections() const {
  return server_->shared().open();
}

std::size_t asio_listener::requests_in_flight() const {
  return server_->shared().in_flight;
}

} // namespace kinora::http
