#include "http/outgoing.hpp"

#include "http/inbound_request.hpp"
#include "http/response_text.hpp"

#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <string_view>
#include <utility>

namespace kinora::http {

namespace {

constexpr std::size_t kept_bytes_max = 2 * 1024;
/// So much of an answer is sealed at a time.
constexpr std::size_t sealed_bytes_max = 64 * 1024;
/// A body that is smaller is sealed together with its head.
constexpr std::size_t joined_bytes_max = 16 * 1024;

} // namespace

void release(std::string& buffer) {
  buffer.clear();
  if (buffer.capacity() > kept_bytes_max)
    buffer.shrink_to_fit();
}

void outgoing::begin(response answer, bool with_content, bool is_last) {
  append_head(head_, answer);
  if (with_content && !has_no_content(answer.status))
    content_ = std::move(answer.body);
  if (tls_ && content_.size() < joined_bytes_max)
    head_ += std::exchange(content_, {});
  is_last_ = is_last;
}

outgoing::progress outgoing::send() {
  while (!is_done()) {
    if (send_rest() > 0 || errno == EINTR)
      continue;
    return errno == EAGAIN || errno == EWOULDBLOCK ? progress::blocked : progress::failed;
  }
  sent_ = 0;
  release(head_);
  std::string{}.swap(content_);
  return progress::done;
}

bool outgoing::is_done() const {
  return sent_ == head_.size() + content_.size() && (!tls_ || tls_->output().empty());
}

bool outgoing::flush() {
  while (tls_ && !tls_->output().empty())
    if (send_sealed() < 0)
      return errno != EAGAIN && errno != EWOULDBLOCK;
  return true;
}

void outgoing::say_continue() {
  constexpr std::string_view text = "HTTP/1.1 100 Continue\r\n\r\n";
  if (!tls_)
    ::send(fd_, text.data(), text.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
  else if (tls_->seal(text))
    flush();
}

void outgoing::end() {
  if (!tls_ || !is_done())
    return;
  tls_->end();
  flush();
}

/// Returns what `send` of the system does.
ssize_t outgoing::send_rest() {
  if (!tls_)
    return send_plain();
  if (seal_some())
    return send_sealed();
  errno = EPROTO;
  return -1;
}

/// Head and content at one go, neither copied.
ssize_t outgoing::send_plain() {
  std::array<iovec, 2> parts;
  msghdr message{};
  message.msg_iov = parts.data();
  auto skipped = sent_;
  for (auto* part : {&head_, &content_}) {
    if (skipped < part->size())
      parts[message.msg_iovlen++] = {part->data() + skipped, part->size() - skipped};
    skipped -= std::min(skipped, part->size());
  }
  const auto got = ::sendmsg(fd_, &message, MSG_NOSIGNAL | MSG_DONTWAIT);
  sent_ += got > 0 ? static_cast<std::size_t>(got) : 0;
  return got;
}

ssize_t outgoing::send_sealed() {
  const auto output = tls_->output();
  const auto got = ::send(fd_, output.data(), output.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
  if (got > 0)
    tls_->drop_output(static_cast<std::size_t>(got));
  return got;
}

/// Seals what comes next of the answer; behind the last one of a connection also its end.
bool outgoing::seal_some() {
  const auto size = head_.size() + content_.size();
  while (sent_ < size && tls_->output().size() < sealed_bytes_max) {
    const auto rest = sent_ < head_.size() ? std::string_view{head_}.substr(sent_)
                                           : std::string_view{content_}.substr(sent_ - head_.size());
    const auto part = rest.substr(0, sealed_bytes_max);
    if (!tls_->seal(part))
      return false;
    sent_ += part.size();
    if (sent_ == size && is_last_)
      tls_->end();
  }
  return true;
}

} // namespace kinora::http
