// The head of an HTTP/1 request: request line and header fields, checked strictly. Where two readers could
// disagree about where a request ends (RFC 9112, section 11.2), it is refused.
#pragma once

#include "http/message.hpp"

#include <boost/system/result.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace kinora::http {

/// Bounds on what a client may send before it is known what it wants.
struct head_limits {
  std::size_t uri_bytes_max = 8 * 1024;
  std::size_t header_bytes_max = 16 * 1024; ///< Of all header lines together.
  std::size_t headers_max = 100;
};

/// A head that is well-formed and within its limits.
struct request_head {
  std::string method; ///< As sent: methods are case-sensitive.
  std::string path;   ///< Starts with '/', percent-encoded.
  std::string query;  ///< Percent-encoded, without '?'.
  header_list headers;
  std::optional<std::uint64_t> content_length; ///< Nothing when absent.
  bool chunked = false;                        ///< Never together with a length.
  bool expects_continue = false;
  bool keep_alive = true; ///< HTTP/1.1 without `Connection: close`. HTTP/1.0 is always closed.

  bool has_body() const { return chunked || content_length.value_or(0) > 0; }
};

/// Why a head is refused; the connection is closed after the answer.
struct head_error {
  int status = 400; ///< 400, 408, 414, 415, 417, 431.
  std::string detail;
};

using head_result = boost::system::result<request_head, head_error>;

/// Returns how many bytes of `input` the head takes with its blank line, or 0 when that has not come yet. A
/// bare LF counts as a line's end here, so that a head with one is found, and refused, at once.
std::size_t find_head_end(std::string_view input);

/// Checks the part of a head that has come while `find_head_end` is 0: returns the refusal as soon as a limit
/// is passed.
std::optional<head_error> check_partial_head(std::string_view input, const head_limits& limits);

/// Reads a head with its blank line. Refuses what RFC 9112 lets a server refuse, among it: bare CR or LF,
/// NUL, folded lines, white space around names, targets not in origin form, a missing, double or malformed
/// Host, any Content-Length that is not one plain number, any Transfer-Encoding but one "chunked" in
/// HTTP/1.1, both together, and a body on GET, HEAD and OPTIONS.
head_result parse_request_head(std::string_view head, const head_limits& limits = {});

} // namespace kinora::http
