#define CAF_SUITE http.asio_listener_tls
#include "tests/support/unit_test.hpp"

#include "http/asio_listener.hpp"
#include "http/tls_context.hpp"
#include "tests/support/temp_dir.hpp"
#include "tests/support/tls_pair.hpp"
#include "tests/support/tls_peer.hpp"

namespace {

/// A pair of files, and what was loaded from them.
class certificate_files {
public:
  certificate_files() { replace({}); }

  void replace(const kinora::test::tls_pair_options& x) {
    const auto pair = kinora::test::make_tls_pair(x);
    kinora::test::write_file(folder_ / "crt", pair.certificate);
    kinora::test::write_file(folder_ / "key", pair.key);
    context->load().value();
  }

private:
  kinora::test::temp_dir folder_;

public:
  const std::shared_ptr<kinora::http::tls_context> context =
      std::make_shared<kinora::http::tls_context>(folder_ / "crt", folder_ / "key");
};

certificate_files& files() {
  static certificate_files out;
  return out;
}

void prepare(kinora::http::listener_options& options) {
  options.tls = files().context;
}

/// Every other client speaks TLS 1.2. Nothing of an answer may ever come in the clear.
class tested_channel : public kinora::test::tls_channel {
public:
  explicit tested_channel(int fd) : tls_channel{fd, {.version = next_version()}} {}
  ~tested_channel() { CAF_CHECK(!saw_clear_text()); }

private:
  static int next_version() {
    static int made = 0;
    return ++made % 2 == 0 ? TLS1_2_VERSION : TLS1_3_VERSION;
  }
};

} // namespace

using tested_listener = kinora::http::asio_listener;

#include "tests/http/asio_listener_suite.hpp"

