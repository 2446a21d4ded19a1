#define CAF_SUITE http.asio_listener
#include "tests/support/unit_test.hpp"

#include "http/asio_listener.hpp"
#include "tests/http/plain_channel.hpp"

using tested_listener = kinora::http::asio_listener;

#include "tests/http/asio_listener_suite.hpp"

CAF_TEST_FIXTURE_SCOPE(plain_listener_tests, fixture)

CAF_TEST(running out of descriptors pauses accepting and is over when there are some) {
  rlimit limit{};
  ::getrlimit(RLIMIT_NOFILE, &limit);
  const auto before = limit;
  std::atomic<int> errors{0};
  options.on_error = [&](std::string_view what) {
    CAF_MESSAGE(what);
    ++errors;
  };
  start();
  client busy{port};
  busy.send("GET /hold HTTP/1.1\r\nHost: a\r\n\r\n");
  auto out = next_held();
  client idle{port};
  CAF_CHECK_EQUAL(idle.ask(get_ping), 200);
  const auto last_fd = ::socket(AF_INET, SOCK_STREAM, 0);
  limit.rlim_cur = static_cast<rlim_t>(last_fd) + 1;
  ::setrlimit(RLIMIT_NOFILE, &limit);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  CAF_CHECK_EQUAL(::connect(last_fd, reinterpret_cast<const sockaddr*>(&address), sizeof(address)), 0);
  ::send(last_fd, get_ping, std::strlen(get_ping), MSG_NOSIGNAL);
  // An idle connection makes room for it.
  char byte = 0;
  const timeval patience{5, 0};
  ::setsockopt(last_fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
  CAF_CHECK_EQUAL(::recv(last_fd, &byte, 1, 0), 1);
  ::setrlimit(RLIMIT_NOFILE, &before);
  ::close(last_fd);
  CAF_CHECK_EQUAL(errors.load(), 1);
  out->complete({});
  CAF_CHECK(busy.receive().starts_with("HTTP/1.1 200 "));
  CAF_CHECK_EQUAL(client{port}.ask(get_ping), 200);
}

CAF_TEST_FIXTURE_SCOPE_END()
