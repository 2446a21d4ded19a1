#define CAF_SUITE blackbox.health
#include "tests/support/unit_test.hpp"

#include "tests/blackbox/support/server.hpp"

#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>

#include <set>

using namespace kinora::blackbox;

namespace {

server& demo() {
  static server running{patiently({"--demo"})};
  return running;
}

/// Value of a sample in Prometheus' text format; -1 when there is none.
double metric(const std::string& series) {
  for (auto& line : lines_of(demo().admin().get("/metrics").body))
    if (line.starts_with(series + " "))
      return std::stod(line.substr(series.size() + 1));
  return -1;
}

} // namespace

CAF_TEST(both ports tell that the server is alive and ready) {
  for (auto& port : {demo().api(), demo().stranger()}) {
    const auto alive = port.get("/health");
    CAF_CHECK_EQUAL(alive.status, 200);
    CAF_CHECK_EQUAL(alive.body, R"({"status":"healthy"})");
    const auto ready = port.get("/health/ready");
    CAF_CHECK_EQUAL(ready.status, 200);
    CAF_CHECK(ready.json() ==
              boost::json::parse(R"({"status":"ready","circuit_breaker":{"name":"signals","state":"closed"},
        "circuit_breakers":[{"name":"signals","state":"closed"},{"name":"ranking","state":"closed"}],
        "store":{"state":"writable"},
        "feature_flags":{"personalization_enabled":true,"kill_switch_active":false}})"));
    CAF_CHECK_EQUAL(port.head("/health").status, 200);
  }
}

CAF_TEST(every actor of the tree is listed as running) {
  const auto body = must(200, demo().admin().get("/admin/v1/actors")).json();
  std::set<std::string> paths;
  for (auto& actor : body.at("actors").as_array()) {
    paths.emplace(actor.at("path").as_string());
    CAF_CHECK_EQUAL(actor.at("state").as_string(), "running");
    CAF_CHECK_EQUAL(actor.at("restarts").to_number<int>(), 0);
    CAF_CHECK(actor.at("last_reason").is_null());
    CAF_CHECK(actor.at("since").as_string().ends_with("Z"));
  }
  for (auto path : {"flags", "tenants", "tenants/tenant_sports", "tenants/tenant_news",
                    "tenants/tenant_showcase", "signals/0", "signals/1", "rankers/0", "rankers/1",
                    "breakers/signals", "breakers/ranking", "handlers/0", "handlers/1"})
    CAF_CHECK(paths.contains(path));
}

CAF_TEST(every breaker is listed and can be reset) {
  const auto body = must(200, demo().admin().get("/admin/v1/breakers")).json();
  auto& breakers = body.at("breakers").as_array();
  CAF_REQUIRE_EQUAL(breakers.size(), 2u);
  for (auto& breaker : breakers) {
    CAF_CHECK_EQUAL(breaker.at("state").as_string(), "closed");
    CAF_CHECK_EQUAL(breaker.at("consecutive_failures").to_number<int>(), 0);
    CAF_CHECK(breaker.at("tenants").is_array());
    const auto name = std::string{breaker.at("name").as_string()};
    CAF_CHECK_EQUAL(demo().admin().post("/admin/v1/breakers/" + name + "/reset").status, 200);
  }
  CAF_CHECK_EQUAL(problem_of(demo().admin().post("/admin/v1/breakers/nobody/reset")), "404");
}

CAF_TEST(the metrics are in the text format of prometheus) {
  must(200, demo().api().get("/v1/feed?user_hash=u"));
  const auto answer = demo().admin().get("/metrics");
  CAF_CHECK_EQUAL(answer.status, 200);
  CAF_CHECK_EQUAL(answer.header("Content-Type"), "text/plain; version=0.0.4; charset=utf-8");
  std::set<std::string> typed;
  for (auto& line : lines_of(answer.body)) {
    if (line.starts_with("# TYPE ")) {
      const auto name = line.substr(7, line.find(' ', 7) - 7);
      CAF_CHECK(typed.insert(name).second);
      continue;
    }
    if (line.starts_with("# HELP "))
      continue;
    const auto space = line.rfind(' ');
    CAF_REQUIRE(space != std::string::npos);
    std::size_t used = 0;
    std::stod(line.substr(space + 1), &used);
    CAF_CHECK_EQUAL(used, line.size() - space - 1);
    CAF_CHECK(line.starts_with("kinora_"));
  }
  for (auto name :
       {"kinora_http_requests_total", "kinora_http_request_duration_seconds", "kinora_feed_responses_total",
        "kinora_feed_stage_duration_seconds", "kinora_actor_restarts_total", "kinora_breaker_state",
        "kinora_catalogue_videos", "kinora_process_resident_memory_bytes"})
    CAF_CHECK(typed.contains(name));
}

CAF_TEST(the metrics count what happens) {
  for (int i = 0; i < 5; ++i) {
    feed(demo().api(), "tenant_news", "user_hash=u"); // no other test asks for it
    must(404, demo().api().del("/nowhere"));
  }
  // What is counted is counted when it has been answered.
  auto becomes_five = [](const std::string& series) {
    return eventually(std::chrono::seconds{2}, [&] { return metric(series) == 5.0; });
  };
  CAF_CHECK(becomes_five(
      R"(kinora_feed_responses_total{degraded_reason="",feed_type="personalized",tenant="tenant_news"})"));
  CAF_CHECK(becomes_five(
      R"(kinora_http_requests_total{listener="public",method="DELETE",route="unmatched",status="404"})"));
  CAF_CHECK_EQUAL(metric(R"(kinora_catalogue_videos{tenant="tenant_sports"})"), 5.0);
  CAF_CHECK_EQUAL(metric(R"(kinora_breaker_state{name="ranking"})"), 0.0);
}