namespace {

/// What comes over a bare socket until it is closed; "still open" when that takes longer than five seconds.
std::string rest_of(int fd) {
  std::string out;
  char bytes[4096];
  for (;;) {
    const auto got = ::recv(fd, bytes, sizeof(bytes), 0);
    if (got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
      return "still open";
    if (got <= 0)
      return out;
    out.append(bytes, static_cast<std::size_t>(got));
  }
}

void send_bare(const client& to, std::string_view bytes) {
  ::send(to.fd(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
}

std::string new_hello() {
  test::tls_peer peer;
  peer.shake();
  return peer.output();
}

} // namespace

CAF_TEST_FIXTURE_SCOPE(tls_listener_tests, fixture)

CAF_TEST(plain http is closed at once without an answer) {
  start();
  for (const std::string bytes : {get_ping, "G", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"}) {
    client c{port};
    const auto begin = timer::now();
    send_bare(c, bytes);
    CAF_CHECK_EQUAL(rest_of(c.fd()), "");
    CAF_CHECK(timer::now() - begin < 1s);
  }
  CAF_CHECK(reaches(0));
}

CAF_TEST(handshakes that stall are ended in time and block nobody) {
  options.header_timeout = 1s;
  options.idle_timeout = 10s;
  options.io_threads = 1;
  start();
  const auto hello = new_hello();
  const auto begin = timer::now();
  std::deque<client> silent, half, answered;
  for (int i = 0; i < 20; ++i) {
    silent.emplace_back(port);
    send_bare(half.emplace_back(port), std::string_view{hello}.substr(0, hello.size() / 2));
    send_bare(answered.emplace_back(port), hello); // and nothing after what the server says
  }
  client slow{port};
  for (const char byte : std::string_view{hello}.substr(0, 10)) {
    send_bare(slow, {&byte, 1});
    client quick{port};
    CAF_CHECK_EQUAL(quick.ask(get_ping), 200);
    std::this_thread::sleep_for(10ms);
  }
  CAF_CHECK(timer::now() - begin < 1s);
  for (auto* of : {&silent, &half})
    for (auto& c : *of)
      CAF_CHECK_EQUAL(rest_of(c.fd()), "");
  for (auto& c : answered)
    CAF_CHECK(rest_of(c.fd()).starts_with("\x16\x03\x03")); // its part of the handshake
  CAF_CHECK_EQUAL(rest_of(slow.fd()), "");
  CAF_CHECK(timer::now() - begin >= 950ms);
  CAF_CHECK(timer::now() - begin < 3s);
  CAF_CHECK(reaches(0));
}

CAF_TEST(a handshake that has stalled makes room for a connection too many) {
  options.connections_max = 2;
  start();
  client silent{port}, half{port};
  send_bare(half, std::string_view{new_hello()}.substr(0, 100));
  CAF_CHECK(reaches(2));
  std::this_thread::sleep_for(50ms); // what has just been sent makes no room
  client third{port};
  CAF_CHECK_EQUAL(third.ask(get_ping), 200);
}

CAF_TEST(a flood of handshakes leaves half of the time to those who have theirs behind them) {
  constexpr int hellos = 40;
  files().replace({.rsa_bits = 3072}); // a signature takes some milliseconds
  std::atomic<int> served{0};
  routes.add("GET", "/brief", {}, [&](const request&, const route_params&, const exchange_ptr& out) {
    std::this_thread::sleep_for(100us);
    ++served;
    out->complete({});
  });
  options.io_threads = 1;
  start();
  client busy{port};
  CAF_CHECK_EQUAL(busy.ask(get_ping), 200);
  std::deque<client> flood;
  const auto hello = new_hello();
  for (int i = 0; i < hellos; ++i)
    flood.emplace_back(port);
  std::string pipe;
  for (int i = 0; i < 2000; ++i)
    pipe += "GET /brief HTTP/1.1\r\nHost: a\r\n\r\n";
  busy.send(pipe);
  CAF_CHECK(busy.receive().starts_with("HTTP/1.1 200 "));
  const auto before = served.load();
  for (auto& c : flood)
    send_bare(c, hello);
  char byte = 0;
  for (auto& c : flood)
    CAF_CHECK_EQUAL(::recv(c.fd(), &byte, 1, 0), 1);
  const auto meanwhile = served - before;
  CAF_MESSAGE(meanwhile << " requests were served between " << hellos << " handshakes");
  CAF_CHECK_LESS(3 * hellos, meanwhile);
  listener->stop(); // the pipe is not at its end, and counts in what is gone with this test
  files().replace({});
}

CAF_TEST(a certificate that is loaded anew is for connections that begin then) {
  start();
  client before{port};
  CAF_CHECK_EQUAL(before.ask(get_ping), 200);
  CAF_CHECK_EQUAL(before.channel().peer().server_name(), "kinora.test");
  client waiting{port}; // connected, and has not said hello
  CAF_CHECK(reaches(2));
  files().replace({.name = "new.test"});
  client after{port};
  CAF_CHECK_EQUAL(after.ask(get_ping), 200);
  CAF_CHECK_EQUAL(after.channel().peer().server_name(), "new.test");
  CAF_CHECK_EQUAL(waiting.ask(get_ping), 200);
  CAF_CHECK_EQUAL(waiting.channel().peer().server_name(), "new.test");
  for (int i = 0; i < 10; ++i)
    CAF_CHECK_EQUAL(before.ask(get_ping), 200);
  files().replace({});
}

CAF_TEST(a client that is cut off without having ended still gets the answer to what is complete) {
  start();
  client whole{port};
  whole.send(get_ping);
  ::shutdown(whole.fd(), SHUT_WR);
  CAF_CHECK(whole.receive().ends_with("pong"));
  CAF_CHECK(whole.is_closed());
  client part{port};
  part.send(post_echo("Content-Length: 5\r\n", "he"));
  ::shutdown(part.fd(), SHUT_WR);
  CAF_CHECK(part.receive().starts_with("HTTP/1.1 400 "));
  CAF_CHECK(part.is_closed());
}

CAF_TEST(a client that has ended and leaves its socket open is answered and closed) {
  start();
  client c{port};
  c.send("GET /hold HTTP/1.1\r\nHost: a\r\n\r\n");
  auto out = next_held();
  c.channel().peer().write(get_ping);
  c.channel().peer().end();
  c.channel().send_output();
  out->complete({});
  CAF_CHECK(c.receive().starts_with("HTTP/1.1 200 "));
  CAF_CHECK(c.receive().ends_with("pong"));
  CAF_CHECK(c.is_closed());
}

CAF_TEST(an answer that a client does not read to its end is not ended as if it were whole) {
  options.write_timeout = 200ms;
  routes.add("GET", "/long", {}, [](const request&, const route_params&, const exchange_ptr& out) {
    response answer;
    answer.body.assign(30'000'000, 'x');
    out->complete(answer);
  });
  start();
  client c{port};
  c.send("GET /long HTTP/1.1\r\nHost: a\r\n\r\n");
  CAF_CHECK(reaches(1));
  CAF_CHECK(reaches(0));
  c.receive();
  CAF_CHECK(!c.is_closed()); // it is, but not cleanly
}

CAF_TEST(a long answer that ends its connection comes whole and is ended) {
  routes.add("GET", "/long", {}, [](const request&, const route_params&, const exchange_ptr& out) {
    response answer;
    answer.body.assign(3'000'000, 'x');
    out->complete(answer);
  });
  start();
  client c{port};
  c.send("GET /long HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
  std::this_thread::sleep_for(20ms); // more than the socket takes at once
  CAF_CHECK(c.receive().ends_with(std::string(3'000'000, 'x')));
  CAF_CHECK(c.is_closed());
}

CAF_TEST(draining lets who has connected shake hands and ask once) {
  options.drain_idle = 400ms;
  start();
  client c{port};
  CAF_CHECK(reaches(1));
  auto is_empty = false;
  std::thread drained{[&] { is_empty = listener->drain(5s); }};
  std::this_thread::sleep_for(50ms);
  const auto answer = c.send(get_ping).receive();
  CAF_CHECK(answer.starts_with("HTTP/1.1 200 "));
  CAF_CHECK(has(answer, "\r\nConnection: close\r\n"));
  CAF_CHECK(c.is_closed());
  drained.join();
  CAF_CHECK(is_empty);
}

CAF_TEST(a record that was changed on its way ends the connection and is not served) {
  start();
  client c{port};
  CAF_CHECK_EQUAL(c.ask(get_ping), 200);
  auto& peer = c.channel().peer();
  peer.write("GET /hold HTTP/1.1\r\nHost: a\r\n\r\n");
  auto bytes = peer.output();
  bytes.back() = static_cast<char>(bytes.back() ^ 1);
  send_bare(c, bytes);
  CAF_CHECK(c.receive().empty());
  CAF_CHECK(reaches(0));
  CAF_CHECK(held.empty());
}

CAF_TEST(a connection that is closed for being idle is told so) {
  options.idle_timeout = 100ms;
  start();
  client c{port};
  CAF_CHECK_EQUAL(c.ask(get_ping), 200);
  CAF_CHECK(c.is_closed());
}

CAF_TEST(a client that is refused hears why) {
  start();
  for (const std::string protocols : {"\x02h2", ""}) {
    client c{port};
    test::tls_channel old{c.fd(),
                          {.version = protocols.empty() ? TLS1_1_VERSION : 0, .protocols = protocols}};
    CAF_CHECK(!old.shake(5s));
    const auto heard = ERR_GET_REASON(ERR_peek_last_error());
    CAF_CHECK_EQUAL(heard, protocols.empty() ? SSL_R_TLSV1_ALERT_PROTOCOL_VERSION
                                             : SSL_R_TLSV1_ALERT_NO_APPLICATION_PROTOCOL);
  }
  CAF_CHECK(reaches(0));
}

CAF_TEST_FIXTURE_SCOPE_END()
