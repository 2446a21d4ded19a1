#define CAF_SUITE http.connection_registry
#include "tests/support/unit_test.hpp"

#include "http/connection_registry.hpp"
#include "http/pending_answer.hpp"

#include <sys/socket.h>
#include <unistd.h>

#include <array>

using namespace kinora;
using namespace kinora::http;

namespace {

/// A connection whose other end says whether it was shut down.
struct connection {
  connection() {
    ::socketpair(AF_UNIX, SOCK_STREAM, 0, ends.data());
    live.fd = ends[0];
  }

  ~connection() {
    ::close(ends[0]);
    ::close(ends[1]);
  }

  connection(const connection&) = delete;
  connection& operator=(const connection&) = delete;

  bool is_ended() const {
    char byte = 0;
    return ::recv(ends[0], &byte, 1, MSG_DONTWAIT) == 0;
  }

  std::array<int, 2> ends{};
  live_connection live;
};

struct fixture {
  connection_registry registry;
  connection first, second, busy;

  fixture() {
    for (auto* x : {&busy, &first, &second})
      registry.add(x->live);
    CAF_CHECK(registry.set_idle(first.live));
    CAF_CHECK(registry.set_idle(second.live));
  }
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(connection_registry_tests, fixture)

CAF_TEST(room is made by the connection idle for longest and by one at a time) {
  registry.close_longest_idle();
  registry.close_longest_idle();
  CAF_CHECK(first.is_ended());
  CAF_CHECK(!second.is_ended());
  registry.remove(first.live);
  registry.close_longest_idle();
  CAF_CHECK(second.is_ended());
  registry.remove(second.live);
  registry.close_longest_idle();
  CAF_CHECK(!busy.is_ended());
}

CAF_TEST(one that was told to go but has a request makes no room) {
  registry.close_longest_idle();
  registry.set_busy(first.live);
  registry.close_longest_idle();
  CAF_CHECK(second.is_ended());
}

CAF_TEST(draining ends the idle and forbids becoming so) {
  registry.drain();
  CAF_CHECK(first.is_ended());
  CAF_CHECK(second.is_ended());
  CAF_CHECK(!busy.is_ended());
  CAF_CHECK(!registry.set_idle(busy.live));
  CAF_CHECK(!registry.wait_until_empty(steady_time{}));
  for (auto* x : {&busy, &first, &second})
    registry.remove(x->live);
  CAF_CHECK(registry.wait_until_empty(steady_time{}));
  CAF_CHECK_EQUAL(registry.open(), 0u);
}

CAF_TEST(aborting ends everyone and every wait) {
  const auto before = std::make_shared<pending_answer>();
  registry.set_waiting(busy.live, before);
  registry.abort();
  CAF_CHECK(busy.is_ended());
  CAF_CHECK(!before->wait(steady_time::max()));
  const auto after = std::make_shared<pending_answer>();
  registry.set_waiting(busy.live, after);
  CAF_CHECK(!after->wait(steady_time::max()));
}

CAF_TEST_FIXTURE_SCOPE_END()
