#define CAF_SUITE blackbox.tls
#include "tests/support/unit_test.hpp"

#include "tests/blackbox/support/server.hpp"
#include "tests/support/tls_pair.hpp"
#include "tests/support/tls_peer.hpp"

#include <netinet/in.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <csignal>
#include <fstream>
#include <memory>
#include <thread>

using namespace kinora::blackbox;
using namespace std::chrono_literals;
using kinora::test::make_tls_pair;
using kinora::test::tls_channel;
using kinora::test::tls_pair;
using timer = std::chrono::steady_clock;

namespace {

constexpr auto get_health = "GET /health HTTP/1.1\r\nHost: a\r\n\r\n";
constexpr auto get_feed = "GET /v1/feed?user_hash=user_sporty HTTP/1.1\r\nHost: a\r\n"
                          "X-Tenant-ID: tenant_sports\r\n\r\n";

/// A connection to a port of this machine that nothing has been sent over.
class bare_socket {
public:
  explicit bare_socket(std::uint16_t port) : fd_{::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)} {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (::connect(fd_, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) != 0)
      throw std::runtime_error{"no connection to port " + std::to_string(port)};
  }
  ~bare_socket() { ::close(fd_); }
  bare_socket(const bare_socket&) = delete;
  bare_socket& operator=(const bare_socket&) = delete;

  int fd() const { return fd_; }
  void send(std::string_view bytes) const { ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL); }

  /// Whether the other side closes within that time; what it sends before does not count.
  bool is_closed_within(std::chrono::milliseconds wait) const {
    const timeval time{wait.count() / 1000, wait.count() % 1000 * 1000};
    ::setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &time, sizeof(time));
    char bytes[4096];
    for (;;)
      if (const auto got = ::recv(fd_, bytes, sizeof(bytes), 0); got <= 0)
        return got == 0 || errno == ECONNRESET;
  }

private:
  int fd_;
};

/// One connection over TLS, kept alive.
class secure_client {
public:
  explicit secure_client(std::uint16_t port) : socket_{port}, channel_{socket_.fd()} {}

  /// Sends a request and returns the whole answer; what there is when the connection ends.
  std::string ask(std::string_view request) {
    channel_.send(request);
    std::string out;
    while (out.size() < size_of(out)) {
      char bytes[4096];
      const auto got = channel_.receive(bytes, sizeof(bytes));
      if (got <= 0)
        break;
      out.append(bytes, static_cast<std::size_t>(got));
    }
    return out;
  }

  bool is_ok(std::string_view request = get_health) { return ask(request).starts_with("HTTP/1.1 200 "); }

  std::string server_name() { return channel_.peer().server_name(); }

private:
  /// By its Content-Length; one byte more than there is where its head is not complete.
  static std::size_t size_of(const std::string& answer) {
    const auto head = answer.find("\r\n\r\n");
    const auto length = answer.find("Content-Length: ");
    if (head == answer.npos)
      return answer.size() + 1;
    return head + 4 + (length < head ? std::stoul(answer.substr(length + 16)) : 0);
  }

  bare_socket socket_;
  tls_channel channel_;
};

/// The two files that a server is started with.
class pair_files {
public:
  explicit pair_files(const tls_pair& x = make_tls_pair()) { write(x); }

  void write(const tls_pair& x) const {
    std::ofstream{certificate()} << x.certificate;
    std::ofstream{key()} << x.key;
  }

  std::string certificate() const { return (folder_.path() / "server.crt").string(); }
  std::string key() const { return (folder_.path() / "server.key").string(); }

  std::vector<std::string> with(std::vector<std::string> args = {"--demo"}) const {
    args.insert(args.end(), {"--tls-cert-file", certificate(), "--tls-key-file", key()});
    return args;
  }

private:
  temporary_folder folder_;
};

/// How often the log of a server has a text.
std::size_t count(server& in, std::string_view text) {
  const auto log = in.child().out();
  std::size_t out = 0;
  for (auto at = log.find(text); at != log.npos; at = log.find(text, at + 1))
    ++out;
  return out;
}

/// Sends SIGHUP and waits until the log has `text` once more.
void reload(server& x, std::string_view text) {
  const auto before = count(x, text);
  x.child().signal(SIGHUP);
  CAF_CHECK(eventually(5s, [&] { return count(x, text) == before + 1; }));
}

void allow_sockets(rlim_t count) {
  rlimit files_limit{};
  ::getrlimit(RLIMIT_NOFILE, &files_limit);
  files_limit.rlim_cur = files_limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &files_limit);
  CAF_REQUIRE(files_limit.rlim_max > count);
}

