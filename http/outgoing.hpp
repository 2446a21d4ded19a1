// What one connection of the event-driven listener sends. Internal to that listener.
#pragma once

#include "http/message.hpp"
#include "http/tls_stream.hpp"

#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <string>

namespace kinora::http {

/// Empties a buffer, and gives its memory back where that is more than a connection keeps between two uses.
void release(std::string& buffer);

/// Sends one answer after the other, as it is or, with TLS, sealed, and what TLS has to say by itself. Never
/// blocks.
class outgoing {
public:
  enum class progress : std::uint8_t { done, blocked, failed };

  /// `fd` stays open, and `tls` alive, for as long as this is used. Without `tls` it is plain HTTP.
  outgoing(int fd, tls_stream* tls) : fd_{fd}, tls_{tls} {}

  /// Takes the next answer; the one before is done. Without content, to a HEAD, only what is said of it is
  /// sent. Behind the last answer of a connection TLS ends.
  void begin(response answer, bool with_content, bool is_last);

  /// Sends as much of it as the system takes.
  progress send();

  /// Whether there is nothing left to send.
  bool is_done() const;

  /// Sends what TLS has to say by itself. Returns whether there is nothing left to wait for: a connection
  /// that is broken is found so by reading.
  bool flush();

  /// Has a client that waits for it send its body.
  void say_continue();

  /// Has TLS say that nothing more will come, unless an answer is on its way: the other side is to see that
  /// something of it is missing.
  void end();

private:
  ssize_t send_rest();
  ssize_t send_plain();
  ssize_t send_sealed();
  bool seal_some();

  const int fd_;
  tls_stream* const tls_;
  std::string head_;
  std::string content_;
  std::size_t sent_ = 0; ///< Of both; with TLS what is sealed, and then sent from there.
  bool is_last_ = false;
};

} // namespace kinora::http
