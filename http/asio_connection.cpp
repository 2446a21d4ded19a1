#include "http/asio_connection.hpp"

#include "http/io_thread.hpp"

#include <boost/asio/post.hpp>

#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <ctime>
#include <utility>

namespace kinora::http {

namespace {

constexpr std::size_t linger_bytes_max = 16 * 1024 * 1024;
/// For clients that sent nothing that was not read: just long enough to see them close.
constexpr std::chrono::milliseconds short_linger{200};

using error_code = boost::system::error_code;

steady_time now() {
  return std::chrono::steady_clock::now();
}

/// How long ago the system received what `message` brought; 0 where it does not say.
std::chrono::nanoseconds waited(msghdr& message) {
  for (auto* x = CMSG_FIRSTHDR(&message); x != nullptr; x = CMSG_NXTHDR(&message, x)) {
    if (x->cmsg_level != SOL_SOCKET || x->cmsg_type != SCM_TIMESTAMPNS)
      continue;
    timespec then{};
    timespec current{};
    std::memcpy(&then, CMSG_DATA(x), sizeof(then));
    ::clock_gettime(CLOCK_REALTIME, &current);
    const auto age = std::chrono::seconds{current.tv_sec - then.tv_sec} +
                     std::chrono::nanoseconds{current.tv_nsec - then.tv_nsec};
    return std::max(age, std::chrono::nanoseconds{0}); // the wall clock may have been set back
  }
  return {};
}

} // namespace

/// What the route answers through, on any thread.
class asio_connection::reply final : public exchange {
public:
  explicit reply(std::shared_ptr<ticket> x) : ticket_{std::move(x)} {}

  ~reply() override {
    if (!ticket_->settled.exchange(true))
      deliver(std::nullopt);
  }

  reply(const reply&) = delete;
  reply& operator=(const reply&) = delete;

  bool complete(response answer) override {
    return !ticket_->settled.exchange(true) && deliver(std::move(answer));
  }

  void expire_at(steady_time deadline, compose fallback) override {
    const auto owner = ticket_->connection.lock();
    if (!owner || owner->ticket_ != ticket_ || owner->expiry_)
      return;
    owner->fallback_ = std::move(fallback);
    owner->expiry_ = owner->home_.expire_at(deadline, *owner);
  }

private:
  /// False when there is no memory for it: a timeout answers then.
  bool deliver(std::optional<response> answer) {
    ticket_->answer = std::move(answer);
    const auto owner = ticket_->home->is_here() ? ticket_->connection.lock() : nullptr;
    try {
      if (owner && owner->in_router_)
        owner->take_answer(*ticket_);
      else // also on its own thread: who answers may be in the middle of another connection's request
        ticket_->home->deliver(ticket_);
    } catch (const std::exception&) {
      ticket_->answer.reset();
      ticket_->settled = false;
      return false;
    }
    return true;
  }

