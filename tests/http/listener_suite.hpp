// What every listener does. Included by one file for each kind, which names it `tested_listener`, the
// client's side of what it speaks `tested_channel`, and has `prepare` set the options that go with it.
#pragma once

#include "tests/http/bad_requests.hpp"

#include "http/listener.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <chrono>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>

using namespace kinora;
using namespace kinora::http;
using namespace std::chrono_literals;
using namespace std::string_literals;

namespace {

/// A blocking client that gives up on a silent server after five seconds.
class client {
public:
  explicit client(std::uint16_t port) : fd_{::socket(AF_INET, SOCK_STREAM, 0)}, channel_{fd_} {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    const timeval patience{5, 0};
    ::setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
    connected_ = ::connect(fd_, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) == 0;
  }

  ~client() { ::close(fd_); }
  client(const client&) = delete;
  client& operator=(const client&) = delete;

  bool connected() const { return connected_; }

  client& send(std::string_view data) {
    while (!data.empty()) {
      const auto sent = channel_.send(data);
      if (sent <= 0)
        break;
      data.remove_prefix(static_cast<std::size_t>(sent));
    }
    return *this;
  }

  /// Says that nothing more will be sent.
  void finish() { channel_.finish(); }

  /// The head of the next answer and, by its Content-Length, the body; what there is when the connection
  /// ends.
  std::string receive(bool has_body = true) {
    std::size_t head = 0;
    while ((head = buffer_.find("\r\n\r\n")) == buffer_.npos)
      if (!fill())
        return std::exchange(buffer_, {});
    auto size = head + 4;
    if (const auto length = buffer_.find("Content-Length: "); has_body && length < head)
      size += std::stoul(buffer_.substr(length + 16));
    while (buffer_.size() < size)
      if (!fill())
        return std::exchange(buffer_, {});
    auto out = buffer_.substr(0, size);
    buffer_.erase(0, size);
    return out;
  }

  /// Sends and returns the status of the answer; 0 when there is none.
  int ask(std::string_view text) {
    send(text);
    const auto answer = receive();
    return answer.starts_with("HTTP/1.1 ") ? std::stoi(answer.substr(9)) : 0;
  }

  /// Whether the server has closed, cleanly, with nothing more to read.
  bool is_closed() {
    char byte = 0;
    return buffer_.empty() && channel_.receive(&byte, 1) == 0;
  }

  int fd() const { return fd_; }
  tested_channel& channel() { return channel_; }

private:
  bool fill() {
    char bytes[4096];
    const auto got = channel_.receive(bytes, sizeof(bytes));
    if (got > 0)
      buffer_.append(bytes, static_cast<std::size_t>(got));
    return got > 0;
  }

  int fd_;
  tested_channel channel_;
  bool connected_ = false;
  std::string buffer_;
};

constexpr auto get_ping = "GET /ping HTTP/1.1\r\nHost: a\r\n\r\n";

std::string post_echo(const std::string& lines, const std::string& body) {
  return "POST /echo HTTP/1.1\r\nHost: a\r\n" + lines + "\r\n" + body;
}

bool has(const std::string& text, std::string_view part) {
  return text.find(part) != text.npos;
}

struct fixture {
  router routes{{}};
  std::mutex mutex;
  std::condition_variable arrived;
  std::deque<exchange_ptr> held;
  listener_options options;
  std::unique_ptr<http::listener> listener;
  std::uint16_t port = 0;

