// A client's side of TLS, for tests: as bytes in and out, and over a socket.
#pragma once

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include <sys/socket.h>
#include <sys/time.h>

#include <array>
#include <chrono>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

namespace kinora::test {

using session_ptr = std::shared_ptr<SSL_SESSION>;

struct tls_peer_options {
  int version = 0; ///< As OpenSSL numbers them, the only one that is spoken; 0: any that OpenSSL does.
  std::string protocols = {}; ///< For ALPN, each with its length before it.
  session_ptr session = {};   ///< To resume.
};

/// Trusts every server. What is to be sent collects until it is taken.
class tls_peer {
public:
  enum class status { done, more, ended, failed }; ///< More: of the server's bytes.

  explicit tls_peer(const tls_peer_options& x = {})
      : context_{SSL_CTX_new(TLS_client_method()), SSL_CTX_free}, ssl_{nullptr, SSL_free} {
    SSL_CTX_set_security_level(context_.get(), 0); // for versions that a server has to refuse
    SSL_CTX_set_min_proto_version(context_.get(), x.version != 0 ? x.version : TLS1_VERSION);
    SSL_CTX_set_max_proto_version(context_.get(), x.version);
    ssl_.reset(SSL_new(context_.get()));
    if (!ssl_)
      throw std::runtime_error{"no TLS client"};
    SSL_set_bio(ssl_.get(), BIO_new(BIO_s_mem()), BIO_new(BIO_s_mem()));
    SSL_set_connect_state(ssl_.get());
    if (!x.protocols.empty())
      SSL_set_alpn_protos(ssl_.get(), reinterpret_cast<const unsigned char*>(x.protocols.data()),
                          static_cast<unsigned int>(x.protocols.size()));
    if (x.session)
      SSL_set_session(ssl_.get(), x.session.get());
  }

  SSL* ssl() { return ssl_.get(); }

  /// What the server sent.
  void take(std::string_view bytes) {
    BIO_write(SSL_get_rbio(ssl_.get()), bytes.data(), static_cast<int>(bytes.size()));
  }

  /// What is to be sent to it.
  std::string output() {
    auto* bio = SSL_get_wbio(ssl_.get());
    std::string out(static_cast<std::size_t>(BIO_pending(bio)), '\0');
    BIO_read(bio, out.data(), static_cast<int>(out.size()));
    return out;
  }

  status shake() { return judge(SSL_do_handshake(ssl_.get())); }
  status write(std::string_view text) {
    ERR_clear_error();
    return judge(SSL_write(ssl_.get(), text.data(), static_cast<int>(text.size())));
  }
  void end() { SSL_shutdown(ssl_.get()); }

  /// Appends what has come.
  status read(std::string& out) {
    std::array<char, 16'384> piece;
    for (;;) {
      ERR_clear_error();
      const auto got = SSL_read(ssl_.get(), piece.data(), static_cast<int>(piece.size()));
      if (got <= 0)
        return judge(got);
      out.append(piece.data(), static_cast<std::size_t>(got));
    }
  }

  /// The common name of the server's certificate.
  std::string server_name() const {
    const std::unique_ptr<X509, void (*)(X509*)> own{SSL_get1_peer_certificate(ssl_.get()), X509_free};
    std::array<char, 256> name{};
    if (own)
      X509_NAME_get_text_by_NID(X509_get_subject_name(own.get()), NID_commonName, name.data(), name.size());
    return name.data();
  }

  session_ptr session() const { return {SSL_get1_session(ssl_.get()), SSL_SESSION_free}; }

private:
  status judge(int result) {
    if (result > 0)
      return status::done;
    switch (SSL_get_error(ssl_.get(), result)) {
    case SSL_ERROR_WANT_READ: return status::more;
    case SSL_ERROR_ZERO_RETURN: return status::ended;
    default: return status::failed;
    }
  }

  std::unique_ptr<SSL_CTX, void (*)(SSL_CTX*)> context_;
  std::unique_ptr<SSL, void (*)(SSL*)> ssl_;
};

/// Sends and receives over a blocking socket, which it does not own. Shakes hands when there is something to
/// send; what a server that does not answer yet cannot be sent goes out when something is received.
class tls_channel {
public:
  explicit tls_channel(int fd, const tls_peer_options& x = {}) : fd_{fd}, peer_{x} {}

  /// As `send`.
  ssize_t send(std::string_view text) {
    unsent_ += text;
    if (!is_shaken_ && !shake(std::chrono::milliseconds{300}))
      return is_broken_ ? -1 : static_cast<ssize_t>(text.size());
    return send_unsent() ? static_cast<ssize_t>(text.size()) : -1;
  }

  /// As `recv`: 0 when the server has said that it is done, -1 when it just closes.
  ssize_t receive(char* out, std::size_t room) {
    if (!is_shaken_ && unsent_.empty()) // nothing was said: it can only close
      return ::recv(fd_, out, room, 0);
    if ((!is_shaken_ && !shake(patience)) || !send_unsent())
      return -1;
    while (plain_.empty()) {
      switch (peer_.read(plain_)) {
      case tls_peer::status::ended: return plain_.empty() ? 0 : give(out, room);
      case tls_peer::status::failed: return -1;
      default: break;
      }
      if (plain_.empty() && !fill())
        return -1;
    }
    return give(out, room);
  }

  /// Says that nothing more will be sent.
  void finish() {
    peer_.end();
    send_output();
    ::shutdown(fd_, SHUT_WR);
  }

  tls_peer& peer() { return peer_; }

  bool send_output() { return send_all(peer_.output()); }

  /// Whether something that looks like HTTP has come in the clear.
  bool saw_clear_text() const { return saw_clear_text_; }

  bool shake(std::chrono::milliseconds wait) {
    wait_at_most(wait);
    auto result = tls_peer::status::more;
    while (!is_shaken_ && !is_broken_) {
      result = peer_.shake();
      is_broken_ = result == tls_peer::status::failed;
      is_shaken_ = result == tls_peer::status::done;
      if (!send_output() || (result == tls_peer::status::more && !fill()))
        break;
    }
    wait_at_most(patience);
    return is_shaken_;
  }

private:
  static constexpr std::chrono::milliseconds patience{5000};

  void wait_at_most(std::chrono::milliseconds x) {
    const timeval time{x.count() / 1000, x.count() % 1000 * 1000};
    ::setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &time, sizeof(time));
  }

  bool send_all(std::string_view bytes) {
    while (!bytes.empty()) {
      const auto sent = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (sent <= 0)
        return false;
      bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
    return true;
  }

  bool send_unsent() {
    const auto text = std::exchange(unsent_, {});
    return text.empty() || (peer_.write(text) == tls_peer::status::done && send_output());
  }

  bool fill() {
    std::array<char, 65'536> bytes;
    const auto got = ::recv(fd_, bytes.data(), bytes.size(), 0);
    if (got <= 0)
      return false;
    const std::string_view came{bytes.data(), static_cast<std::size_t>(got)};
    saw_clear_text_ = saw_clear_text_ || came.find("HTTP/1.") != came.npos;
    peer_.take(came);
    return true;
  }

  ssize_t give(char* out, std::size_t room) {
    const auto size = plain_.copy(out, room);
    plain_.erase(0, size);
    return static_cast<ssize_t>(size);
  }

  int fd_;
  tls_peer peer_;
  std::string unsent_;
  std::string plain_;
  bool is_shaken_ = false;
  bool is_broken_ = false;
  bool saw_clear_text_ = false;
};

} // namespace kinora::test
