#define CAF_SUITE http.feed_flight
#include "tests/support/unit_test.hpp"

#include "actors/local_runner.hpp"
#include "demo/demo.hpp"
#include "http/api.hpp"
#include "http/feed_response.hpp"
#include "http/formats/audit_format.hpp"
#include "storage/memory/memory_stores.hpp"
#include "tests/support/failing_allocation.hpp"
#include "tests/support/recording_exchange.hpp"

#include <algorithm>
#include <thread>
#include <vector>

using namespace kinora;
using namespace kinora::http;
using namespace kinora::test;
using namespace std::chrono_literals;

namespace {

tree_options options_with(std::size_t cache_bytes) {
  tree_options out;
  out.feed_reads_min = out.feed_reads_max = 1;
  out.signal_cache_bytes = cache_bytes;
  out.breaker.recovery_timeout = 10ms;
  out.restarts = {1'000'000, 1s, 1ms, 1ms, 10ms}; // as often as it takes
  return out;
}

api_options server_options() {
  api_options out;
  out.feed_budget = 50ms;
  out.feeds_in_flight_max = 4;
  out.feeds_at_work_max = 1;
  out.new_secret = [] { return std::string(64, '0'); };
  return out;
}

using exchanges = std::vector<std::shared_ptr<recording_exchange>>;

/// A server without its listeners. The thread that asks runs actors, as an I/O thread does.
struct fixture {
  explicit fixture(std::size_t cache_bytes)
      : tree{options_with(cache_bytes),
             loaded(),
             {[] { return wall_clock(); },
              [](auto&) {},
              [](auto&&...) {},
              make_describers(),
              {},
              write_item}},
        server{server_options(), tree, {make_cursor_key(std::string(32, 'k'))}, measured} {
    add_routes(routes, server);
    CAF_REQUIRE(tree.wait_until_up(10s));
    server.stage = phase::ready;
  }

  static wall_time wall_clock() {
    return std::chrono::floor<wall_time::duration>(std::chrono::system_clock::now());
  }

  static stores loaded() {
    auto out = make_memory_stores({});
    CAF_REQUIRE(!demo::load(out, wall_clock()));
    return out;
  }

  static request make_request() {
    request out;
    out.method = "GET";
    out.path = "/v1/feed";
    out.query = "user_hash=user_space_nerd";
    out.headers = {{"X-Tenant-ID", "tenant_showcase"}};
    out.request_id = "r";
    out.received_at = std::chrono::steady_clock::now();
    out.now = wall_clock();
    return out;
  }

  /// Plays the transport: asks for as many feeds in a row, with a thread whose `failing_at`-th allocation
  /// fails, unless that is 0.
  exchanges send(std::size_t count, std::size_t failing_at = 0) {
    const auto req = make_request();
    exchanges out(count);
    for (auto& x : out)
      x = std::make_shared<recording_exchange>();
    fail_allocation(failing_at);
    for (auto& x : out)
      try {
        routes.serve(req, listener_kind::public_port, x);
      } catch (const std::exception&) {
        x->complete({500, {}, {}});
      }
    fail_allocation(0);
    return out;
  }

  /// Waits for what it is answered, or for nobody to be left who could. Returns the status, and whether the
  /// feed is personalized.
  static std::pair<int, bool> receive(const std::shared_ptr<recording_exchange>& out) {
    while (out.use_count() > 1 && !out->wait(1ms))
      if (out->deadline() && *out->deadline() <= std::chrono::steady_clock::now())
        out->expire();
    if (!out->is_answered())
      return {503, false};
    const auto answer = out->answer();
    return {answer.status, answer.header("X-Personalized") == "true"};
  }

  std::pair<int, bool> ask() { return receive(send(1).front()); }

  metrics measured{16};
  supervision_tree tree;
  router routes{{}};
  api server;
  local_runner runner{tree.system()};
};

/// Asks for `count` feeds in a row, and has each allocation of the thread that asks fail once. Returns how
/// many there are.
std::size_t fail_each(fixture& tested, std::size_t count) {
  const std::pair personalized{200, true};
  const auto is_healthy = [&] { // an actor that fell is up again long before
    const auto until = std::chrono::steady_clock::now() + 10s;
    while (tested.ask() != personalized) {
      if (std::chrono::steady_clock::now() > until)
        return false;
      std::this_thread::sleep_for(1ms);
    }
    return true;
  };
  CAF_REQUIRE(is_healthy());
  std::size_t at = 0;
  for (auto without = 0; without < 5; ++at) { // some feeds take less than others
    const auto failed_before = failed_allocations();
    const auto sent = tested.send(count, at + 1);
    const auto failed = std::ranges::count_if(sent, [](auto& x) { return fixture::receive(x).first >= 500; });
    without = failed_allocations() == failed_before ? without + 1 : 0;
    const auto what = "allocation " + std::to_string(at + 1) + ' ';
    CAF_CHECK_EQUAL(what + std::to_string(failed), what + (failed == 0 ? "0" : "1"));
    CAF_REQUIRE_EQUAL(what + (is_healthy() ? "healed" : "left damage"), what + "healed");
    CAF_CHECK_EQUAL(tested.server.feeds.in_flight(), 0u);
  }
  return at - 5;
}

} // namespace

CAF_TEST(whichever allocation of a feed fails the next ones are personalized) {
  fixture tested{1 << 20};
  CAF_CHECK_GREATER(fail_each(tested, 1), 50u);
}

CAF_TEST(whichever allocation fails of feeds that wait for their signals the next ones are personalized) {
  fixture tested{0};
  CAF_CHECK_GREATER(fail_each(tested, 3), 20u); // most are on other threads
}
