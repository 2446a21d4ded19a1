#define CAF_SUITE telemetry.metrics
#include "tests/support/unit_test.hpp"

#include "telemetry/metrics.hpp"

#include <thread>

using namespace kinora;
using namespace std::chrono_literals;

namespace {

struct fixture {
  metrics counted{3};

  /// Returns the value of a series as exposed, "absent" when there is none.
  std::string value_of(const std::string& series) {
    auto text = '\n' + counted.expose();
    auto begin = text.find('\n' + series + ' ');
    if (begin == std::string::npos)
      return "absent";
    begin += series.size() + 2;
    return text.substr(begin, text.find('\n', begin) - begin);
  }

  std::string feeds_of(const std::string& tenant, const std::string& reason = "") {
    return value_of(R"(kinora_feed_responses_total{degraded_reason=")" + reason +
                    R"(",feed_type="trending",tenant=")" + tenant + R"("})");
  }

  std::string events_of(const std::string& tenant, const std::string& outcome) {
    return value_of(R"(kinora_events_total{outcome=")" + outcome + R"(",tenant=")" + tenant + R"("})");
  }

  bool exposes(const std::string& text) { return counted.expose().find(text) != std::string::npos; }
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(metrics_tests, fixture)

CAF_TEST(requests count by listener and route and method and status) {
  counted.count_request("public", "/v1/feed", "GET", 200, 2ms);
  counted.count_request("public", "/v1/feed", "GET", 200, 2ms);
  counted.count_request("admin", "", "BREW", 404, 1ms);
  CAF_CHECK(exposes("# TYPE kinora_http_requests_total counter\n"));
  CAF_CHECK_EQUAL(
      value_of(R"(kinora_http_requests_total{listener="public",method="GET",route="/v1/feed",status="200"})"),
      "2");
  CAF_CHECK_EQUAL(
      value_of(
          R"(kinora_http_requests_total{listener="admin",method="other",route="unmatched",status="404"})"),
      "1");
}

CAF_TEST(durations fall into buckets of seconds) {
  counted.count_request("public", "/v1/feed", "GET", 200, 3ms);
  counted.observe_stage(feed_stage::ranking, 60ms);
  CAF_CHECK_EQUAL(value_of(R"(kinora_http_request_duration_seconds_bucket{route="/v1/feed",le="0.0025"})"),
                  "0");
  CAF_CHECK_EQUAL(value_of(R"(kinora_http_request_duration_seconds_bucket{route="/v1/feed",le="0.005"})"),
                  "1");
  CAF_CHECK_EQUAL(value_of(R"(kinora_feed_stage_duration_seconds_count{stage="ranking"})"), "1");
  CAF_CHECK_EQUAL(value_of(R"(kinora_feed_stage_duration_seconds_sum{stage="ranking"})"), "0.06");
}

CAF_TEST(feeds count by tenant and type and reason) {
  counted.count_feed("news", "trending", "");
  counted.count_feed("news", "trending", "ranking_timeout");
  CAF_CHECK_EQUAL(feeds_of("news"), "1");
  CAF_CHECK_EQUAL(feeds_of("news", "ranking_timeout"), "1");
}

CAF_TEST(reduced feeds count by tenant) {
  counted.count_reduced_feed("news");
  counted.count_reduced_feed("news");
  for (const auto* tenant : {"b", "c", "d"}) // the last one is one too many
    counted.count_reduced_feed(tenant);
  CAF_CHECK_EQUAL(value_of(R"(kinora_feeds_reduced_total{tenant="news"})"), "2");
  CAF_CHECK_EQUAL(value_of(R"(kinora_feeds_reduced_total{tenant=""})"), "1");
  counted.set_catalogues({{"b", 1}});
  CAF_CHECK_EQUAL(value_of(R"(kinora_feeds_reduced_total{tenant="news"})"), "absent");
  CAF_CHECK_EQUAL(value_of(R"(kinora_feeds_reduced_total{tenant="b"})"), "1");
}

