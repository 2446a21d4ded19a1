#include "http/inbound_request.hpp"

#include "http/content_coding.hpp"
#include "http/problem.hpp"
#include "http/request_id.hpp"

#include <algorithm>
#include <array>
#include <ctime>
#include <utility>

namespace kinora::http {

namespace {

/// RFC 9110, section 5.6.7. Made once a second and thread.
const std::string& http_date() {
  thread_local std::time_t made_at = 0;
  thread_local std::string text;
  if (const auto now = std::time(nullptr); now != made_at) {
    std::tm parts{};
    ::gmtime_r(&now, &parts);
    std::array<char, 32> out;
    text.assign(out.data(), std::strftime(out.data(), out.size(), "%a, %d %b %Y %H:%M:%S GMT", &parts));
    made_at = now;
  }
  return text;
}

} // namespace

bool has_no_content(int status) {
  return status == 204 || status == 304;
}

void inbound_request::open(steady_time received_at, head_result head, bool is_last) {
  const auto age = std::chrono::steady_clock::now() - received_at;
  req_.received_at = received_at;
  req_.now = std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now() - age);
  closing_ = is_last;
  if (head) {
    adopt(std::move(*head));
    admit();
    return;
  }
  req_.request_id = new_request_id();
  body_unread_ = true; // who knows what follows
  refuse(protocol_problem(req_, head.error().status, head.error().detail));
}

void inbound_request::adopt(request_head head) {
  req_.method = head.method;
  req_.path = head.path;
  req_.query = head.query;
  req_.headers = std::exchange(head.headers, {});
  head_ = std::move(head);
  const auto id = req_.header("X-Request-ID");
  req_.request_id = id && is_request_id(*id) ? std::string{*id} : new_request_id();
  closing_ = closing_ || !head_.keep_alive;
}

/// Decides before a body is read whether it will be.
void inbound_request::admit() {
  const auto admitted = routes_.admit(req_, options_.kind);
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
    refuse_body(body_fault::too_large);
    return;
  }
  if (!admitted.always) {
    if (std::chrono::steady_clock::now() - req_.received_at > options_.queue_timeout) {
      refuse(problem(req_, errc::overloaded, "the request waited too long to be read; try again"));
      return;
    }
    if (++in_flight_ > options_.requests_in_flight_max) {
      --in_flight_;
      refuse(problem(req_, errc::overloaded, "too many requests are in flight; try again"));
      return;
    }
    counted_ = true;
  }
  body_unread_ = false;
}

void inbound_request::refuse(response answer) {
  routes_.count(req_, options_.kind, answer.status);
  refusal_ = routes_.decorate(req_, std::move(answer));
  closing_ = closing_ || body_unread_;
}

void inbound_request::refuse_body(body_fault why) {
  body_unread_ = true;
  switch (why) {
  case body_fault::too_large:
    refuse(problem(req_, errc::payload_too_large,
                   "the body is over " + std::to_string(body_bytes_max_) + " bytes"));
    break;
  case body_fault::timed_out: refuse(protocol_problem(req_, 408, "the body was not complete in time")); break;
  case body_fault::malformed: refuse(protocol_problem(req_, 400, "the body is cut off or badly chunked"));
  }
}

response inbound_request::give_up(const failure& why) const {
  auto answer = problem(req_, why);
  routes_.count(req_, options_.kind, answer.status);
  return routes_.decorate(req_, std::move(answer));
}

void inbound_request::finish(response& answer, bool is_draining) {
  closing_ = closing_ || is_draining;
  encode_content(answer, req_.header("Accept-Encoding").value_or(""));
  answer.headers.emplace_back("Date", http_date());
  if (closing_)
    answer.headers.emplace_back("Connection", "close");
}

void inbound_request::end() {
  if (std::exchange(counted_, false))
    --in_flight_;
  head_ = {};
  req_ = {};
  std::string{}.swap(req_.body); // an idle connection holds on to none: assigning keeps the memory
  refusal_.reset();
  body_unread_ = false;
}

std::chrono::milliseconds inbound_request::body_timeout() const {
  const auto size = head_.content_length.value_or(body_bytes_max_);
  return options_.body_timeout + std::chrono::milliseconds{size * 1000 / options_.body_bytes_per_sec_min};
}

} // namespace kinora::http
