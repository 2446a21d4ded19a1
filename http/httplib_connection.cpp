#include "http/httplib_connection.hpp"

#include "http/pending_answer.hpp"
#include "http/problem.hpp"
#include "http/request_id.hpp"

#include <algorithm>
#include <array>
#include <ctime>
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

/// Neither a body nor a length goes with these (RFC 9110, section 8.6).
bool has_no_content(int status) {
  return status == 204 || status == 304;
}

/// RFC 9110, section 5.6.7.
std::string http_date() {
  const auto now = std::time(nullptr);
  std::tm parts{};
  ::gmtime_r(&now, &parts);
  std::array<char, 32> text;
  return {text.data(), std::strftime(text.data(), text.size(), "%a, %d %b %Y %H:%M:%S GMT", &parts)};
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
  const auto sent = socket_.send(output_, write_deadline_);
  output_.clear();
  return sent == timed_socket::status::ok;
}

// -- the life of a connection ------------------------------------------------------------------------------

httplib_connection::httplib_connection(int fd, const httplib_listener_options& options, const router& routes,
                                       connection_registry& registry, processor process)
    : options_{options},
      routes_{routes},
      registry_{registry},
      process_{std::move(process)},
      socket_{fd},
      stream_{socket_, options.write_timeout} {
  live_.fd = fd;
  registry_.add(live_);
  served_here = this;
}

httplib_connection::~httplib_connection() {
  served_here = nullptr;
  if (counted_)
    registry_.end_request();
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
  refusal_.reset();
  body_.reset();
  body_unread_ = false;
  head_ = {};
  if (!read_head())
    return false;
  registry_.set_busy(live_); // half a request does not keep anybody from stopping
  if (!refusal_)
    admit();
  const auto reads_body = !refusal_ && !body_unread_ && head_.has_body();
  if (reads_body) {
    const auto size = head_.content_length.value_or(body_bytes_max_);
    const std::chrono::milliseconds extra{size * 1000 / options_.body_bytes_per_sec_min};
    body_.emplace(socket_, head_, body_bytes_max_, from_now(options_.body_timeout + extra));
    if (head_.expects_continue && socket_.input().empty())
      socket_.send("HTTP/1.1 100 Continue\r\n\r\n", from_now(options_.write_timeout));
  }
  stream_.begin(reads_body               ? "POST / HTTP/1.1\r\n\r\n"
                : head_.method == "HEAD" ? "HEAD / HTTP/1.1\r\n\r\n"
                                         : "GET / HTTP/1.1\r\n\r\n",
                reads_body ? &*body_ : nullptr);
  process_(stream_);
  request_ = {};
  std::string{}.swap(request_.body); // an idle connection holds on to none: assigning keeps the memory
  if (std::exchange(counted_, false))
    registry_.end_request(); // answered; how fast the client reads costs no actor anything
  const auto sent = stream_.flush();
  ++served_;
  if (sent && closing_)
    close_gently();
  return sent && !closing_;
}

void httplib_connection::close_gently() {
  const auto patience = body_unread_ && !registry_.is_draining() ? options_.linger_timeout : short_linger;
  socket_.linger(from_now(patience), linger_bytes_max);
}

// -- one request -------------------------------------------------------------------------------------------

/// Reads up to the blank line into `head_` and `request_`, or sets `refusal_`. Returns false when the client
/// went away.
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
  request_.received_at = std::chrono::steady_clock::now();
  request_.now = std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now());
  request_.request_id = new_request_id();
  if (received == timed_socket::status::timed_out)
    partial = head_error{408, "the head was not complete in time"};
  if (!partial) {
    auto head = parse_request_head(socket_.input().substr(0, size), options_.head);
    socket_.consume(size);
    if (head)
      adopt(std::move(*head));
    else
      partial = head.error();
  }
  if (partial) {
    body_unread_ = true; // who knows what follows
    refuse(protocol_problem(request_, partial->status, partial->detail));
  }
  return true;
}