  fixture() {
    prepare(options);
    route_options always;
    always.always = true;
    routes.add("GET", "/ping", always, [](const request&, const route_params&, const exchange_ptr& out) {
      response answer;
      answer.body = "pong";
      out->complete(answer.set("Content-Type", "text/plain"));
    });
    route_options echoes;
    echoes.body_bytes_max = 10'000;
    routes.add("POST", "/echo", echoes, [](const request& req, const route_params&, const exchange_ptr& out) {
      response answer;
      answer.body = req.body;
      out->complete(answer);
    });
    routes.add("GET", "/hold", {}, [this](const request&, const route_params&, exchange_ptr out) {
      const std::lock_guard lock{mutex};
      held.push_back(std::move(out));
      arrived.notify_all();
    });
    routes.add("GET", "/late", {}, [this](const request& req, const route_params&, exchange_ptr out) {
      out->expire_at(req.received_at + 50ms, [thread = std::this_thread::get_id()] {
        response answer;
        answer.body = thread == std::this_thread::get_id() ? "fallback" : "composed elsewhere";
        return answer;
      });
      const std::lock_guard lock{mutex};
      held.push_back(std::move(out));
    });
    routes.add("GET", "/drop", {}, [](auto&&...) {});
    routes.add("GET", "/unchanged", {}, [](const request&, const route_params&, const exchange_ptr& out) {
      response answer;
      answer.status = 304;
      out->complete(answer);
    });
    routes.add("GET", "/head", {}, [](const request& req, const route_params&, const exchange_ptr& out) {
      response answer;
      answer.body = req.path + "?" + req.query;
      for (const auto& [name, value] : req.headers)
        answer.body += "|" + name + "=" + value;
      out->complete(answer);
    });
  }

  ~fixture() {
    held.clear();
    listener.reset();
  }

  void start() {
    listener = std::make_unique<tested_listener>(options, routes);
    port = listener->bind().value();
    listener->start();
  }

  exchange_ptr next_held() {
    std::unique_lock lock{mutex};
    if (!arrived.wait_for(lock, 5s, [this] { return !held.empty(); }))
      CAF_FAIL("no request arrived");
    auto out = std::move(held.front());
    held.pop_front();
    return out;
  }

  /// Waits until so many connections are open.
  bool reaches(std::size_t connections) {
    for (int i = 0; i < 500 && listener->open_connections() != connections; ++i)
      std::this_thread::sleep_for(10ms);
    return listener->open_connections() == connections;
  }
};

using timer = std::chrono::steady_clock;

} // namespace

CAF_TEST_FIXTURE_SCOPE(listener_tests, fixture)

CAF_TEST(a connection serves one request after the other) {
  start();
  client c{port};
  for (int i = 0; i < 50; ++i) {
    c.send(get_ping);
    const auto answer = c.receive();
    if (!answer.starts_with("HTTP/1.1 200 OK\r\n") || !answer.ends_with("\r\n\r\npong") ||
        has(answer, "Connection:"))
      CAF_FAIL("answer " << i << ": " << answer);
  }
  CAF_CHECK_EQUAL(listener->open_connections(), 1u);
}

CAF_TEST(an answer carries a date and a length and an id and nothing of the library) {
  start();
  client c{port};
  const auto answer = c.send("GET /ping HTTP/1.1\r\nHost: a\r\nX-Request-ID: mine\r\n\r\n").receive();
  CAF_CHECK(has(answer, "\r\nDate: "));
  CAF_CHECK(has(answer, " GMT\r\n"));
  CAF_CHECK(has(answer, "\r\nContent-Length: 4\r\n"));
  CAF_CHECK(has(answer, "\r\nX-Request-ID: mine\r\n"));
  CAF_CHECK(!has(answer, "Keep-Alive"));
  CAF_CHECK(!has(answer, "Accept-Ranges"));
  CAF_CHECK(has(c.send("GET /ping HTTP/1.1\r\nHost: a\r\nX-Request-ID: \"<script>\r\n\r\n").receive(),
                "X-Request-ID: "));
}

CAF_TEST(pipelined requests are answered in order) {
  start();
  client c{port};
  std::string all;
  for (int i = 0; i < 20; ++i) {
    const auto text = "body " + std::to_string(i);
    all += post_echo("Content-Length: " + std::to_string(text.size()) + "\r\n", text);
    all += post_echo("Transfer-Encoding: chunked\r\n", "3\r\nabc\r\n0\r\n\r\n");
  }
  c.send(all);
  for (int i = 0; i < 20; ++i) {
    CAF_CHECK(c.receive().ends_with("\r\n\r\nbody " + std::to_string(i)));
    CAF_CHECK(c.receive().ends_with("\r\n\r\nabc"));
  }
}

CAF_TEST(a request that trickles in is read all the same) {
  start();
  client c{port};
  for (const auto byte : post_echo("Content-Length: 2\r\n", "hi"))
    c.send({&byte, 1});
  CAF_CHECK(c.receive().ends_with("\r\n\r\nhi"));
}

