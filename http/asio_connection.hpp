// One connection of the event-driven listener. Internal to that listener.
#pragma once

#include "domain/time.hpp"
#include "http/body_decoder.hpp"
#include "http/inbound_request.hpp"
#include "http/listener_state.hpp"
#include "http/outgoing.hpp"
#include "http/tls_stream.hpp"

#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/intrusive/list_hook.hpp>

#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>

namespace kinora::http {

class asio_connection;
class io_thread;

/// When requests are to be answered by, the first one at the front.
using request_deadlines = std::multimap<steady_time, asio_connection*>;

/// Reads requests, asks the router and writes the answers, one request after the other. Lives on one thread,
/// which it never blocks; answers come from any thread. An idle one holds hardly any memory. With TLS all
/// that comes and goes passes through `tls_stream`; `out_` alone sends.
class asio_connection : public std::enable_shared_from_this<asio_connection>,
                        public boost::intrusive::list_base_hook<> {
public:
  /// Owns `fd`, unless it throws. `address` is what `listener_state::enter` counted it by. `home` and
  /// `shared` outlive it while it is open.
  asio_connection(io_thread& home, listener_state& shared, int fd, std::string address);

  /// Waits for the first request. It stays alive by itself until it is closed.
  void start();

  /// What it waits for has not come by `deadline()`: answers, or closes.
  void give_up_waiting();

  /// The time is over by which the request was to be answered: answers it, unless somebody is about to.
  void expire();

  /// It is idle, and ends when it stays so for a while.
  void drain(steady_time now);

  /// Ends it now, answered or not.
  void close();

  /// Ends it if its client has not just sent a request, which is then served. Returns whether it has ended.
  bool close_if_silent();

  /// Its input has come, and it is its turn to read it.
  void take_turn();

  /// Has its answer written that `io_thread::write_together` was told of.
  void write_answer();

  /// Of which flow its last request was; `handshakes` before there can be one.
  std::size_t flow() const { return is_shaking_hands() ? handshakes : flow_; }
  static constexpr std::size_t handshakes = SIZE_MAX;

  bool is_idle() const { return idle_; }
  steady_time idle_since() const { return idle_since_; }
  steady_time deadline() const { return deadline_; }

  /// Ties an exchange to the request that it may answer, once.
  struct ticket {
    std::atomic<bool> settled{false};
    std::weak_ptr<asio_connection> connection;
    std::shared_ptr<io_thread> home; ///< Actors may hold on to an exchange when the listener is gone.
    std::optional<response> answer;  ///< Set by who settled it; nothing when nobody is left who could answer.
  };

  /// Passes on what the ticket brings, unless it comes too late. On the connection's thread.
  static void hand_over(const std::shared_ptr<ticket>& from);

private:
  class reply;

  enum class state { head, body, asking, writing, lingering, closed };

  template <class Work>
  void or_close(Work work);
  void stop_waiting();
  void wait_until(steady_time deadline);
  void become_idle();
  void become_busy();
  bool is_shaking_hands() const { return tls_ && !tls_->is_established(); }
  bool is_abandoned();
  void await_input();
  void stand_in_line();
  void receive_for_the_last_time();
  void receive();
  bool unseal(std::string_view bytes);
  void at_end_of_input();
  void proceed();
  bool take_head();
  bool take_body();
  void open_request(head_result head);
  void ask();
  void take_answer(ticket& from);
  bool has_input();
  void call_off_expiry();
  void answer_without_router(const failure& why);
  void respond(response answer);
  void write();
  void written();
  void linger();

  io_thread& home_;
  listener_state& shared_;
  boost::asio::generic::stream_protocol::socket socket_;
  const std::string address_;
  std::shared_ptr<asio_connection> self_; ///< While open.
  std::unique_ptr<tls_stream> tls_;       ///< Null: plain HTTP.
  outgoing out_;

  state state_ = state::head;
  bool idle_ = false;
  bool waiting_ = false; ///< For input, or for its turn to read it.
  steady_time idle_since_;
  steady_time deadline_; ///< Set by `wait_until` alone.
  std::string input_;    ///< Arrived, and not consumed.
  steady_time arrived_at_;
  steady_time head_since_;
  std::chrono::milliseconds linger_for_{0};
  std::size_t dropped_ = 0; ///< Bytes, while lingering.
  std::size_t served_ = 0;
  std::size_t flow_ = 0;
  std::size_t served_at_turn_ = 0; ///< When it had its last turn.
  bool in_line_ = false;           ///< Its input has come, and it has a turn coming.
  bool is_overdue_ = false;        ///< It is, and its time was over before.
  bool has_waited_ = false;        ///< For its turn, with input that it has read already.

  // The request at hand.
  inbound_request at_hand_;
  std::optional<body_decoder> body_;
  std::shared_ptr<ticket> ticket_; ///< While the router is asked.
  bool in_router_ = false;
  std::optional<response> at_once_; ///< What the router answered before it returned.
  exchange::compose fallback_;
  std::optional<request_deadlines::iterator> expiry_; ///< When the fallback is due.
};

} // namespace kinora::http
