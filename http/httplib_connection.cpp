#include "http/httplib_connection.hpp"

#include "http/pending_answer.hpp"

#include <utility>

namespace kinora::http {

namespace {

constexpr std::size_t output_bytes_max = 64 * 1024;
constexpr std::size_t linger_bytes_max = 16 * 1024 * 1024;
/// For clients that sent nothing that was not read: just long enough to see them close.
constexpr std::chrono::milliseconds short_linger{200};

thread_local httplib_connection* served_here = nullptr;

steady_time from_now(std::chrono::milliseconds x) {
  return std::chrono::steady_clock::now() + x;
}

} // namespace

// -- what httplib sees -------------------------------------------------------------------------------------

void checked_stream::begin(std::string_view head, body_reader* body) {
  head_ = head;
  body_ = body;
}

ssize_t checked_stream::read(char* out, std::size_t size) {
  if (!head_.empty()) {
    const auto copied = head_.copy(out, size);
    head_.remove_prefix(copied);
    return static_cast<ssize_t>(copied);
  }
  return body_ != nullptr ? body_->read(out, size) : 0;
}

ssize_t checked_stream::write(const char* data, std::size_t size) {
  if (output_.empty())
    write_deadline_ = from_now(write_timeout_);
  output_.append(data, size);
  if (output_.size() > output_bytes_max && !flush())
    return -1;
  return static_cast<ssize_t>(size);
}

bool checked_stream::flush() {
  broken_ = broken_ || socket_.send(output_, write_deadline_) != timed_socket::status::ok;
  output_.clear();
  return !broken_;
}

// -- the life of a connection ------------------------------------------------------------------------------

httplib_connection::httplib_connection(int fd, const listener_options& options, const router& routes,
                                       connection_registry& registry, processor process)
    : options_{options},
      routes_{routes},
      registry_{registry},
      process_{std::move(process)},
      socket_{fd},
      stream_{socket_, options.write_timeout},
      at_hand_{options, routes, registry.in_flight()} {
  live_.fd = fd;
  registry_.add(live_);
  served_here = this;
}

httplib_connection::~httplib_connection() {
  served_here = nullptr;
  registry_.remove(live_);
}

httplib_connection& httplib_connection::current() {
  return *served_here;
}

void httplib_connection::run() {
  while (await_request() && serve_request()) {
  }
}

bool httplib_connection::await_request() {
  if (socket_.input().empty()) {
    if (!registry_.set_idle(live_))
      return false;
    const auto received =
        socket_.receive(from_now(served_ == 0 ? options_.header_timeout : options_.idle_timeout));
    if (received != timed_socket::status::ok)
      return false;
  }
  head_deadline_ = from_now(options_.header_timeout);
  return true;
}

bool httplib_connection::serve_request() {
  body_.reset();
  if (!read_head())
    return false;
  registry_.set_busy(live_); // half a request does not keep anybody from stopping
  const auto reads_body = at_hand_.reads_body();
  if (reads_body)
    expect_body();
  stream_.begin(reads_body                         ? "POST / HTTP/1.1\r\n\r\n"
                : at_hand_.head().method == "HEAD" ? "HEAD / HTTP/1.1\r\n\r\n"
                                                   : "GET / HTTP/1.1\r\n\r\n",
                reads_body ? &*body_ : nullptr);
  process_(stream_);
  const auto body_unread = at_hand_.is_body_unread();
  at_hand_.end(); // answered; how fast the client reads costs no actor anything
  const auto sent = stream_.flush();
  ++served_;
  if (sent && at_hand_.is_closing())
    close_gently(body_unread);
  return sent && !at_hand_.is_closing();
}

void httplib_connection::close_gently(bool body_unread) {
  const auto patience = body_unread && !registry_.is_draining() ? options_.linger_timeout : short_linger;
  socket_.linger(from_now(patience), linger_bytes_max);
}

// -- one request -------------------------------------------------------------------------------------------

/// Reads up to the blank line into the request at hand. Returns false when the client went away.
bool httplib_connection::read_head() {
  std::size_t size = 0;
  auto partial = std::optional<head_error>{};
  auto received = timed_socket::status::ok;
  while ((size = find_head_end(socket_.input())) == 0 && received == timed_socket::status::ok && !partial) {
    partial = check_partial_head(socket_.input(), options_.head);
    if (!partial)
      received = socket_.receive(head_deadline_);
  }
  if (received == timed_socket::status::closed)
    return false;
  if (received == timed_socket::status::timed_out)
    partial = head_error{408, "the head was not complete in time"};
  auto head =
      partial ? head_result{*partial} : parse_request_head(socket_.input().substr(0, size), options_.head);
  if (!partial)
    socket_.consume(size);
  at_hand_.open(std::chrono::steady_clock::now(), std::move(head),
                served_ + 1 >= options_.requests_per_connection_max);
  return true;
}

void httplib_connection::expect_body() {
  body_.emplace(socket_, at_hand_.head(), at_hand_.body_bytes_max(), from_now(at_hand_.body_timeout()));
  if (at_hand_.head().expects_continue && socket_.input().empty())
    socket_.send("HTTP/1.1 100 Continue\r\n\r\n", from_now(options_.write_timeout));
}

void httplib_connection::handle(httplib::Response& out, const httplib::ContentReader* body) {
  if (!at_hand_.is_refused() && body != nullptr)
    read_body(*body);
  auto refused = at_hand_.take_refusal();
  auto answer = refused ? std::move(*refused) : ask_router();
  at_hand_.finish(answer, registry_.is_draining());
  out.status = answer.status;
  for (auto& [name, value] : answer.headers)
    out.headers.emplace(std::move(name), std::move(value));
  if (!has_no_content(answer.status))
    out.body = std::move(answer.body);
}

/// Reads the body into the request at hand, or has it refused.
void httplib_connection::read_body(const httplib::ContentReader& body) {
  body([this](const char* data, std::size_t size) {
    at_hand_.body().append(data, size);
    return true;
  });
  switch (body_->state()) {
  case body_reader::status::complete: return;
  case body_reader::status::too_large: at_hand_.refuse_body(body_fault::too_large); return;
  case body_reader::status::timed_out: at_hand_.refuse_body(body_fault::timed_out); return;
  default: at_hand_.refuse_body(body_fault::malformed);
  }
}

response httplib_connection::ask_router() {
  const auto pending = std::make_shared<pending_answer>();
  registry_.set_waiting(live_, pending);
  routes_.serve(at_hand_.req(), options_.kind, pending->make_exchange());
  try {
    auto answer = pending->wait(from_now(options_.answer_timeout));
    registry_.set_waiting(live_, nullptr);
    return answer ? std::move(*answer) : at_hand_.give_up(answer.error());
  } catch (const std::exception& e) {
    registry_.set_waiting(live_, nullptr);
    options_.on_error(e.what());
    return at_hand_.give_up({errc::none, {}, "the fallback could not be composed; the log says why"});
  }
}

/// Takes back what httplib adds to the headers.
void httplib_connection::finish_headers(httplib::Response& out) {
  for (const auto* unwanted : {"Keep-Alive", "Accept-Ranges", "Connection"})
    out.headers.erase(unwanted);
  if (at_hand_.is_closing())
    out.headers.emplace("Connection", "close");
  if (has_no_content(out.status))
    out.headers.erase("Content-Length");
}

} // namespace kinora::http
