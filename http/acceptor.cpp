#include "http/acceptor.hpp"

#include <boost/asio/post.hpp>

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <optional>

namespace kinora::http {

namespace {

namespace asio = boost::asio;

constexpr int backlog = 4096; // the system's own limit is often lower
constexpr std::chrono::milliseconds room_interval{10};
constexpr std::size_t in_a_row_max = 64;

/// What addresses are told apart by: all of an IPv4 address, the network part (64 bits) of an IPv6 one.
std::string address_key(const sockaddr_storage& from) {
  if (from.ss_family == AF_INET) {
    sockaddr_in x;
    std::memcpy(&x, &from, sizeof(x));
    return {reinterpret_cast<const char*>(&x.sin_addr), sizeof(x.sin_addr)};
  }
  sockaddr_in6 x;
  std::memcpy(&x, &from, sizeof(x));
  const auto* bytes = reinterpret_cast<const char*>(&x.sin6_addr);
  return IN6_IS_ADDR_V4MAPPED(&x.sin6_addr) != 0 ? std::string{bytes + 12, 4} : std::string{bytes, 8};
}

void set_options(int fd) {
  const int yes = 1;
  ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof(yes));
}

/// Whether a connection could be accepted.
bool is_waiting(int fd) {
  pollfd x{fd, POLLIN, 0};
  return ::poll(&x, 1, 0) > 0;
}

} // namespace

acceptor::acceptor(listener_state& shared, const std::vector<std::shared_ptr<io_thread>>& threads)
    : shared_{shared}, threads_{threads}, socket_{context_}, retry_{context_} {}

result<std::uint16_t> acceptor::bind() {
  using asio::ip::tcp;
  const auto& options = shared_.options;
  boost::system::error_code error;
  tcp::resolver resolver{context_};
  const auto found =
      resolver.resolve(options.host, std::to_string(options.port), tcp::resolver::passive, error);
  if (error || found.empty())
    return bind_failure(options, EADDRNOTAVAIL);
  const auto address = found.begin()->endpoint();
  socket_.open(address.protocol(), error);
  if (!error) // two servers on one port are a mistake, so no SO_REUSEPORT
    socket_.set_option(tcp::acceptor::reuse_address{true}, error);
  if (!error)
    socket_.bind(address, error);
  if (!error)
    socket_.listen(backlog, error);
  if (error) {
    boost::system::error_code ignored;
    socket_.close(ignored);
    return bind_failure(options, error.value());
  }
  socket_.non_blocking(true);
  // When the system received a request, for the time that it waited to be read; connections inherit it.
  const int yes = 1;
  ::setsockopt(socket_.native_handle(), SOL_SOCKET, SO_TIMESTAMPNS, &yes, sizeof(yes));
  return socket_.local_endpoint().port();
}

void acceptor::start() {
  await_connection();
  thread_ = std::thread{[this] { run_until_stopped(context_, shared_.options.on_error); }};
}

void acceptor::stop() {
  if (thread_.joinable()) {
    asio::post(context_, [this] {
      for (int i = 0; i < backlog && accept_one() == taken::one; ++i) {
      }
      context_.stop();
    });
    thread_.join();
  }
  boost::system::error_code ignored;
  socket_.close(ignored);
}

void acceptor::await_connection() {
  socket_.async_wait(socket_.wait_read, [this](const boost::system::error_code& error) {
    if (!error)
      accept_some();
  });
}

void acceptor::await_room() {
  make_room();
  retry_.expires_after(room_interval);
  retry_.async_wait([this](const boost::system::error_code& error) {
    if (!error)
      accept_some();
  });
}

void acceptor::accept_some() {
  auto result = taken::one;
  for (std::size_t i = 0; i < in_a_row_max && result == taken::one; ++i)
    result = accept_one();
  if (result == taken::no_room)
    await_room();
  else
    await_connection();
}

acceptor::taken acceptor::accept_one() {
  if (shared_.open() >= shared_.options.connections_max)
    return is_waiting(socket_.native_handle()) ? taken::no_room : taken::none_waiting;
  sockaddr_storage from{};
  socklen_t size = sizeof(from);
  const auto fd = ::accept4(socket_.native_handle(), reinterpret_cast<sockaddr*>(&from), &size,
                            SOCK_NONBLOCK | SOCK_CLOEXEC);
  if (fd < 0) {
    if (errno == EAGAIN || errno == EWOULDBLOCK)
      return taken::none_waiting;
    if (errno != EMFILE && errno != ENFILE && errno != ENOBUFS && errno != ENOMEM)
      return taken::one; // this connection is gone again; the next one may be there
    const auto error = errno;
    if (!is_waiting(socket_.native_handle()))
      return taken::none_waiting; // the system looks for a descriptor first
    note(error);
    return taken::no_room;
  }
  noted_ = false;
  set_options(fd);
  auto address = shared_.options.connections_per_address_max > 0 ? address_key(from) : std::string{};
  if (shared_.enter(address))
    threads_[next_++ % threads_.size()]->adopt(fd, std::move(address));
  else
    ::close(fd);
  return taken::one;
}

/// Tells of a shortage once, until it is over.
void acceptor::note(int error) {
  if (!std::exchange(noted_, true))
    shared_.options.on_error(std::string{"accepting failed, and is tried again: "} + std::strerror(error));
}

/// Ends some connections that are idle for longest: of the thread that has the very longest.
void acceptor::make_room() {
  const auto oldest =
      std::min_element(threads_.begin(), threads_.end(), [](const auto& lhs, const auto& rhs) {
        return lhs->oldest_idle() < rhs->oldest_idle();
      });
  (*oldest)->close_longest_idle(std::max<std::size_t>(1, shared_.options.connections_max / 100));
}

} // namespace kinora::http
