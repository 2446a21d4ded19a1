// The body of one request, off a blocking socket.
#pragma once

#include "domain/time.hpp"
#include "http/body_decoder.hpp"
#include "http/timed_socket.hpp"

#include <cstddef>
#include <string>

namespace kinora::http {

/// Reads exactly the body that a head announces and not a byte of the next request.
class body_reader {
public:
  enum class status { incomplete, complete, too_large, malformed, timed_out, closed };

  /// `head` has a body; `deadline` is for all of it, `bytes_max` after decoding.
  body_reader(timed_socket& socket, const request_head& head, std::size_t bytes_max, steady_time deadline);

  /// Copies up to `size` bytes to `out`. Returns how many; 0 after the last; -1 when `state()` is a failure.
  std::ptrdiff_t read(char* out, std::size_t size);

  status state() const { return state_; }

private:
  /// Takes what has arrived into `ready_`.
  void take();
  /// Waits for input and takes it.
  void fetch();

  timed_socket& socket_;
  body_decoder decoder_;
  steady_time deadline_;
  std::string ready_; ///< Decoded and not read yet.
  status state_ = status::incomplete;
};

} // namespace kinora::http
