// One request from its head to the answer's last headers, the same for every listener.
#pragma once

#include "http/listener.hpp"
#include "http/request_head.hpp"
#include "http/router.hpp"

#include <atomic>
#include <cstdint>
#include <optional>

namespace kinora::http {

/// Why a body could not be taken.
enum class body_fault { too_large, timed_out, malformed };

/// Decides what happens to one request: whether its body is read, who answers it, whether its connection
/// goes on. Owned by a connection, and used anew for each of its requests. Not thread-safe.
class inbound_request {
public:
  /// `in_flight` counts the requests of the whole listener. All three outlive this.
  inbound_request(const listener_options& options, const router& routes, std::atomic<std::size_t>& in_flight)
      : options_{options}, routes_{routes}, in_flight_{in_flight} {}
  ~inbound_request() { end(); }
  inbound_request(const inbound_request&) = delete;
  inbound_request& operator=(const inbound_request&) = delete;

  /// A head has come, whole or not: `received_at` is when. `head` says what is wrong with it, or is adopted:
  /// then `refusal()` tells whether the router is to be asked. `is_last` closes the connection afterwards.
  void open(steady_time received_at, head_result head, bool is_last);

  /// Replaces what would have been the answer: the body could not be read.
  void refuse_body(body_fault why);

  /// The answer to a request that the router does not answer: nobody did in time, or its fallback threw.
  response give_up(const failure& why) const;

  /// Makes the answer what goes over the wire, compressed if the client takes that. `is_draining`: the
  /// connection ends after it.
  void finish(response& answer, bool is_draining);

  /// The request is answered; forgets it, and gives its memory back.
  void end();

  const request_head& head() const { return head_; }
  const request& req() const { return req_; }
  std::string& body() { return req_.body; }

  /// Taken out; what answers instead of the router.
  std::optional<response> take_refusal() { return std::exchange(refusal_, std::nullopt); }
  bool is_refused() const { return refusal_.has_value(); }

  bool reads_body() const { return !refusal_ && !body_unread_ && head_.has_body(); }
  bool is_body_unread() const { return body_unread_; }
  std::size_t body_bytes_max() const { return body_bytes_max_; }
  /// How long the body may take in all.
  std::chrono::milliseconds body_timeout() const;
  bool is_closing() const { return closing_; }

private:
  void adopt(request_head head);
  void admit();
  void refuse(response answer);

  const listener_options& options_;
  const router& routes_;
  std::atomic<std::size_t>& in_flight_;
  request_head head_;
  request req_;
  std::optional<response> refusal_;
  std::size_t body_bytes_max_ = 0;
  bool counted_ = false; ///< In `in_flight_`.
  bool body_unread_ = false;
  bool closing_ = false;
};

/// Whether neither a body nor a length goes with a status (RFC 9110, section 8.6).
bool has_no_content(int status);

} // namespace kinora::http