void httplib_connection::adopt(request_head head) {
  request_.method = head.method;
  request_.path = head.path;
  request_.query = head.query;
  request_.headers = std::exchange(head.headers, {});
  head_ = std::move(head);
  if (const auto id = request_.header("X-Request-ID"); id && is_request_id(*id))
    request_.request_id = *id;
  closing_ = !head_.keep_alive || served_ + 1 >= options_.requests_per_connection_max;
}

/// Decides before a body is read whether it will be.
void httplib_connection::admit() {
  const auto admitted = routes_.admit(request_, options_.kind);
  const auto length = head_.content_length.value_or(0);
  // More than any route of this port takes: too large, even where the route would be refused as well.
  const auto oversized = length > options_.body_bytes_max && admitted.refusal != errc::unauthorized;
  body_bytes_max_ =
      oversized ? options_.body_bytes_max : std::min(admitted.body_bytes_max, options_.body_bytes_max);
  body_unread_ = head_.has_body();
  if (admitted.refusal != errc::none && !oversized) {
    closing_ = closing_ || body_unread_;
    return; // the router will say so
  }
  if (length > body_bytes_max_) {
    refuse(problem(request_, errc::payload_too_large,
                   "the body is over " + std::to_string(body_bytes_max_) + " bytes"));
    return;
  }
  if (!admitted.always) {
    counted_ = registry_.begin_request(options_.requests_in_flight_max);
    if (!counted_) {
      refuse(problem(request_, errc::overloaded, "too many requests are in flight; try again"));
      return;
    }
  }
  body_unread_ = false;
}

void httplib_connection::refuse(response answer) {
  routes_.count(request_, options_.kind, answer.status);
  refusal_ = routes_.decorate(request_, std::move(answer));
  closing_ = closing_ || body_unread_;
}

void httplib_connection::handle(httplib::Response& out, const httplib::ContentReader* body) {
  if (!refusal_ && body != nullptr)
    refusal_ = read_body(*body);
  auto answer = refusal_ ? std::move(*refusal_) : ask_router();
  out.status = answer.status;
  for (auto& [name, value] : answer.headers)
    out.headers.emplace(std::move(name), std::move(value));
  if (!has_no_content(answer.status))
    out.body = std::move(answer.body);
}

/// Reads the body into `request_`. Returns the refusal when it could not be read.
std::optional<response> httplib_connection::read_body(const httplib::ContentReader& body) {
  body([this](const char* data, std::size_t size) {
    request_.body.append(data, size);
    return true;
  });
  if (body_->state() == body_reader::status::complete)
    return std::nullopt;
  body_unread_ = true;
  switch (body_->state()) {
  case body_reader::status::too_large:
    refuse(problem(request_, errc::payload_too_large,
                   "the body is over " + std::to_string(body_bytes_max_) + " bytes"));
    break;
  case body_reader::status::timed_out:
    refuse(protocol_problem(request_, 408, "the body was not complete in time"));
    break;
  default: refuse(protocol_problem(request_, 400, "the body is cut off or badly chunked"));
  }
  return std::move(refusal_);
}

response httplib_connection::ask_router() {
  const auto pending = std::make_shared<pending_answer>();
  registry_.set_waiting(live_, pending);
  routes_.serve(request_, options_.kind, pending->make_exchange());
  std::optional<failure> why;
  try {
    auto answer = pending->wait(from_now(options_.answer_timeout));
    registry_.set_waiting(live_, nullptr);
    if (answer)
      return std::move(*answer);
    why = answer.error();
  } catch (const std::exception& e) {
    registry_.set_waiting(live_, nullptr);
    options_.on_error(e.what());
    why = failure{errc::none, {}, "the fallback could not be composed; the log says why"};
  }
  auto answer = problem(request_, *why);
  routes_.count(request_, options_.kind, answer.status);
  return routes_.decorate(request_, std::move(answer));
}

void httplib_connection::finish_headers(httplib::Response& out) {
  closing_ = closing_ || registry_.is_draining();
  for (const auto* unwanted : {"Keep-Alive", "Accept-Ranges", "Connection"})
    out.headers.erase(unwanted);
  if (closing_)
    out.headers.emplace("Connection", "close");
  if (has_no_content(out.status))
    out.headers.erase("Content-Length");
  out.headers.emplace("Date", http_date());
}

} // namespace kinora::http