CAF_TEST(handlers see the head as it was sent) {
  start();
  client c{port};
  const auto answer =
      c.send("GET /head?x=%31+2 HTTP/1.1\r\nHost: a\r\nX-A: %41%0d%0a\r\nREMOTE_ADDR: 1.2.3.4\r\n"
             "Range: bytes=0-1\r\nAccept-Encoding: gzip, br\r\n\r\n")
          .receive();
  CAF_CHECK(answer.starts_with("HTTP/1.1 200 "));
  CAF_CHECK(answer.ends_with("/head?x=%31+2|Host=a|X-A=%41%0d%0a|REMOTE_ADDR=1.2.3.4|Range=bytes=0-1|"
                             "Accept-Encoding=gzip, br"));
}

CAF_TEST(HEAD has the length of GET and no body) {
  start();
  client c{port};
  const auto answer = c.send("HEAD /ping HTTP/1.1\r\nHost: a\r\n\r\n").receive(false);
  CAF_CHECK(has(answer, "\r\nContent-Length: 4\r\n"));
  CAF_CHECK(answer.ends_with("\r\n\r\n"));
  CAF_CHECK_EQUAL(c.ask(get_ping), 200);
}

CAF_TEST(answers without content have no length) {
  start();
  client c{port};
  CAF_CHECK(!has(c.send("GET /unchanged HTTP/1.1\r\nHost: a\r\n\r\n").receive(), "Content-Length"));
  CAF_CHECK(!has(c.send("OPTIONS /ping HTTP/1.1\r\nHost: a\r\n\r\n").receive(), "Content-Length"));
  CAF_CHECK_EQUAL(c.ask(get_ping), 200);
}

CAF_TEST(a client that asks for it is told to close) {
  start();
  client c{port};
  const auto answer = c.send("GET /ping HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n").receive();
  CAF_CHECK(has(answer, "\r\nConnection: close\r\n"));
  CAF_CHECK(c.is_closed());
  client old{port};
  CAF_CHECK_EQUAL(old.ask("GET /ping HTTP/1.0\r\n\r\n"), 200);
  CAF_CHECK(old.is_closed());
}

CAF_TEST(a client that will send nothing more still gets its answers) {
  start();
  client c{port};
  c.send(get_ping + "GET /hold HTTP/1.1\r\nHost: a\r\n\r\n"s).finish();
  CAF_CHECK(c.receive().ends_with("pong"));
  auto out = next_held();
  std::this_thread::sleep_for(20ms);
  out->complete({});
  CAF_CHECK(c.receive().starts_with("HTTP/1.1 200 "));
  CAF_CHECK(c.is_closed());
  client cut_off{port};
  cut_off.send(post_echo("Content-Length: 5\r\n", "he")).finish();
  CAF_CHECK(cut_off.receive().starts_with("HTTP/1.1 400 "));
  CAF_CHECK(cut_off.is_closed());
}

CAF_TEST(a client that reads slowly gets all of a long answer) {
  routes.add("GET", "/long", {}, [](const request&, const route_params&, const exchange_ptr& out) {
    response answer;
    answer.body.assign(8'000'000, 'x');
    out->complete(answer);
  });
  start();
  client c{port};
  c.send("GET /long HTTP/1.1\r\nHost: a\r\n\r\n"s + get_ping);
  std::this_thread::sleep_for(50ms);
  CAF_CHECK_EQUAL(client{port}.ask(get_ping), 200); // others do not wait for it
  CAF_CHECK(c.receive().size() > 8'000'000u);
  CAF_CHECK(c.receive().ends_with("pong"));
}

CAF_TEST(a client that does not read is given up) {
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
}

CAF_TEST(requests per connection are bounded) {
  options.requests_per_connection_max = 2;
  start();
  client c{port};
  CAF_CHECK_EQUAL(c.ask(get_ping), 200);
  CAF_CHECK(has(c.send(get_ping).receive(), "\r\nConnection: close\r\n"));
  CAF_CHECK(c.is_closed());
}