/// What a client says first; it may be said more than once.
std::string make_hello() {
  kinora::test::tls_peer peer;
  peer.shake();
  return std::string{peer.output()};
}

/// A pair with which a handshake costs a few milliseconds.
tls_pair make_costly_pair() {
  return make_tls_pair({.rsa_bits = 3072});
}

/// How long a feed over an open connection takes at worst, asked again and again for that long.
std::chrono::milliseconds slowest_feed(secure_client& of, std::chrono::milliseconds duration) {
  auto out = 0ms;
  for (const auto begin = timer::now(); timer::now() - begin < duration; std::this_thread::sleep_for(5ms)) {
    const auto asked = timer::now();
    CAF_REQUIRE(of.is_ok(get_feed));
    out = std::max(out, std::chrono::ceil<std::chrono::milliseconds>(timer::now() - asked));
  }
  return out;
}

constexpr std::string_view loaded = R"("msg":"certificate loaded")";
constexpr std::string_view not_loaded = R"("msg":"certificate not reloaded)";

/// Clients with a connection each, one of two making a new one for every fifth request, until they are
/// joined.
class secure_load {
public:
  secure_load(std::uint16_t port, std::size_t count) {
    for (std::size_t i = 0; i < count; ++i)
      threads_.emplace_back([this, port, i] { run(port, i % 2 == 0); });
  }
  ~secure_load() { join(); }
  secure_load(const secure_load&) = delete;
  secure_load& operator=(const secure_load&) = delete;

  void join() {
    stopping_ = true;
    for (auto& x : threads_)
      x.join();
    threads_.clear();
  }

  int answered() const { return answered_; }
  int failed() const { return failed_; }

private:
  void run(std::uint16_t port, bool is_faithful) {
    auto client = std::make_unique<secure_client>(port);
    for (int i = 1; !stopping_; ++i) {
      const auto answer = client->ask(get_feed);
      ++(answer.starts_with("HTTP/1.1 200 ") ? answered_ : failed_);
      if (!answer.starts_with("HTTP/1.1 200 "))
        return;
      if (!is_faithful && i % 5 == 0)
        client = std::make_unique<secure_client>(port);
      std::this_thread::sleep_for(2ms);
    }
  }

  std::atomic<bool> stopping_{false};
  std::atomic<int> answered_{0};
  std::atomic<int> failed_{0};
  std::vector<std::thread> threads_;
};

void check_refused(const std::string& setting, std::vector<std::string> args) {
  const temporary_folder folder;
  args.insert(args.begin(), {"serve", "--port", "0", "--admin-port", "0", "--store", "memory", "--data-dir",
                             folder.path().string()});
  const auto result = run_to_exit(args);
  CAF_MESSAGE(result.err);
  CAF_CHECK_EQUAL(result.exit_code, 2);
  CAF_CHECK_EQUAL(lines_of(result.err).size(), 1u);
  CAF_CHECK(result.err.find(" " + setting + ": ") != std::string::npos);
  CAF_CHECK(result.out.find("listening") == std::string::npos);
}

} // namespace

CAF_TEST(with a certificate the public port speaks tls alone and the admin port does not ) {
  const pair_files files;
  server x{files.with()};
  secure_client client{x.api().port()};
  CAF_CHECK(client.is_ok());
  CAF_CHECK(client.is_ok(get_feed));
  const auto begin = timer::now();
  CAF_CHECK_EQUAL(raw(x.api().port(), get_health), "");
  CAF_CHECK(timer::now() - begin < 1s);
  CAF_CHECK_EQUAL(x.admin().get("/health").status, 200);
  CAF_CHECK_EQUAL(count(x, R"("tls":true)"), 1u);
}

CAF_TEST(a pair that cannot be used is named in one line) {
  const pair_files files;
  const auto other = make_tls_pair();
  check_refused("TLS_KEY_FILE", {"--tls-cert-file", files.certificate()});
  check_refused("TLS_CERT_FILE", {"--tls-key-file", files.key()});
  check_refused("TLS_CERT_FILE", {"--tls-cert-file", "/nowhere", "--tls-key-file", files.key()});
  check_refused("TLS_CERT_FILE", {"--tls-cert-file", files.key(), "--tls-key-file", files.key()});
  check_refused("TLS_KEY_FILE",
                {"--tls-cert-file", files.certificate(), "--tls-key-file", files.certificate()});
  files.write({other.certificate, make_tls_pair().key});
  check_refused("TLS_KEY_FILE", files.with({}));
  files.write(make_tls_pair({.passphrase = "secret"}));
  check_refused("TLS_KEY_FILE", files.with({}));
}

