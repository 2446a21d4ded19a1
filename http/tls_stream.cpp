#include "http/tls_stream.hpp"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/ssl.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <memory>
#include <new>
#include <utility>

namespace kinora::http {

namespace {

constexpr std::size_t record_head_bytes = 5;
constexpr std::size_t hello_head_bytes = 4;
/// Browsers send up to 2 KB. OpenSSL would make room for 128 KB on the word of a stranger.
constexpr std::size_t hello_bytes_max = 16 * 1024;
constexpr std::size_t record_bytes_max = 16 * 1024;
/// A client has to change its keys every 2^24 records (RFC 8446, section 5.5); each change costs as much as a
/// small request.
constexpr std::size_t key_updates_max = 16;
/// A buffer that is larger is given back when there is no use for it.
constexpr std::size_t kept_bytes_max = 2 * 1024;

enum class opening { incomplete, hello, refused };

std::size_t number_at(std::string_view bytes, std::size_t first, std::size_t count) {
  std::size_t out = 0;
  for (const char x : bytes.substr(first, count))
    out = out << 8 | static_cast<unsigned char>(x);
  return out;
}

/// Whether a stream begins with a whole record that begins a ClientHello of no unheard-of size (RFC 8446,
/// sections 4 and 5.1).
opening judge_opening(std::string_view bytes) {
  constexpr std::string_view handshake_of_3_x{"\x16\x03", 2};
  if (bytes.substr(0, 2) != handshake_of_3_x.substr(0, bytes.size()))
    return opening::refused;
  if (bytes.size() < record_head_bytes)
    return opening::incomplete;
  const auto size = number_at(bytes, 3, 2);
  if (size < hello_head_bytes || size > record_bytes_max)
    return opening::refused;
  if (bytes.size() < record_head_bytes + size)
    return opening::incomplete;
  constexpr std::size_t client_hello = 1;
  const auto is_hello = number_at(bytes, record_head_bytes, 1) == client_hello &&
                        number_at(bytes, record_head_bytes + 1, 3) <= hello_bytes_max;
  return is_hello ? opening::hello : opening::refused;
}

} // namespace

/// What OpenSSL calls. No exception may leave these functions.
struct tls_wire {
  static tls_stream& owner(BIO* of) { return *static_cast<tls_stream*>(BIO_get_data(of)); }

  static int read(BIO* from, char* out, int room) {
    auto& x = owner(from);
    BIO_clear_retry_flags(from);
    if (x.key_updates_ > key_updates_max)
      return -1;
    if (x.input_.empty()) {
      BIO_set_retry_read(from);
      return -1;
    }
    const auto size = std::min(x.input_.size(), static_cast<std::size_t>(room));
    std::memcpy(out, x.input_.data(), size);
    x.input_.remove_prefix(size);
    return static_cast<int>(size);
  }

  static int write(BIO* to, const char* bytes, int size) {
    BIO_clear_retry_flags(to);
    try {
      owner(to).output_.append(bytes, static_cast<std::size_t>(size));
    } catch (const std::bad_alloc&) {
      return -1;
    }
    return size;
  }

  static long control(BIO*, int what, long, void*) { return what == BIO_CTRL_FLUSH ? 1 : 0; }

  static void note_message(int is_sent, int, int type, const void* bytes, std::size_t size, SSL*, void* to) {
    if (is_sent == 0 && type == SSL3_RT_HANDSHAKE && size > 0 &&
        *static_cast<const unsigned char*>(bytes) == SSL3_MT_KEY_UPDATE)
      ++static_cast<tls_stream*>(to)->key_updates_;
  }

  static const BIO_METHOD* method() {
    static const std::unique_ptr<BIO_METHOD, void (*)(BIO_METHOD*)> made = [] {
      std::unique_ptr<BIO_METHOD, void (*)(BIO_METHOD*)> out{
          BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "connection"), BIO_meth_free};
      if (!out)
        throw std::bad_alloc{};
      BIO_meth_set_read(out.get(), read);
      BIO_meth_set_write(out.get(), write);
      BIO_meth_set_ctrl(out.get(), control);
      return out;
    }();
    return made.get();
  }
};

tls_stream::tls_stream(const tls_context& from) : from_{from}, ssl_{nullptr, SSL_free} {}

tls_stream::~tls_stream() = default;

bool tls_stream::begin() {
  auto* wire = BIO_new(tls_wire::method());
  ssl_.reset(SSL_new(from_.current().get()));
  if (wire == nullptr || !ssl_) {
    BIO_free(wire);
    return false;
  }
  BIO_set_data(wire, this);
  BIO_set_init(wire, 1);
  SSL_set_bio(ssl_.get(), wire, wire);
  SSL_set_accept_state(ssl_.get());
  SSL_set_msg_callback(ssl_.get(), tls_wire::note_message);
  SSL_set_msg_callback_arg(ssl_.get(), this);
  return true;
}

bool tls_stream::take(std::string_view sealed, std::string& plain) {
  if (has_failed_)
    return false;
  if (!ssl_) {
    hello_ += sealed;
    const auto judged = judge_opening(hello_);
    if (judged == opening::incomplete)
      return true;
    has_failed_ = judged == opening::refused || !begin();
    if (has_failed_)
      return false;
    sealed = hello_;
  }
  input_ = sealed;
  has_failed_ = !read_all(plain);
  input_ = {};
  std::string{}.swap(hello_);
  return !has_failed_;
}

bool tls_stream::read_all(std::string& plain) {
  std::array<char, record_bytes_max> piece;
  for (;;) {
    ERR_clear_error();
    std::size_t got = 0;
    if (SSL_read_ex(ssl_.get(), piece.data(), piece.size(), &got) == 1) {
      plain.append(piece.data(), got);
      if (input_.empty() && SSL_has_pending(ssl_.get()) == 0)
        return true; // asking once more would cost as much again
      continue;
    }
    switch (SSL_get_error(ssl_.get(), 0)) {
    case SSL_ERROR_WANT_READ: return true;
    case SSL_ERROR_ZERO_RETURN: has_ended_ = true; return true;
    default: return false;
    }
  }
}

bool tls_stream::seal(std::string_view plain) {
  if (has_failed_ || !is_established())
    return false;
  ERR_clear_error();
  std::size_t done = 0;
  has_failed_ = SSL_write_ex(ssl_.get(), plain.data(), plain.size(), &done) != 1;
  return !has_failed_;
}

void tls_stream::end() {
  if (has_failed_ || !is_established() || (SSL_get_shutdown(ssl_.get()) & SSL_SENT_SHUTDOWN) != 0)
    return;
  ERR_clear_error();
  SSL_shutdown(ssl_.get());
}

bool tls_stream::is_established() const {
  return ssl_ && SSL_is_init_finished(ssl_.get()) != 0;
}

void tls_stream::drop_output(std::size_t size) {
  output_.erase(0, size);
  if (output_.empty() && output_.capacity() > kept_bytes_max)
    output_.shrink_to_fit();
}

} // namespace kinora::http
