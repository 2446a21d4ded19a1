// The listening socket of the event-driven listener. Internal to that listener.
#pragma once

#include "domain/result.hpp"
#include "http/io_thread.hpp"
#include "http/listener_state.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <thread>
#include <vector>

namespace kinora::http {

/// Accepts on a thread of its own, and hands connections to the others in turns. When there is no room, for
/// lack of descriptors or by `connections_max`, it makes some among the idle ones, and waits.
class acceptor {
public:
  /// Both outlive this.
  acceptor(listener_state& shared, const std::vector<std::shared_ptr<io_thread>>& threads);
  ~acceptor() { stop(); }
  acceptor(const acceptor&) = delete;
  acceptor& operator=(const acceptor&) = delete;

  /// As `listener::bind`.
  result<std::uint16_t> bind();

  void start();

  /// Takes what has connected so far, then closes the port. The second call does nothing.
  void stop();

private:
  enum class taken { one, none_waiting, no_room };

  void await_connection();
  void await_room();
  void accept_some();
  taken accept_one();
  void make_room();
  void note(int error);

  listener_state& shared_;
  const std::vector<std::shared_ptr<io_thread>>& threads_;
  boost::asio::io_context context_{1};
  boost::asio::ip::tcp::acceptor socket_;
  boost::asio::steady_timer retry_;
  std::size_t next_ = 0; ///< Of the threads.
  bool noted_ = false;   ///< That accepting fails.
  std::thread thread_;
};

} // namespace kinora::http