  std::shared_ptr<ticket> ticket_;
};

void asio_connection::hand_over(const std::shared_ptr<ticket>& from) {
  if (const auto owner = from->connection.lock())
    owner->or_close([&] { owner->take_answer(*from); });
}

/// What fails because an allocation does ends this connection and no other.
template <class Work>
void asio_connection::or_close(Work work) {
  try {
    work();
  } catch (const std::exception& e) {
    close();
    shared_.options.on_error(e.what());
  }
}

// -- its life ----------------------------------------------------------------------------------------------

asio_connection::asio_connection(io_thread& home, listener_state& shared, int fd, std::string address)
    : home_{home},
      shared_{shared},
      socket_{home.context()},
      address_{std::move(address)},
      tls_{shared.options.tls ? std::make_unique<tls_stream>(*shared.options.tls) : nullptr},
      out_{fd, tls_.get()},
      at_hand_{shared.options, shared.routes, shared.in_flight} {
  // Last: where something fails the descriptor is still the caller's.
  socket_.assign({AF_INET, IPPROTO_TCP}, fd);
}

void asio_connection::start() {
  self_ = shared_from_this();
  or_close([this] {
    become_idle();
    proceed();
  });
}

void asio_connection::wait_until(steady_time deadline) {
  deadline_ = deadline;
  home_.note_deadline(deadline);
}

void asio_connection::become_idle() {
  state_ = state::head;
  idle_since_ = now();
  head_since_ = idle_since_;
  wait_until(idle_since_ + (served_ == 0 ? shared_.options.header_timeout : shared_.options.idle_timeout));
  arrived_at_ = idle_since_; // what is there already waited for its connection, not for the server
  if (shared_.draining)
    drain(idle_since_);
  if (!std::exchange(idle_, true))
    home_.set_idle(*this);
}

void asio_connection::become_busy() {
  if (std::exchange(idle_, false))
    home_.set_busy(*this);
}

void asio_connection::drain(steady_time at) {
  wait_until(std::min(deadline_, std::max(at, idle_since_ + shared_.options.drain_idle)));
}

void asio_connection::close() {
  if (state_ == state::closed)
    return;
  out_.end();
  state_ = state::closed;
  if (ticket_)
    ticket_->settled = true;
  const auto alive = std::exchange(self_, nullptr);
  fallback_ = nullptr;
  call_off_expiry();
  at_hand_.end();
  home_.remove(*this);
  error_code ignored;
  socket_.close(ignored);
  shared_.leave(address_);
}

bool asio_connection::has_input() {
  char byte = 0;
  return !input_.empty() || ::recv(socket_.native_handle(), &byte, 1, MSG_PEEK | MSG_DONTWAIT) > 0;
}

/// The other side has closed behind what it sent: nobody wants an answer to a hello.
bool asio_connection::is_abandoned() {
  char byte = 0;
  const auto got = ::recv(socket_.native_handle(), &byte, 1, MSG_PEEK | MSG_DONTWAIT);
  return got == 0 || (got < 0 && errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR);
}

bool asio_connection::close_if_silent() {
  if (!is_shaking_hands() && has_input())
    return false;
  close();
  return true;
}

void asio_connection::give_up_waiting() {
  or_close([this] { stop_waiting(); });
}

void asio_connection::stop_waiting() {
  switch (state_) {
  case state::head:
    if (is_shaking_hands()) { // not worth its cost any more, whatever has come
      close();
      return;
    }
    if (has_waited_)
      return; // it has a turn coming
    if (!input_.empty()) {
      open_request(head_error{408, "the head was not complete in time"});
      break;
    }
    // What came at the last moment is still served; in its turn, where it waits for that.
    is_overdue_ = in_line_;
    if (!in_line_)
      receive_for_the_last_time();
    return;
  case state::body:
    at_hand_.refuse_body(body_fault::timed_out);
    ask();
    break;
  case state::asking:
    if (!ticket_->settled.exchange(true))
      answer_without_router({errc::timeout, {}, "no answer within the time given"});
    break;
  case state::writing:
  case state::lingering: close(); return;
  case state::closed: return;
  }
  proceed();
}

// -- input -------------------------------------------------------------------------------------------------

/// With TLS first until what it has to say is sent: who does not read is not read.
void asio_connection::await_input() {
  const auto what = out_.flush() ? socket_.wait_read : socket_.wait_write;
  if (std::exchange(waiting_, true))
    return;
  socket_.async_wait(what, [self = shared_from_this()](const error_code& error) {
    if (error)
      self->close();
    else if (self->state_ != state::closed)
      self->or_close([&] { self->stand_in_line(); });
  });
}

void asio_connection::stand_in_line() {
  home_.await_turn(shared_from_this());
  in_line_ = true; // it has not had its turn yet
}

void asio_connection::take_turn() {
  waiting_ = in_line_ = false;
  served_at_turn_ = served_;
  if (state_ == state::closed)
    return;
  or_close([this] {
    if (std::exchange(has_waited_, false))
      proceed();
    else if (std::exchange(is_overdue_, false))
      receive_for_the_last_time();
    else
      receive();
  });
}

void asio_connection::receive_for_the_last_time() {
  receive();
  if (state_ == state::head && input_.empty() && !has_waited_ && deadline_ <= now())
    close();
}

void asio_connection::receive() {
  home_.take_deliveries(); // who has an answer waits longer than who asks
  if (state_ != state::head && state_ != state::body && state_ != state::lingering)
    return; // an answer goes first
  auto room = home_.scratch();
  iovec target{room.data(), room.size()};
  alignas(cmsghdr) char control[CMSG_SPACE(sizeof(timespec))];
  msghdr message{};
  message.msg_iov = &target;
  message.msg_iovlen = 1;
  message.msg_control = control;
  message.msg_controllen = sizeof(control);
  const auto got = ::recvmsg(socket_.native_handle(), &message, MSG_DONTWAIT);
  if (got > 0) {
    arrived_at_ = std::max<steady_time>(now() - waited(message), idle_since_);
    if (input_.empty())
      head_since_ = arrived_at_;
    const std::string_view bytes{room.data(), static_cast<std::size_t>(got)};
    if (!tls_ || state_ == state::lingering)
      input_.append(bytes);
    else if (!unseal(bytes))
      return;
    proceed();
  } else if (got == 0) {
    at_end_of_input();
  } else if (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR) {
    await_input();
  } else {
    close();
  }
}

/// Returns false when that ended it.
bool asio_connection::unseal(std::string_view bytes) {
  if (!tls_->has_begun() && is_abandoned()) {
    close();
    return false;
  }
  if (tls_->take(bytes, input_))
    return true;
  out_.flush(); // the alert
  close();
  return false;
}

void asio_connection::at_end_of_input() {
  if (state_ != state::body) {
    close();
    return;
  }
  at_hand_.refuse_body(body_fault::malformed);
  ask();
  proceed();
}

/// Does what can be done with the input that there is.
void asio_connection::proceed() {
  for (;;) {
    if (state_ == state::lingering) {
      dropped_ += input_.size();
      release(input_);
      if (dropped_ > linger_bytes_max)
        close();
      else
        await_input();
      return;
    }
    if (state_ != state::head && state_ != state::body)
      return;
    if (!input_.empty() && served_ != served_at_turn_ && !waiting_) { // a pipeline: others take their turn
      waiting_ = has_waited_ = true;
      stand_in_line();
      return;
    }
    if (state_ == state::head ? !take_head() : !take_body())
      break;
  }
  if (tls_ && tls_->has_ended())
    at_end_of_input();
  else
    await_input();
}

/// Returns false when more input is needed.
bool asio_connection::take_head() {
  if (input_.empty()) {
    release(input_);
    return false;
  }
  const auto size = find_head_end(input_);
  if (size == 0) {
    if (auto refused = check_partial_head(input_, shared_.options.head)) {
      open_request(std::move(*refused));
      return true;
    }
    wait_until(head_since_ + shared_.options.header_timeout);
    if (shared_.draining)
      drain(idle_since_);
    return false;
  }
  auto head = parse_request_head(std::string_view{input_}.substr(0, size), shared_.options.head);
  input_.erase(0, size);
  open_request(std::move(head));
  return true;
}

/// Returns false when more input is needed.
bool asio_connection::take_body() {
  auto view = std::string_view{input_};
  const auto status = body_->take(view, at_hand_.body());
  input_.erase(0, input_.size() - view.size());
  switch (status) {
  case body_decoder::status::incomplete: return false;
  case body_decoder::status::complete: break;
  case body_decoder::status::too_large: at_hand_.refuse_body(body_fault::too_large); break;
  case body_decoder::status::malformed: at_hand_.refuse_body(body_fault::malformed); break;
  }
  ask();
  return true;
}

// -- one request -------------------------------------------------------------------------------------------

void asio_connection::open_request(head_result head) {
  become_busy();
  at_hand_.open(arrived_at_, std::move(head), served_ + 1 >= shared_.options.requests_per_connection_max);
  if (!at_hand_.reads_body()) {
    ask();
    return;
  }
  state_ = state::body;
  wait_until(now() + at_hand_.body_timeout());
  body_.emplace(at_hand_.head(), at_hand_.body_bytes_max());
  if (at_hand_.head().expects_continue && input_.empty())
    out_.say_continue();
}

void asio_connection::ask() {
  state_ = state::asking;
  body_.reset();
  if (auto refused = at_hand_.take_refusal()) {
    respond(std::move(*refused));
    return;
  }
  wait_until(now() + shared_.options.answer_timeout);
  ticket_ = std::make_shared<ticket>();
  ticket_->connection = weak_from_this();
  ticket_->home = home_.shared_from_this();
  in_router_ = true;
  try {
    shared_.routes.serve(at_hand_.req(), shared_.options.kind, std::make_shared<reply>(ticket_));
  } catch (const std::exception& e) {
    shared_.options.on_error(e.what());
    ticket_->settled = true;
    at_once_ = at_hand_.give_up({errc::none, {}, "the request could not be handled; the log says why"});
  }
  in_router_ = false;
  if (at_once_)
    respond(*std::exchange(at_once_, std::nullopt));
}

void asio_connection::take_answer(ticket& from) {
  if (&from != ticket_.get() || state_ != state::asking)
    return;
  auto answer =
      from.answer
          ? std::move(*from.answer)
          : at_hand_.give_up({errc::unavailable, {}, "the part that would have answered has stopped"});
  if (in_router_) {
    at_once_ = std::move(answer);
    return;
  }
  respond(std::move(answer));
  proceed();
}

void asio_connection::expire() {
  const auto self = shared_from_this();
  call_off_expiry();
  if (state_ != state::asking || ticket_->settled.exchange(true))
    return;
  or_close([this] {
    answer_without_router({errc::timeout, {}, "no answer within the time given"});
    proceed();
  });
}

void asio_connection::call_off_expiry() {
  if (expiry_)
    home_.call_off(*std::exchange(expiry_, std::nullopt));
}

void asio_connection::answer_without_router(const failure& why) {
  std::optional<response> answer;
  try {
    answer = fallback_ ? fallback_() : at_hand_.give_up(why);
  } catch (const std::exception& e) {
    shared_.options.on_error(e.what());
    answer = at_hand_.give_up({errc::none, {}, "the fallback could not be composed; the log says why"});
  }
  respond(std::move(*answer));
}

// -- output ------------------------------------------------------------------------------------------------

void asio_connection::respond(response answer) {
  state_ = state::writing;
  const auto at = now();
  wait_until(at + shared_.options.write_timeout);
  home_.note_progress(at);
  flow_ = answer.flow;
  ticket_.reset();
  call_off_expiry();
  const auto last = std::exchange(fallback_, nullptr); // its end may end the last exchange of the request
  at_hand_.finish(answer, shared_.draining);
  out_.begin(std::move(answer), at_hand_.head().method != "HEAD", at_hand_.is_closing());
  const auto body_unread = at_hand_.is_body_unread() && !shared_.draining;
  linger_for_ = body_unread ? shared_.options.linger_timeout : short_linger;
  at_hand_.end(); // answered; how fast the client reads costs no actor anything
  ++served_;
  if (home_.is_gathering())
    home_.write_together(shared_from_this());
  else
    write();
}

void asio_connection::write_answer() {
  if (state_ != state::writing)
    return;
  or_close([this] {
    write();
    proceed();
  });
}

void asio_connection::write() {
  switch (out_.send()) {
  case outgoing::progress::done: written(); return;
  case outgoing::progress::failed: close(); return;
  case outgoing::progress::blocked: break;
  }
  socket_.async_wait(socket_.wait_write, [self = shared_from_this()](const error_code& error) {
    if (self->state_ != state::writing)
      return;
    if (error)
      self->close();
    else
      self->write_answer();
  });
}

void asio_connection::written() {
  if (at_hand_.is_closing())
    linger();
  else
    become_idle();
}

/// Says that nothing more will be sent, then reads and drops input until the other side closes. Closing with
/// unread input would reset the connection, and the reset would overtake the answer just sent.
void asio_connection::linger() {
  state_ = state::lingering;
  wait_until(now() + linger_for_);
  ::shutdown(socket_.native_handle(), SHUT_WR);
}

} // namespace kinora::http