CAF_TEST(a body over the limit is refused before it is read and after) {
  start();
  client declared{port};
  CAF_CHECK_EQUAL(declared.ask(post_echo("Content-Length: 10001\r\n", "x")), 413);
  client continued{port};
  CAF_CHECK_EQUAL(continued.ask(post_echo("Content-Length: 99999999999\r\nExpect: 100-continue\r\n", "")),
                  413);
  client chunked{port};
  CAF_CHECK_EQUAL(
      chunked.ask(post_echo("Transfer-Encoding: chunked\r\n", "2711\r\n" + std::string(0x2711, 'x'))), 413);
  client large{port};
  CAF_CHECK_EQUAL(large.ask(post_echo("Content-Length: 4000000\r\n", std::string(4'000'000, 'x'))), 413);
  CAF_CHECK(large.is_closed());
  client full{port};
  CAF_CHECK_EQUAL(full.ask(post_echo("Content-Length: 10000\r\n", std::string(10'000, 'x'))), 200);
}

CAF_TEST(a client that waits for it is told to go on) {
  start();
  client c{port};
  c.send(post_echo("Content-Length: 2\r\nExpect: 100-continue\r\n", ""));
  CAF_CHECK_EQUAL(c.receive(), "HTTP/1.1 100 Continue\r\n\r\n");
  c.send("hi");
  CAF_CHECK(c.receive().ends_with("\r\n\r\nhi"));
}

CAF_TEST(long heads are refused) {
  start();
  client uri{port};
  CAF_CHECK_EQUAL(uri.ask("GET /" + std::string(9000, 'a') + " HTTP/1.1\r\nHost: a\r\n\r\n"), 414);
  client endless_uri{port};
  CAF_CHECK_EQUAL(endless_uri.ask("GET /" + std::string(100'000, 'a')), 414);
  client headers{port};
  CAF_CHECK_EQUAL(headers.ask("GET / HTTP/1.1\r\nHost: a\r\nX: " + std::string(20'000, 'a')), 431);
}

CAF_TEST(bad framing gets one answer and the end of the connection) {
  start();
  const auto cases = bad_requests();
  CAF_CHECK(cases.size() >= 60u);
  for (const auto& [what, bytes] : cases) {
    client c{port};
    const auto answer = c.send(bytes + get_ping).receive();
    const auto rest = c.receive();
    if (!answer.starts_with("HTTP/1.1 4") || !has(answer, "\r\nConnection: close\r\n") ||
        !has(answer, "application/problem+json") || !rest.empty() || !c.is_closed())
      CAF_FAIL("for " << what << " came " << answer << rest);
  }
  CAF_CHECK(reaches(0));
}

CAF_TEST(a refusal without a body to read keeps the connection and one with a body ends it) {
  start();
  client c{port};
  CAF_CHECK_EQUAL(c.ask("GET /nowhere HTTP/1.1\r\nHost: a\r\n\r\n"), 404);
  CAF_CHECK_EQUAL(c.ask("DELETE /ping HTTP/1.1\r\nHost: a\r\n\r\n"), 405);
  CAF_CHECK_EQUAL(c.ask("POST /echo HTTP/1.1\r\nHost: a\r\n\r\n"), 200);
  CAF_CHECK_EQUAL(c.ask("POST /nowhere HTTP/1.1\r\nHost: a\r\nContent-Length: 40\r\n\r\n"), 404);
  CAF_CHECK(c.send(get_ping).is_closed());
}

CAF_TEST(an answer may come later and from another thread) {
  start();
  client c{port};
  c.send("GET /hold HTTP/1.1\r\nHost: a\r\n\r\n");
  auto out = next_held();
  CAF_CHECK_EQUAL(listener->requests_in_flight(), 1u);
  response answer;
  answer.body = "at last";
  CAF_CHECK(out->complete(answer));
  CAF_CHECK(!out->complete(answer));
  CAF_CHECK(c.receive().ends_with("at last"));
}

CAF_TEST(the fallback is composed on the thread of the connection when the deadline passes) {
  start();
  client c{port};
  const auto begin = timer::now();
  const auto answer = c.send("GET /late HTTP/1.1\r\nHost: a\r\n\r\n").receive();
  const auto took = timer::now() - begin;
  CAF_CHECK(answer.ends_with("\r\n\r\nfallback"));
  CAF_CHECK(has(answer, "X-Request-ID: "));
  CAF_CHECK(took >= 45ms);
  CAF_CHECK(took < 1s);
  CAF_CHECK_EQUAL(c.ask(get_ping), 200);
}

CAF_TEST(the deadline of a request that was answered is not that of the next one) {
  routes.add("GET", "/quick", {}, [](const request& req, const route_params&, const exchange_ptr& out) {
    out->expire_at(req.received_at + 20ms, [] { return response{}; });
    out->complete(response{});
  });
  start();
  client c{port};
  CAF_CHECK_EQUAL(c.ask("GET /quick HTTP/1.1\r\nHost: a\r\n\r\n"), 200);
  const auto begin = timer::now();
  CAF_CHECK(c.send("GET /late HTTP/1.1\r\nHost: a\r\n\r\n").receive().ends_with("\r\n\r\nfallback"));
  CAF_CHECK(timer::now() - begin >= 45ms);
}

CAF_TEST(an exchange that nobody completes is answered all the same) {
  options.answer_timeout = 50ms;
  start();
  client c{port};
  CAF_CHECK_EQUAL(c.ask("GET /drop HTTP/1.1\r\nHost: a\r\n\r\n"), 503);
  CAF_CHECK_EQUAL(c.ask("GET /hold HTTP/1.1\r\nHost: a\r\n\r\n"), 504);
  CAF_CHECK_EQUAL(c.ask(get_ping), 200);
}

CAF_TEST(too much in flight is refused but what costs nothing is served) {
  options.requests_in_flight_max = 1;
  start();
  client busy{port};
  busy.send("GET /hold HTTP/1.1\r\nHost: a\r\n\r\n");
  auto out = next_held();
  client c{port};
  CAF_CHECK_EQUAL(c.ask("GET /hold HTTP/1.1\r\nHost: a\r\n\r\n"), 503);
  CAF_CHECK_EQUAL(c.ask(get_ping), 200);
  out->complete({});
  busy.receive();
  c.send("GET /hold HTTP/1.1\r\nHost: a\r\n\r\n");
  next_held()->complete({});
  CAF_CHECK(c.receive().starts_with("HTTP/1.1 200 "));
}

CAF_TEST(slow clients are cut off and block nobody) {
  options.header_timeout = 200ms;
  options.body_timeout = 200ms;
  options.idle_timeout = 300ms;
  start();
  client silent{port};
  client head{port};
  head.send("GET /ping HT");
  client body{port};
  body.send(post_echo("Content-Length: 5\r\n", "he"));
  client idle{port};
  CAF_CHECK_EQUAL(idle.ask(get_ping), 200);
  client quick{port};
  CAF_CHECK_EQUAL(quick.ask(get_ping), 200);
  CAF_CHECK(head.receive().starts_with("HTTP/1.1 408 "));
  CAF_CHECK(body.receive().starts_with("HTTP/1.1 408 "));
  CAF_CHECK(silent.is_closed());
  CAF_CHECK(idle.is_closed());
}

CAF_TEST(a client that sends a byte now and then is cut off at the absolute deadline) {
  options.header_timeout = 300ms;
  start();
  client c{port};
  const auto begin = timer::now();
  for (int i = 0; i < 8; ++i) {
    c.send("G");
    std::this_thread::sleep_for(50ms);
  }
  CAF_CHECK(c.receive().starts_with("HTTP/1.1 408 "));
  CAF_CHECK(timer::now() - begin < 2s);
}

CAF_TEST(one connection too many takes the place of an idle one) {
  options.connections_max = 2;
  start();
  client first{port};
  CAF_CHECK_EQUAL(first.ask(get_ping), 200);
  client second{port};
  CAF_CHECK_EQUAL(second.ask(get_ping), 200);
  client third{port};
  CAF_CHECK_EQUAL(third.ask(get_ping), 200);
  CAF_CHECK_EQUAL(first.ask(get_ping) + second.ask(get_ping), 200);
}

CAF_TEST(when every connection is busy the next one waits its turn) {
  options.connections_max = 1;
  start();
  client busy{port};
  busy.send("GET /hold HTTP/1.1\r\nHost: a\r\n\r\n");
  auto out = next_held();
  client waiting{port};
  waiting.send(get_ping);
  out->complete({});
  CAF_CHECK(busy.receive().starts_with("HTTP/1.1 200 "));
  CAF_CHECK(waiting.receive().starts_with("HTTP/1.1 200 "));
}

CAF_TEST(descriptors beyond those that select knows are served) {
  rlimit limit{};
  ::getrlimit(RLIMIT_NOFILE, &limit);
  if (limit.rlim_max < 2048) {
    CAF_MESSAGE("skipped: the limit of open files is too low");
    return;
  }
  const auto before = limit;
  limit.rlim_cur = 2048;
  ::setrlimit(RLIMIT_NOFILE, &limit);
  start();
  std::vector<int> fillers;
  do
    fillers.push_back(::open("/dev/null", O_RDONLY | O_CLOEXEC));
  while (fillers.back() >= 0 && fillers.back() < 1100);
  {
    client c{port};
    CAF_CHECK_EQUAL(c.ask(get_ping), 200);
    CAF_CHECK_EQUAL(c.ask(post_echo("Content-Length: 2\r\n", "hi")), 200);
  }
  for (const auto fd : fillers)
    ::close(fd);
  CAF_CHECK(reaches(0));
  ::setrlimit(RLIMIT_NOFILE, &before);
}

CAF_TEST(draining ends idle connections and lets what is in flight finish) {
  options.drain_idle = 50ms;
  start();
  std::deque<client> idle;
  for (int i = 0; i < 20; ++i)
    CAF_CHECK_EQUAL(idle.emplace_back(port).ask(get_ping), 200);
  client silent{port};
  client busy{port};
  busy.send("GET /hold HTTP/1.1\r\nHost: a\r\n\r\n");
  auto out = next_held();
  const auto begin = timer::now();
  std::thread later{[&] {
    std::this_thread::sleep_for(100ms);
    out->complete({});
  }};
  CAF_CHECK(listener->drain(5s));
  CAF_CHECK(timer::now() - begin < 1s);
  later.join();
  const auto answer = busy.receive();
  CAF_CHECK(answer.starts_with("HTTP/1.1 200 "));
  CAF_CHECK(has(answer, "\r\nConnection: close\r\n"));
  for (auto& c : idle)
    CAF_CHECK(c.is_closed());
  CAF_CHECK(!client{port}.connected());
}

CAF_TEST(draining gives up on what does not finish and stopping ends it) {
  start();
  client c{port};
  c.send("GET /hold HTTP/1.1\r\nHost: a\r\n\r\n");
  auto out = next_held();
  CAF_CHECK(!listener->drain(50ms));
  const auto begin = timer::now();
  listener->stop();
  CAF_CHECK(timer::now() - begin < 1s);
  CAF_CHECK_EQUAL(listener->open_connections(), 0u);
  CAF_CHECK_EQUAL(listener->requests_in_flight(), 0u);
  CAF_CHECK(!out->complete({}));
}

CAF_TEST(a taken port is a failure of its setting) {
  start();
  options.port = port;
  options.port_setting = "ADMIN_PORT";
  tested_listener second{options, routes};
  const auto bound = second.bind();
  CAF_REQUIRE(!bound);
  CAF_CHECK_EQUAL(bound.error().field, "ADMIN_PORT");
  CAF_CHECK(has(bound.error().detail, "taken"));
  CAF_CHECK_EQUAL(client{port}.ask(get_ping), 200);
}

CAF_TEST(a host of another machine is a failure of its setting) {
  options.host_setting = "ADMIN_HOST";
  for (const auto* host : {"192.0.2.1", "no such host"}) {
    options.host = host;
    const auto bound = tested_listener{options, routes}.bind();
    CAF_CHECK(!bound && bound.error().field == "ADMIN_HOST");
  }
}

CAF_TEST(a listener may be stopped before it has started) {
  tested_listener bound_only{options, routes};
  CAF_CHECK(bound_only.bind().has_value());
  bound_only.stop();
  start();
  listener->stop();
}

CAF_TEST(a port can be taken again as soon as it is free) {
  start();
  CAF_CHECK_EQUAL(client{port}.ask(get_ping), 200);
  listener.reset();
  options.port = port;
  start();
  CAF_CHECK_EQUAL(client{port}.ask(get_ping), 200);
}

CAF_TEST_FIXTURE_SCOPE_END()
