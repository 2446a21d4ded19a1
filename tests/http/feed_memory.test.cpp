#define CAF_SUITE http.feed_memory
#include "tests/support/unit_test.hpp"

#include "actors/local_runner.hpp"
#include "demo/demo.hpp"
#include "http/api.hpp"
#include "http/feed_response.hpp"
#include "http/formats/audit_format.hpp"
#include "storage/memory/memory_stores.hpp"
#include "tests/support/failing_allocation.hpp"
#include "tests/support/recording_exchange.hpp"

#include <thread>

using namespace kinora;
using namespace kinora::http;
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
        server{{.feed_budget = 50ms,
                .feeds_in_flight_max = 2,
                .feeds_at_work_max = 1,
                .new_secret = [] { return std::string(64, '0'); }},
               tree,
               {make_cursor_key(std::string(32, 'k'))},
               measured} {
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

  /// Plays the transport, with a thread whose `failing_at`-th allocation fails, unless that is 0. Returns the
  /// status, and whether the feed is personalized.
  std::pair<int, bool> ask(std::size_t failing_at = 0) {
    request req;
    req.method = "GET";
    req.path = "/v1/feed";
    req.query = "user_hash=user_space_nerd";
    req.headers = {{"X-Tenant-ID", "tenant_showcase"}};
    req.request_id = "r";
    req.received_at = std::chrono::steady_clock::now();
    req.now = wall_clock();
    const auto out = std::make_shared<kinora::test::recording_exchange>();
    try {
      kinora::test::fail_allocation(failing_at);
      routes.serve(req, listener_kind::public_port, out);
    } catch (const std::exception&) {
      kinora::test::fail_allocation(0);
      out->complete({500, {}, {}});
    }
    kinora::test::fail_allocation(0);
    while (out.use_count() > 1 && !out->wait(1ms))
      if (out->deadline() && *out->deadline() <= std::chrono::steady_clock::now())
        out->expire();
    if (!out->is_answered())
      return {503, false};
    const auto answer = out->answer();
    return {answer.status, answer.header("X-Personalized") == "true"};
  }

  metrics measured{16};
  supervision_tree tree;
  router routes{{}};
  api server;
  local_runner runner{tree.system()};
};

/// Has each allocation of a feed fail once, on the thread that asks. Returns how many there are.
std::size_t fail_each(fixture& tested) {
  const std::pair personalized{200, true};
  CAF_REQUIRE_EQUAL(tested.ask(), personalized);
  std::size_t at = 0;
  for (auto has_failed = true; has_failed; ++at) {
    const auto failed_before = kinora::test::failed_allocations();
    const auto status = tested.ask(at + 1).first;
    has_failed = kinora::test::failed_allocations() != failed_before;
    const auto what = "allocation " + std::to_string(at + 1) + ' ';
    CAF_CHECK_EQUAL(what + std::to_string(status / 100 * 100), what + (status == 200 ? "200" : "500"));
    const auto until = std::chrono::steady_clock::now() + 10s; // an actor that fell is up again long before
    auto again = tested.ask();
    while (again != personalized && std::chrono::steady_clock::now() < until) {
      std::this_thread::sleep_for(1ms);
      again = tested.ask();
    }
    CAF_REQUIRE_EQUAL(what + (again == personalized ? "healed" : "left damage"), what + "healed");
    CAF_CHECK_EQUAL(tested.server.feeds.in_flight(), 0u);
  }
  return at - 1;
}

} // namespace

CAF_TEST(whichever allocation of a feed fails the next ones are personalized) {
  fixture tested{1 << 20};
  CAF_CHECK_GREATER(fail_each(tested), 50u);
}

CAF_TEST(whichever allocation of a feed fails that reads signals the next ones are personalized) {
  fixture tested{0};
  CAF_CHECK_GREATER(fail_each(tested), 10u); // most are on other threads
}
