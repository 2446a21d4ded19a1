#include "http/httplib_listener.hpp"

#include "http/connection_registry.hpp"
#include "http/connection_threads.hpp"
#include "http/httplib_connection.hpp"

#include <httplib.h>

#include <atomic>
#include <cerrno>
#include <cstring>
#include <thread>

namespace kinora::http {

namespace {

constexpr int backlog = 1024;
constexpr std::chrono::milliseconds accept_retry_interval{10};

/// httplib owns its task queue for as long as it accepts; the threads live longer than that.
class forwarding_queue final : public httplib::TaskQueue {
public:
  explicit forwarding_queue(connection_threads& threads) : threads_{threads} {}
  void enqueue(std::function<void()> job) override { threads_.run(std::move(job)); }
  void shutdown() override {}

private:
  connection_threads& threads_;
};

/// Two servers on one port are a mistake, so no SO_REUSEPORT, httplib's default.
void set_listening_options(socket_t fd) {
  const int yes = 1;
  ::setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes));
}

} // namespace

/// httplib accepts and hands over the sockets; from there on connections are ours.
class httplib_listener::server final : public httplib::Server {
public:
  server(listener_options options, const router& routes)
      : options_{std::move(options)},
        routes_{routes},
        threads_{std::make_unique<connection_threads>(options_.connections_max,
                                                      [this] { registry_.close_longest_idle(); })} {
    new_task_queue = [this] { return new forwarding_queue{*threads_}; };
    set_socket_options(set_listening_options);
    set_tcp_nodelay(true);
    set_keep_alive_max_count(options_.requests_per_connection_max);
    set_payload_max_length(options_.body_bytes_max);
    set_routes();
  }

  ~server() override { stop_all(); }

  result<std::uint16_t> bind() {
    errno = 0;
    const auto port = options_.port == 0                           ? bind_to_any_port(options_.host)
                      : bind_to_port(options_.host, options_.port) ? static_cast<int>(options_.port)
                                                                   : -1;
    if (port < 0)
      return bind_failure(options_, errno);
    listening_ = ::dup(svr_sock_);
    if (listening_ < 0 || ::listen(listening_, backlog) != 0)
      return bind_failure(options_, errno);
    return static_cast<std::uint16_t>(port);
  }

  void start() {
    accepting_ = std::thread{[this] { accept_until_stopped(); }};
  }

  bool drain(std::chrono::milliseconds patience) {
    registry_.drain();
    stop_accepting();
    return registry_.wait_until_empty(std::chrono::steady_clock::now() + patience);
  }

  void stop_all() {
    registry_.abort();
    stop_accepting();
    if (accepting_.joinable())
      accepting_.join(); // httplib has closed its descriptor
    else if (listening_ >= 0)
      ::close(svr_sock_);
    threads_.reset();
    if (listening_ >= 0)
      ::close(std::exchange(listening_, -1));
  }

  const connection_registry& registry() const { return registry_; }

private:
  /// httplib needs a pattern and a method; the router has decided by then.
  void set_routes() {
    Get(".*", [](const httplib::Request&, httplib::Response& out) {
      httplib_connection::current().handle(out, nullptr);
    });
    Post(".*", [](const httplib::Request&, httplib::Response& out, const httplib::ContentReader& body) {
      httplib_connection::current().handle(out, &body);
    });
    set_post_routing_handler([](const httplib::Request&, httplib::Response& out) {
      httplib_connection::current().finish_headers(out);
    });
    set_exception_handler([this](const httplib::Request&, httplib::Response& out, std::exception_ptr) {
      options_.on_error("a request ended in an exception outside its handler");
      out.status = 500;
    });
  }

  void stop_accepting() {
    stopping_ = true;
    if (listening_ >= 0)
      ::shutdown(listening_, SHUT_RDWR);
  }

  /// httplib ends its loop and closes its descriptor when accept() fails, as it does when memory or the
  /// system's file table is short for a moment: it gets another one.
  void accept_until_stopped() {
    for (;;) {
      listen_after_bind();
      if (stopping_)
        return;
      options_.on_error(std::string{"accepting failed: "} + std::strerror(errno));
      std::this_thread::sleep_for(accept_retry_interval);
      svr_sock_ = ::dup(listening_);
    }
  }

  bool process_and_close_socket(socket_t fd) override {
    try {
      httplib_connection connection{fd, options_, routes_, registry_, [this](httplib::Stream& stream) {
                                      auto ignored = false; // the connection has decided by then
                                      process_request(stream, false, ignored, nullptr);
                                    }};
      connection.run();
      return true;
    } catch (const std::exception& e) {
      options_.on_error(e.what());
      return false;
    }
  }

  const listener_options options_;
  const router& routes_;
  connection_registry registry_;
  std::unique_ptr<connection_threads> threads_;
  std::thread accepting_;
  std::atomic<bool> stopping_{false};
  int listening_ = -1; ///< A second descriptor of the listening socket.
};

httplib_listener::httplib_listener(listener_options options, const router& routes)
    : server_{std::make_unique<server>(std::move(options), routes)} {}

httplib_listener::~httplib_listener() = default;

result<std::uint16_t> httplib_listener::bind() {
  return server_->bind();
}

void httplib_listener::start() {
  server_->start();
}

bool httplib_listener::drain(std::chrono::milliseconds patience) {
  return server_->drain(patience);
}

void httplib_listener::stop() {
  server_->stop_all();
}

std::size_t httplib_listener::open_connections() const {
  return server_->registry().open();
}

std::size_t httplib_listener::requests_in_flight() const {
  return server_->registry().in_flight();
}

} // namespace kinora::http
