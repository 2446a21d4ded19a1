#include "http/timed_socket.hpp"

#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>

namespace kinora::http {

namespace {

constexpr std::size_t read_size = 16 * 1024;

bool would_block() {
  return errno == EAGAIN || errno == EWOULDBLOCK;
}

} // namespace

timed_socket::~timed_socket() {
  ::close(fd_);
}

void timed_socket::consume(std::size_t size) {
  start_ += size;
  if (start_ < buffer_.size())
    return;
  buffer_.clear();
  start_ = 0;
}

timed_socket::status timed_socket::wait(short events, steady_time deadline) const {
  for (;;) {
    const auto left =
        std::chrono::ceil<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now());
    pollfd polled{fd_, events, 0};
    const auto ready =
        ::poll(&polled, 1, static_cast<int>(std::clamp<std::int64_t>(left.count(), 0, 1 << 30)));
    if (ready > 0)
      return status::ok;
    if (ready < 0 && errno != EINTR)
      return status::closed;
    if (ready == 0 && std::chrono::steady_clock::now() >= deadline)
      return status::timed_out;
  }
}

timed_socket::status timed_socket::receive(steady_time deadline) {
  std::array<char, read_size> bytes;
  for (;;) {
    const auto got = ::recv(fd_, bytes.data(), bytes.size(), MSG_DONTWAIT);
    if (got > 0) {
      if (start_ > 0) {
        buffer_.erase(0, start_);
        start_ = 0;
      }
      buffer_.append(bytes.data(), static_cast<std::size_t>(got));
      return status::ok;
    }
    if (got == 0 || (!would_block() && errno != EINTR))
      return status::closed;
    if (const auto waited = wait(POLLIN, deadline); waited != status::ok)
      return waited;
  }
}

timed_socket::status timed_socket::send(std::string_view data, steady_time deadline) {
  while (!data.empty()) {
    const auto sent = ::send(fd_, data.data(), data.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
    if (sent >= 0) {
      data.remove_prefix(static_cast<std::size_t>(sent));
      continue;
    }
    if (!would_block() && errno != EINTR)
      return status::closed;
    if (const auto waited = wait(POLLOUT, deadline); waited != status::ok)
      return waited;
  }
  return status::ok;
}

void timed_socket::linger(steady_time deadline, std::size_t bytes_max) {
  ::shutdown(fd_, SHUT_WR);
  std::size_t dropped = 0;
  do {
    dropped += input().size();
    consume(input().size());
  } while (dropped < bytes_max && receive(deadline) == status::ok);
}

} // namespace kinora::http
