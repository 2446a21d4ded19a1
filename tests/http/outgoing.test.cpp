#define CAF_SUITE http.outgoing
#include "tests/support/unit_test.hpp"

#include "http/outgoing.hpp"

#include <sys/socket.h>
#include <unistd.h>

#include <array>

using namespace kinora::http;

namespace {

/// Both ends of a stream, neither of which blocks.
struct fixture {
  fixture() {
    CAF_REQUIRE_EQUAL(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends.data()), 0);
    const int room = 4'096;
    ::setsockopt(ends[0], SOL_SOCKET, SO_SNDBUF, &room, sizeof(room));
  }

  ~fixture() {
    for (auto fd : ends)
      ::close(fd);
  }

  /// What has come by now.
  std::string received() {
    std::string out;
    std::array<char, 4'096> bytes;
    for (ssize_t got = 0; (got = ::recv(ends[1], bytes.data(), bytes.size(), 0)) > 0;)
      out.append(bytes.data(), static_cast<std::size_t>(got));
    return out;
  }

  std::array<int, 2> ends;
};

response answer_of(std::string body, int status = 200) {
  response out;
  out.status = status;
  out.body = std::move(body);
  return out;
}

} // namespace

CAF_TEST_FIXTURE_SCOPE(outgoing_tests, fixture)

CAF_TEST(answers are sent one after the other) {
  outgoing tested{ends[0], nullptr};
  CAF_CHECK(tested.is_done());
  for (auto body : {"one", "", "three"}) {
    tested.begin(answer_of(body), true, false);
    CAF_CHECK(!tested.is_done());
    CAF_CHECK(tested.send() == outgoing::progress::done);
    CAF_CHECK(tested.is_done());
    const auto got = received();
    CAF_CHECK(got.starts_with("HTTP/1.1 200 OK\r\n"));
    CAF_CHECK(
        got.ends_with("\r\nContent-Length: " + std::to_string(std::string{body}.size()) + "\r\n\r\n" + body));
  }
}

CAF_TEST(an answer without content has none) {
  outgoing tested{ends[0], nullptr};
  tested.begin(answer_of("body"), false, false); // to a HEAD
  CAF_CHECK(tested.send() == outgoing::progress::done);
  CAF_CHECK(received().ends_with("\r\nContent-Length: 4\r\n\r\n"));
  tested.begin(answer_of("body", 304), true, false);
  CAF_CHECK(tested.send() == outgoing::progress::done);
  CAF_CHECK(received().ends_with("\r\n\r\n"));
}

CAF_TEST(what the client does not take yet goes on when it does) {
  outgoing tested{ends[0], nullptr};
  std::string body;
  for (int i = 0; body.size() < 500'000; ++i)
    body += std::to_string(i) + ' ';
  tested.begin(answer_of(body), true, false);
  std::string got;
  auto blocked = 0;
  for (auto state = outgoing::progress::blocked; state != outgoing::progress::done; got += received()) {
    state = tested.send();
    CAF_REQUIRE(state != outgoing::progress::failed);
    blocked += state == outgoing::progress::blocked;
    CAF_REQUIRE_EQUAL(tested.is_done(), state == outgoing::progress::done);
  }
  CAF_CHECK_GREATER(blocked, 1);
  CAF_CHECK(got.ends_with("\r\n\r\n" + body));
}

CAF_TEST(a client that is gone fails it) {
  outgoing tested{ends[0], nullptr};
  ::close(ends[1]);
  ends[1] = -1;
  tested.begin(answer_of("body"), true, false);
  CAF_CHECK(tested.send() == outgoing::progress::failed);
}

CAF_TEST(a client is told to go on at once) {
  outgoing tested{ends[0], nullptr};
  tested.say_continue();
  CAF_CHECK_EQUAL(received(), "HTTP/1.1 100 Continue\r\n\r\n");
  tested.end(); // only TLS says that
  CAF_CHECK(tested.flush());
  CAF_CHECK_EQUAL(received(), "");
}

CAF_TEST(a large buffer is given back and a small one is kept) {
  std::string large(10'000, 'x'), small(1'000, 'x');
  release(large);
  CAF_CHECK_LESS(large.capacity(), 100u);
  release(small);
  CAF_CHECK_GREATER(small.capacity(), 999u);
  CAF_CHECK(large.empty() && small.empty());
}

CAF_TEST_FIXTURE_SCOPE_END()