CAF_TEST(refused requests count by tenant) {
  counted.count_rate_limited("news", 1);
  counted.count_rate_limited("news", 3);
  counted.count_rate_limited("", 2);
  for (const auto* tenant : {"b", "c", "d", "e"}) // two of them are too many
    counted.count_rate_limited(tenant, 1);
  CAF_CHECK_EQUAL(value_of(R"(kinora_rate_limited_total{tenant="news"})"), "4");
  CAF_CHECK_EQUAL(value_of(R"(kinora_rate_limited_total{tenant=""})"), "4");
  counted.set_catalogues({{"b", 1}});
  CAF_CHECK_EQUAL(value_of(R"(kinora_rate_limited_total{tenant="news"})"), "absent");
  CAF_CHECK_EQUAL(value_of(R"(kinora_rate_limited_total{tenant="b"})"), "1");
}

CAF_TEST(attributed events count by what they are attributed to) {
  counted.count_attributed("news", "personalized", "in", "play", 3);
  counted.count_attributed("news", "personalized", "in", "play", 2);
  counted.count_attributed("news", "trending", "out", "play", 0);
  counted.count_attribution("news", attribution_outcome::attributed, 5);
  counted.count_attribution("news", attribution_outcome::not_attributed, 6);
  counted.count_attribution("news", attribution_outcome::invalid, 7);
  auto attributed = [&](const std::string& type, const std::string& side) {
    return value_of(R"(kinora_attributed_events_total{feed_type=")" + type + R"(",kind="play",rollout=")" +
                    side + R"(",tenant="news"})");
  };
  auto outcome = [&](const std::string& name) {
    return value_of(R"(kinora_event_attributions_total{outcome=")" + name + R"(",tenant="news"})");
  };
  CAF_CHECK_EQUAL(attributed("personalized", "in"), "5");
  CAF_CHECK_EQUAL(attributed("trending", "out"), "absent");
  CAF_CHECK_EQUAL(outcome("attributed"), "5");
  CAF_CHECK_EQUAL(outcome("not_attributed"), "6");
  CAF_CHECK_EQUAL(outcome("invalid"), "7");
  counted.set_catalogues({});
  CAF_CHECK_EQUAL(attributed("personalized", "in"), "absent");
  CAF_CHECK_EQUAL(outcome("attributed"), "absent");
}

CAF_TEST(events count by tenant and outcome) {
  counted.count_events("news", event_outcome::accepted, 98);
  counted.count_events("news", event_outcome::accepted, 2);
  counted.count_events("news", event_outcome::duplicate, 3);
  counted.count_events("news", event_outcome::rejected, 4);
  for (const auto* tenant : {"b", "c", "d", "e"})
    counted.count_events(tenant, event_outcome::rejected, 1);
  CAF_CHECK_EQUAL(events_of("news", "accepted"), "100");
  CAF_CHECK_EQUAL(events_of("news", "duplicate"), "3");
  CAF_CHECK_EQUAL(events_of("news", "rejected"), "4");
  CAF_CHECK_EQUAL(events_of("c", "accepted"), "absent");
  CAF_CHECK_EQUAL(events_of("d", "rejected"), "absent");
  CAF_CHECK_EQUAL(events_of("", "rejected"), "2");
  counted.set_catalogues({{"b", 1}});
  CAF_CHECK_EQUAL(events_of("news", "accepted"), "absent");
  CAF_CHECK_EQUAL(events_of("b", "rejected"), "1");
}

