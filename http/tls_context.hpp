// What the public port speaks TLS with: a certificate, its key, and the rules for both sides.
#pragma once

#include "domain/result.hpp"

#include <memory>
#include <mutex>
#include <string>

struct ssl_ctx_st; // OpenSSL's headers stay in the sources that use them.

namespace kinora::http {

/// What an operator wants to know of a certificate.
struct tls_certificate {
  std::string subject; ///< As RFC 2253 writes it.
  std::string expires; ///< A time, in GMT.
  bool is_valid_now = true;
};

/// Reads the pair of files, as often as it is asked to, and hands out what was good last: TLS 1.2 and 1.3,
/// AEAD ciphers with an ephemeral key, ALPN `http/1.1`. Who has a context keeps it as long as he likes.
class tls_context {
public:
  tls_context(std::string certificate_file, std::string key_file);

  /// Reads both files; connections that begin from now on get them. A failure, whose field is the setting at
  /// fault, changes nothing. That a certificate has expired is no failure, but told. Blocks on the file
  /// system. One thread.
  result<tls_certificate> load();

  /// What a new connection is to use; null before the first `load` that succeeded. Any thread.
  std::shared_ptr<ssl_ctx_st> current() const;

private:
  const std::string certificate_file_;
  const std::string key_file_;
  mutable std::mutex mutex_;
  std::shared_ptr<ssl_ctx_st> current_; ///< Guarded.
};

} // namespace kinora::http
