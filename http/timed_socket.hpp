// One connection's socket with absolute deadlines and a read buffer.
#pragma once

#include "domain/time.hpp"

#include <chrono>
#include <string>
#include <string_view>

namespace kinora::http {

/// Owns a connected stream socket. Every wait ends at a point of the steady clock, however slowly the other
/// side sends or reads. No method raises SIGPIPE. One thread, but `shutdown(2)` on `fd()` from elsewhere
/// wakes it.
class timed_socket {
public:
  enum class status { ok, closed, timed_out };

  explicit timed_socket(int fd) : fd_{fd} {}
  ~timed_socket();
  timed_socket(const timed_socket&) = delete;
  timed_socket& operator=(const timed_socket&) = delete;

  int fd() const { return fd_; }

  /// What has arrived and was not consumed.
  std::string_view input() const { return std::string_view{buffer_}.substr(start_); }

  /// Drops `size` bytes from the front of `input()`.
  void consume(std::size_t size);

  /// Adds at least one byte to `input()`, waiting for it until `deadline`.
  status receive(steady_time deadline);

  /// Hands all of `data` to the system, waiting for room until `deadline`.
  status send(std::string_view data, steady_time deadline);

  /// Says that nothing more will be sent, then reads and drops input until the other side closes, `deadline`
  /// passes or `bytes_max` bytes came. Closing with unread input would reset the connection, and the reset
  /// would overtake the answer just sent.
  void linger(steady_time deadline, std::size_t bytes_max);

private:
  status wait(short events, steady_time deadline) const;

  int fd_;
  std::string buffer_;
  std::size_t start_ = 0; ///< Where `input()` begins in `buffer_`.
};

} // namespace kinora::http
