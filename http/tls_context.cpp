#include "http/tls_context.hpp"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <optional>
#include <stdexcept>
#include <string_view>
#include <utility>

namespace kinora::http {

namespace {

constexpr auto certificate_setting = "TLS_CERT_FILE";
constexpr auto key_setting = "TLS_KEY_FILE";
constexpr std::size_t file_bytes_max = 1024 * 1024;

/// Ephemeral keys and AEAD only: what Mozilla's "intermediate" list (version 5.7) leaves without finite-field
/// Diffie-Hellman, which costs a server more than a client.
constexpr auto ciphers_of_tls_1_2 = "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:"
                                    "ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-RSA-AES256-GCM-SHA384:"
                                    "ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305";
/// Cheap for both sides; P-384, P-521 and X448 take 7 to 20 times as long.
constexpr auto groups = "X25519:P-256";
constexpr long ticket_lifetime_sec = 3600;

template <auto Free>
struct freed_by {
  void operator()(auto* x) const { Free(x); }
};

using bio_ptr = std::unique_ptr<BIO, freed_by<BIO_free_all>>;
using certificate_ptr = std::unique_ptr<X509, freed_by<X509_free>>;
using key_ptr = std::unique_ptr<EVP_PKEY, freed_by<EVP_PKEY_free>>;
using context_ptr = std::shared_ptr<SSL_CTX>;

/// Text that is wiped from memory at the end.
struct secret_text {
  std::string text;
  ~secret_text() { OPENSSL_cleanse(text.data(), text.size()); }
};

/// What OpenSSL says went wrong last, in parentheses; empties its queue.
std::string reason() {
  const auto* text = ERR_reason_error_string(ERR_peek_last_error());
  ERR_clear_error();
  return text != nullptr ? std::string{" ("} + text + ")" : std::string{};
}

/// Reads a whole file into `out`. Waits for nobody who would have to write it: only files are read.
std::optional<failure> read_file(const char* setting, const std::string& path, std::string& out) {
  const auto fd = ::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC);
  if (fd < 0)
    return invalid(setting, "cannot read " + path + ": " + std::strerror(errno));
  struct stat about {};
  const auto is_file = ::fstat(fd, &about) == 0 && S_ISREG(about.st_mode);
  out.resize(file_bytes_max + 1); // at once: a buffer that grew would leave pieces of a key behind
  const auto got = is_file ? ::read(fd, out.data(), out.size()) : 0;
  const auto error = errno;
  ::close(fd);
  if (!is_file)
    return invalid(setting, path + " is not a file");
  if (got < 0)
    return invalid(setting, "cannot read " + path + ": " + std::strerror(error));
  out.resize(static_cast<std::size_t>(got));
  if (out.size() > file_bytes_max)
    return invalid(setting, path + " is larger than " + std::to_string(file_bytes_max) + " bytes");
  return std::nullopt;
}

bio_ptr reader_of(const std::string& text) {
  return bio_ptr{BIO_new_mem_buf(text.data(), static_cast<int>(text.size()))};
}

/// Makes `context` use the first certificate of `text` as the server's own, and the others as its chain.
std::optional<failure> use_certificates(SSL_CTX& context, const std::string& path, const std::string& text) {
  ERR_clear_error();
  const auto in = reader_of(text);
  const certificate_ptr own{PEM_read_bio_X509(in.get(), nullptr, nullptr, nullptr)};
  if (!own)
    return invalid(certificate_setting, path + " does not begin with a certificate in PEM format" + reason());
  if (SSL_CTX_use_certificate(&context, own.get()) != 1)
    return invalid(certificate_setting, "the certificate in " + path + " cannot be used" + reason());
  for (;;) {
    const certificate_ptr next{PEM_read_bio_X509(in.get(), nullptr, nullptr, nullptr)};
    if (!next)
      break;
    if (SSL_CTX_add1_chain_cert(&context, next.get()) != 1)
      return invalid(certificate_setting, "the chain in " + path + " cannot be used" + reason());
  }
  if (ERR_GET_REASON(ERR_peek_last_error()) != PEM_R_NO_START_LINE)
    return invalid(certificate_setting, "the chain in " + path + " is damaged" + reason());
  ERR_clear_error();
  return std::nullopt;
}

/// Called for the passphrase of a key; there is nobody to ask.
int note_that_asked(char*, int, int, void* asked) {
  *static_cast<bool*>(asked) = true;
  return -1;
}

std::optional<failure> use_key(SSL_CTX& context, const std::string& path, const std::string& text) {
  ERR_clear_error();
  auto is_encrypted = false;
  const key_ptr key{PEM_read_bio_PrivateKey(reader_of(text).get(), nullptr, note_that_asked, &is_encrypted)};
  if (is_encrypted) {
    ERR_clear_error();
    return invalid(key_setting, "the key in " + path +
                                    " is encrypted; give it without a passphrase (`openssl pkey`), readable "
                                    "by nobody but the server");
  }
  if (!key)
    return invalid(key_setting, path + " holds no private key in PEM format" + reason());
  if (X509_check_private_key(SSL_CTX_get0_certificate(&context), key.get()) != 1) {
    ERR_clear_error();
    return invalid(key_setting, "the key in " + path + " does not belong to the first certificate of " +
                                    certificate_setting + "; give the key that it was made for");
  }
  if (SSL_CTX_use_PrivateKey(&context, key.get()) != 1)
    return invalid(key_setting, "the key in " + path + " cannot be used" + reason());
  return std::nullopt;
}

/// `http/1.1`, or nothing in common (RFC 7301, section 3.2). Not called when a client offers nothing.
int select_protocol(SSL*, const unsigned char** out, unsigned char* out_size, const unsigned char* offered,
                    unsigned int offered_size, void*) {
  constexpr std::string_view http_1_1 = "http/1.1";
  for (unsigned int i = 0; i < offered_size; i += 1u + offered[i]) {
    const std::string_view name{reinterpret_cast<const char*>(offered) + i + 1, offered[i]};
    if (name != http_1_1)
      continue;
    *out = offered + i + 1;
    *out_size = offered[i];
    return SSL_TLSEXT_ERR_OK;
  }
  return SSL_TLSEXT_ERR_ALERT_FATAL;
}

/// Throws `std::runtime_error` when this OpenSSL does not know what every version we run with does.
context_ptr make_rules() {
  context_ptr out{SSL_CTX_new(TLS_server_method()), SSL_CTX_free};
  const auto knows_all = out && SSL_CTX_set_min_proto_version(out.get(), TLS1_2_VERSION) == 1 &&
                         SSL_CTX_set_max_proto_version(out.get(), TLS1_3_VERSION) == 1 &&
                         SSL_CTX_set_cipher_list(out.get(), ciphers_of_tls_1_2) == 1 &&
                         SSL_CTX_set1_groups_list(out.get(), groups) == 1;
  if (!knows_all)
    throw std::runtime_error{"TLS cannot be set up" + reason()};
  SSL_CTX_set_options(out.get(), SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION);
  SSL_CTX_set_mode(out.get(), SSL_MODE_RELEASE_BUFFERS | SSL_MODE_NO_AUTO_CHAIN);
  // Who comes back has a ticket; the server remembers nobody.
  SSL_CTX_set_session_cache_mode(out.get(), SSL_SESS_CACHE_OFF);
  SSL_CTX_set_timeout(out.get(), ticket_lifetime_sec);
  SSL_CTX_set_num_tickets(out.get(), 1);
  SSL_CTX_set_alpn_select_cb(out.get(), select_protocol, nullptr);
  return out;
}

std::string text_of(const ASN1_TIME* time) {
  const bio_ptr out{BIO_new(BIO_s_mem())};
  ASN1_TIME_print(out.get(), time);
  const char* text = nullptr;
  const auto size = BIO_get_mem_data(out.get(), &text);
  return {text, static_cast<std::size_t>(size)};
}

std::string text_of(const X509_NAME* name) {
  const bio_ptr out{BIO_new(BIO_s_mem())};
  X509_NAME_print_ex(out.get(), name, 0, XN_FLAG_RFC2253);
  const char* text = nullptr;
  const auto size = BIO_get_mem_data(out.get(), &text);
  return {text, static_cast<std::size_t>(size)};
}

tls_certificate describe(const X509& x) {
  const auto has_begun = X509_cmp_current_time(X509_get0_notBefore(&x)) < 0;
  const auto has_ended = X509_cmp_current_time(X509_get0_notAfter(&x)) < 0;
  return {text_of(X509_get_subject_name(&x)), text_of(X509_get0_notAfter(&x)), has_begun && !has_ended};
}

} // namespace

tls_context::tls_context(std::string certificate_file, std::string key_file)
    : certificate_file_{std::move(certificate_file)}, key_file_{std::move(key_file)} {}

result<tls_certificate> tls_context::load() {
  std::string certificates;
  secret_text key;
  auto bad = read_file(certificate_setting, certificate_file_, certificates);
  if (!bad)
    bad = read_file(key_setting, key_file_, key.text);
  if (bad)
    return *bad;
  auto made = make_rules();
  bad = use_certificates(*made, certificate_file_, certificates);
  if (!bad)
    bad = use_key(*made, key_file_, key.text);
  if (bad)
    return *bad;
  auto about = describe(*SSL_CTX_get0_certificate(made.get()));
  const std::lock_guard lock{mutex_};
  current_ = std::move(made);
  return about;
}

std::shared_ptr<ssl_ctx_st> tls_context::current() const {
  const std::lock_guard lock{mutex_};
  return current_;
}

} // namespace kinora::http