CAF_TEST(a certificate that has expired is served with a warning) {
  const pair_files files{make_tls_pair({.from_sec = -7200, .until_sec = -3600})};
  server x{files.with()};
  CAF_CHECK_EQUAL(count(x, R"("level":"warn","msg":"certificate loaded, but it is out of date)"), 1u);
  CAF_CHECK(secure_client{x.api().port()}.is_ok());
}

CAF_TEST(sighup changes the certificate for new connections and leaves the others) {
  const pair_files files{make_tls_pair({.name = "first.test"})};
  server x{files.with()};
  secure_client before{x.api().port()};
  CAF_CHECK(before.is_ok());
  files.write(make_tls_pair({.name = "second.test"}));
  reload(x, loaded);
  secure_client after{x.api().port()};
  CAF_CHECK(after.is_ok());
  CAF_CHECK_EQUAL(before.server_name(), "first.test");
  CAF_CHECK_EQUAL(after.server_name(), "second.test");
  CAF_CHECK(before.is_ok());
}

CAF_TEST(a pair that cannot be used changes nothing at a sighup and the log says why) {
  const auto first = make_tls_pair({.name = "first.test"});
  const pair_files files{first};
  server x{files.with()};
  secure_client before{x.api().port()};
  CAF_CHECK(before.is_ok());
  for (const auto& bad : {tls_pair{make_tls_pair().certificate, first.key}, tls_pair{first.certificate, ""},
                          tls_pair{"", first.key}, make_tls_pair({.passphrase = "secret"})}) {
    files.write(bad);
    reload(x, not_loaded);
    secure_client after{x.api().port()};
    CAF_CHECK(after.is_ok());
    CAF_CHECK_EQUAL(after.server_name(), "first.test");
    CAF_CHECK(before.is_ok());
  }
  const auto log = x.child().out();
  CAF_CHECK(log.find("does not belong") != std::string::npos);
  CAF_CHECK(log.find(files.key() + " holds no private key") != std::string::npos);
  CAF_CHECK(log.find(files.certificate() + " does not begin with a certificate") != std::string::npos);
  CAF_CHECK(log.find("is encrypted") != std::string::npos);
}

CAF_TEST(reloading under load fails no request) {
  const pair_files files;
  server x{patiently(files.with())};
  secure_load clients{x.api().port(), 6};
  for (int i = 0; i < 10; ++i) {
    std::this_thread::sleep_for(50ms);
    files.write(make_tls_pair({.name = "number" + std::to_string(i) + ".test"}));
    reload(x, loaded);
  }
  clients.join();
  CAF_CHECK_EQUAL(clients.failed(), 0);
  CAF_CHECK(clients.answered() > 100);
  secure_client after{x.api().port()};
  CAF_CHECK(after.is_ok());
  CAF_CHECK_EQUAL(after.server_name(), "number9.test");
}

CAF_TEST(without a certificate sighup is ignored at the start and at the end as well) {
  server x{{"--drain-delay-ms", "400"}};
  reload(x, R"("msg":"SIGHUP ignored)");
  CAF_CHECK_EQUAL(x.api().get("/health").status, 200);
  x.child().signal(SIGTERM);
  std::this_thread::sleep_for(100ms);
  x.child().signal(SIGHUP);
  const auto ended = x.child().wait(5s);
  CAF_REQUIRE(ended.has_value());
  CAF_CHECK_EQUAL(ended->code, 0);
}

CAF_TEST(a sighup while it starts is heard when it has started) {
  const pair_files files;
  const temporary_folder folder;
  process starting{{"serve", "--port", "0", "--admin-port", "0", "--admin-token", admin_token, "--demo",
                    "--data-dir", folder.path().string(), "--tls-cert-file", files.certificate(),
                    "--tls-key-file", files.key()}};
  auto loads = [](const std::string& out, std::size_t wanted) {
    const auto first = out.find(loaded);
    return first != out.npos && (wanted == 1 || out.find(loaded, first + 1) != out.npos);
  };
  CAF_REQUIRE(starting.wait_for_output(10s, [&](auto& out, auto&) { return loads(out, 1); }));
  starting.signal(SIGHUP);
  CAF_CHECK(starting.wait_for_output(10s, [&](auto& out, auto&) { return loads(out, 2); }));
  CAF_CHECK(starting.out().find("listening") != std::string::npos);
  starting.signal(SIGTERM);
  const auto ended = starting.wait(5s);
  CAF_REQUIRE(ended.has_value());
  CAF_CHECK_EQUAL(ended->code, 0);
}

CAF_TEST(stopping under load fails no request of who opens no new connection) {
  for (int i = 0; i < 5; ++i) {
    const pair_files files;
    server x{patiently(files.with())};
    std::vector<std::thread> threads;
    std::atomic<int> failed{0};
    for (int n = 0; n < 6; ++n)
      threads.emplace_back([&failed, port = x.api().port()] {
        secure_client client{port};
        for (;;) {
          const auto answer = client.ask(get_feed);
          failed += answer.starts_with("HTTP/1.1 200 ") ? 0 : 1;
          if (!answer.starts_with("HTTP/1.1 200 ") || answer.find("\r\nConnection: close\r\n") != answer.npos)
            return;
        }
      });
    std::this_thread::sleep_for(30ms + i * 10ms);
    const auto end = x.stop(SIGTERM);
    for (auto& one : threads)
      one.join();
    CAF_CHECK_EQUAL(failed.load(), 0);
    CAF_REQUIRE(end.has_value());
    CAF_CHECK_EQUAL(end->exit_code, 0);
    CAF_CHECK(end->took < 2s);
  }
}

CAF_TEST(a thousand stalled handshakes do not matter) {
  allow_sockets(1'200);
  const pair_files files;
  auto args = files.with();
  args.insert(args.end(), {"--header-timeout-ms", "4000"});
  server x{patiently(args)};
  CAF_CHECK(secure_client{x.api().port()}.is_ok(get_feed));
  const auto hello = make_hello();
  const auto before_kb = x.rss_kb();
  const auto begin = timer::now();
  std::vector<std::unique_ptr<bare_socket>> stalled;
  for (int i = 0; i < 1000; ++i) {
    auto& one = *stalled.emplace_back(std::make_unique<bare_socket>(x.api().port()));
    one.send(std::string_view{hello}.substr(0, i % 3 == 0   ? 0
                                               : i % 3 == 1 ? hello.size() / 2
                                                            : hello.size()));
  }
  auto slowest = 0ms;
  for (std::size_t i = 0; timer::now() - begin < 3s; ++i) {
    stalled[(3 * i + 1) % 999]->send("x"); // a byte now and then
    const auto asked = timer::now();
    CAF_CHECK(secure_client{x.api().port()}.is_ok(get_feed));
    slowest = std::max(slowest, std::chrono::ceil<std::chrono::milliseconds>(timer::now() - asked));
    std::this_thread::sleep_for(5ms);
  }
  const auto grown_kb = x.rss_kb() - std::min(x.rss_kb(), before_kb);
  CAF_MESSAGE("slowest feed with a new connection: " << slowest.count() << " ms; grown by " << grown_kb
                                                     << " KiB");
  CAF_CHECK(slowest < 500ms);
  CAF_CHECK(grown_kb < 64'000);
  for (auto& one : stalled)
    CAF_CHECK(one->is_closed_within(4s));
  CAF_CHECK(timer::now() - begin < 8s);
  CAF_CHECK(secure_client{x.api().port()}.is_ok(get_feed));
}

CAF_TEST(a thousand hellos that come when their time is nearly over hold up nobody) {
  allow_sockets(1'200);
  const pair_files files{make_costly_pair()};
  auto args = files.with();
  args.insert(args.end(), {"--header-timeout-ms", "1000"});
  server x{patiently(args)};
  secure_client neighbour{x.api().port()};
  CAF_CHECK(neighbour.is_ok(get_feed));
  const auto hello = make_hello();
  std::vector<std::unique_ptr<bare_socket>> late;
  const auto begin = timer::now();
  for (int i = 0; i < 1'000; ++i)
    late.push_back(std::make_unique<bare_socket>(x.api().port()));
  std::this_thread::sleep_until(begin + 850ms);
  for (auto& one : late)
    one->send(hello);
  const auto slowest = slowest_feed(neighbour, 2s);
  CAF_MESSAGE("slowest feed: " << slowest.count() << " ms");
  CAF_CHECK(slowest < 500ms);
  for (auto& one : late)
    CAF_CHECK(one->is_closed_within(2s));
}

CAF_TEST(hellos of clients that are gone are not worked on) {
  const pair_files files{make_costly_pair()};
  server x{patiently(files.with())};
  secure_client neighbour{x.api().port()};
  CAF_CHECK(neighbour.is_ok(get_feed));
  const auto hello = make_hello();
  x.child().signal(SIGSTOP); // so that they are gone before it comes to them
  for (int i = 0; i < 1'000; ++i)
    bare_socket{x.api().port()}.send(hello);
  x.child().signal(SIGCONT);
  const auto asked = timer::now();
  CAF_CHECK(secure_client{x.api().port()}.is_ok(get_feed));
  const auto took = std::chrono::ceil<std::chrono::milliseconds>(timer::now() - asked);
  CAF_MESSAGE("a new connection had its feed after " << took.count() << " ms");
  CAF_CHECK(took < 700ms);
}