CAF_TEST(the store and its cache are shown as they are) {
  counted.set_storage({metrics::store_state::writable, 1'000, 7, 40, 2, 300, 5, 12});
  CAF_CHECK_EQUAL(value_of("kinora_store_writable"), "1");
  CAF_CHECK_EQUAL(value_of(R"(kinora_store_state{state="writable"})"), "1");
  CAF_CHECK_EQUAL(value_of(R"(kinora_store_state{state="full"})"), "0");
  CAF_CHECK_EQUAL(value_of("kinora_signal_cache_bytes"), "1000");
  CAF_CHECK_EQUAL(value_of("kinora_signal_cache_users"), "7");
  CAF_CHECK_EQUAL(value_of("kinora_signal_cache_hits_total"), "40");
  CAF_CHECK_EQUAL(value_of("kinora_signal_cache_misses_total"), "2");
  CAF_CHECK_EQUAL(value_of("kinora_events_waiting"), "300");
  CAF_CHECK_EQUAL(value_of("kinora_signal_reads"), "5");
  CAF_CHECK_EQUAL(value_of("kinora_signal_reads_limit"), "12");
  counted.set_storage({metrics::store_state::read_only, 0, 0, 41, 2, 0, 0, 2});
  CAF_CHECK_EQUAL(value_of("kinora_store_writable"), "0");
  CAF_CHECK_EQUAL(value_of(R"(kinora_store_state{state="writable"})"), "0");
  CAF_CHECK_EQUAL(value_of(R"(kinora_store_state{state="read_only"})"), "1");
  CAF_CHECK_EQUAL(value_of("kinora_signal_cache_hits_total"), "41");
  CAF_CHECK_EQUAL(value_of("kinora_events_waiting"), "0");
}

CAF_TEST(unknown tenants and those past the bound share the empty name) {
  counted.count_feed("made-up", "trending", "unknown_tenant");
  CAF_CHECK_EQUAL(feeds_of("", "unknown_tenant"), "1");
  for (const auto* tenant : {"a", "b", "c", "d", "e", "a"})
    counted.count_feed(tenant, "trending", "");
  CAF_CHECK_EQUAL(feeds_of("a"), "2");
  CAF_CHECK_EQUAL(feeds_of("c"), "1");
  CAF_CHECK_EQUAL(feeds_of("d"), "absent");
  CAF_CHECK_EQUAL(feeds_of(""), "2");
}

CAF_TEST(a tenant that is gone takes its series along and makes room for another) {
  counted.set_catalogues({{"a", 10}, {"b", 20}, {"c", 30}});
  for (const auto* tenant : {"a", "b", "c"})
    counted.count_feed(tenant, "trending", "");
  counted.set_catalogues({{"a", 11}, {"c", 30}});
  CAF_CHECK_EQUAL(value_of(R"(kinora_catalogue_videos{tenant="a"})"), "11");
  CAF_CHECK_EQUAL(value_of(R"(kinora_catalogue_videos{tenant="b"})"), "absent");
  CAF_CHECK_EQUAL(feeds_of("a"), "1");
  CAF_CHECK_EQUAL(feeds_of("b"), "absent");
  counted.count_feed("d", "trending", "");
  CAF_CHECK_EQUAL(feeds_of("d"), "1");
}

CAF_TEST(what is read at scrape time is asked for at every scrape) {
  int scrapes = 0;
  counted.on_collect([&scrapes](metrics& out) {
    ++scrapes;
    out.set_actor_restarts({{"rankers/0", static_cast<std::uint64_t>(scrapes)}});
    out.set_breakers(
        {{"signals", metrics::breaker_state::half_open}, {"ranking", metrics::breaker_state::open}});
  });
  CAF_CHECK_EQUAL(value_of(R"(kinora_actor_restarts_total{path="rankers/0"})"), "1");
  CAF_CHECK_EQUAL(value_of(R"(kinora_actor_restarts_total{path="rankers/0"})"), "2");
  CAF_CHECK_EQUAL(value_of(R"(kinora_breaker_state{name="signals"})"), "1");
  CAF_CHECK_EQUAL(value_of(R"(kinora_breaker_state{name="ranking"})"), "2");
  CAF_CHECK(exposes("# TYPE kinora_actor_restarts_total counter\n"));
}

CAF_TEST(requests in flight rise and fall) {
  counted.add_in_flight(+1);
  counted.add_in_flight(+1);
  counted.add_in_flight(-1);
  CAF_CHECK_EQUAL(value_of("kinora_in_flight"), "1");
}

CAF_TEST(the memory of the process is exposed) {
  CAF_CHECK_GREATER(std::stod(value_of("kinora_process_resident_memory_bytes")), 1e6);
}

CAF_TEST(counting while tenants come and go loses nothing of those that stay) {
  constexpr int rounds = 5'000;
  auto count = [this] {
    for (int i = 0; i < rounds; ++i) {
      counted.count_feed("stays", "trending", "");
      counted.count_feed("goes", "trending", "");
    }
  };
  std::thread first{count};
  std::thread second{count};
  for (int i = 0; i < 200; ++i)
    counted.set_catalogues({{"stays", 1}});
  first.join();
  second.join();
  CAF_CHECK_EQUAL(feeds_of("stays"), std::to_string(2 * rounds));
}

CAF_TEST_FIXTURE_SCOPE_END()
