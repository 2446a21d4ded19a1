// TLS of one connection of the event-driven listener. Internal to that listener.
#pragma once

#include "http/tls_context.hpp"

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

struct ssl_st;

namespace kinora::http {

/// Stands between the bytes of a socket and what they say, and moves none of them itself. What it wants sent
/// collects in `output`. Until a client has said hello it holds no more than the client has sent. Not
/// thread-safe, and not to be moved: OpenSSL holds on to it.
class tls_stream {
public:
  /// `from` outlives this, and has loaded.
  explicit tls_stream(const tls_context& from);
  ~tls_stream();
  tls_stream(const tls_stream&) = delete;
  tls_stream& operator=(const tls_stream&) = delete;

  /// Takes what the socket brought, and appends what it says to `plain`: all of it, nothing stays inside but
  /// part of a record. Returns false when this is no TLS that we speak; then an alert may be in `output`, and
  /// nothing more is to be taken or sealed.
  bool take(std::string_view sealed, std::string& plain);

  /// Appends `plain` to `output`, sealed. Returns false before the handshake is done, and after a failure.
  bool seal(std::string_view plain);

  /// Says in `output` that nothing more will come; nothing before the handshake is done, after a failure, and
  /// the second time.
  void end();

  /// Whether the other side has said that nothing more will come.
  bool has_ended() const { return has_ended_; }

  /// Whether it has answered the client's hello.
  bool has_begun() const { return ssl_ != nullptr; }

  bool is_established() const;

  std::string_view output() const { return output_; }

  /// So much of `output` has been sent.
  void drop_output(std::size_t size);

private:
  friend struct tls_wire; ///< What OpenSSL calls.

  bool begin();
  bool read_all(std::string& plain);

  const tls_context& from_;
  std::string hello_;                              ///< The first record, until it is complete.
  std::unique_ptr<ssl_st, void (*)(ssl_st*)> ssl_; ///< Null until then.
  std::string_view input_;                         ///< Taken, and not yet read by OpenSSL.
  std::string output_;
  std::size_t key_updates_ = 0; ///< That the client made.
  bool has_ended_ = false;
  bool has_failed_ = false;
};

} // namespace kinora::http
