#include "telemetry/metrics.hpp"

#include "telemetry/series.hpp"

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <charconv>
#include <fstream>
#include <mutex>
#include <set>
#include <sstream>
#include <utility>

#include <unistd.h>

namespace kinora {

namespace {

using prometheus::Counter;
using prometheus::Gauge;
using prometheus::Histogram;

/// In seconds: fine around the feed's budget of 100 ms, coarse up to the longest answers of the admin API.
const Histogram::BucketBoundaries duration_buckets{0.0005, 0.001, 0.0025, 0.005, 0.01, 0.02, 0.035, 0.05,
                                                   0.075,  0.1,   0.15,   0.25,  0.5,  1.0,  5.0,   30.0};

double seconds(std::chrono::nanoseconds x) {
  return std::chrono::duration<double>{x}.count();
}

/// Returns the method, or "other" for one that only this client knows.
std::string_view method_label(std::string_view method) {
  constexpr std::array<std::string_view, 7> known{"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"};
  return std::find(known.begin(), known.end(), method) == known.end() ? "other" : method;
}

std::string_view stage_label(feed_stage x) {
  constexpr std::array<std::string_view, 3> names{"signals", "ranking", "total"};
  return names[static_cast<std::size_t>(x)];
}

std::string_view outcome_label(event_outcome x) {
  constexpr std::array<std::string_view, 3> names{"accepted", "duplicate", "rejected"};
  return names[static_cast<std::size_t>(x)];
}

std::string_view outcome_label(attribution_outcome x) {
  constexpr std::array<std::string_view, 3> names{"attributed", "not_attributed", "invalid"};
  return names[static_cast<std::size_t>(x)];
}

constexpr std::array<std::string_view, 4> store_state_labels{"writable", "full", "failing", "read_only"};

/// A counter has no other way to get a value.
void set(Counter& out, std::uint64_t value) {
  out.Increment(static_cast<double>(value) - out.Value());
}

/// Returns the memory of this process that is in RAM, in bytes; 0 where /proc does not tell.
double resident_bytes() {
  std::ifstream in{"/proc/self/statm"};
  double all_pages = 0;
  double resident_pages = 0;
  in >> all_pages >> resident_pages;
  return resident_pages * static_cast<double>(::sysconf(_SC_PAGESIZE));
}

template <class Builder>
auto& family(Builder builder, prometheus::Registry& registry, const char* name, const char* help) {
  return builder.Name(name).Help(help).Register(registry);
}

auto& counters(prometheus::Registry& registry, const char* name, const char* help) {
  return family(prometheus::BuildCounter(), registry, name, help);
}

auto& gauges(prometheus::Registry& registry, const char* name, const char* help) {
  return family(prometheus::BuildGauge(), registry, name, help);
}

auto& histograms(prometheus::Registry& registry, const char* name, const char* help) {
  return family(prometheus::BuildHistogram(), registry, name, help);
}

/// Has `set(series, x)` called for each of `xs`, and removes the series of what is not among them.
template <class Metric, class Range, class Label, class Set>
void replace_series(series<Metric, 1>& out, const Range& xs, Label label, Set set) {
  std::set<std::string_view> named;
  for (const auto& x : xs) {
    named.insert(label(x));
    out.with({label(x)}, [&](Metric& metric) { set(metric, x); });
  }
  out.remove_if([&](const label_values<1>& values) { return !named.contains(values[0]); });
}

} // namespace

struct metrics::families {
  explicit families(std::size_t most_tenants) : tenants_max{most_tenants} {}

  /// Returns the tenant, or "" when it would be one too many. A known tenant costs a shared lock.
  std::string_view tenant_label(std::string_view tenant) {
    {
      std::shared_lock guard{tenants_mutex};
      if (tenant.empty() || tenants.contains(tenant))
        return tenant;
    }
    std::unique_lock guard{tenants_mutex};
    if (tenants.contains(tenant))
      return tenant;
    if (tenants.size() >= tenants_max)
      return {};
    tenants.emplace(tenant);
    return tenant;
  }

  const std::size_t tenants_max;
  prometheus::Registry registry;

  series<Counter, 4> requests{counters(registry, "kinora_http_requests_total", "Requests answered."),
                              {"listener", "route", "method", "status"}};
  series<Histogram, 1> request_seconds{histograms(registry, "kinora_http_request_duration_seconds",
                                                  "From the complete headers to the answer."),
                                       {"route"}};
  series<Counter, 3> feeds{counters(registry, "kinora_feed_responses_total", "Feeds that went out."),
                           {"tenant", "feed_type", "degraded_reason"}};
  series<Counter, 1> feeds_reduced{
      counters(registry, "kinora_feeds_reduced_total", "Feeds ranked from the best candidates alone."),
      {"tenant"}};
  series<Counter, 2> events{
      counters(registry, "kinora_events_total", "Events of batches that were answered."),
      {"tenant", "outcome"}};
  series<Counter, 1> rate_limited{
      counters(registry, "kinora_rate_limited_total", "Requests refused because their users send too often."),
      {"tenant"}};
  series<Counter, 2> attributions{
      counters(registry, "kinora_event_attributions_total", "Events that were not rejected, by their token."),
      {"tenant", "outcome"}};
  series<Counter, 4> attributed{counters(registry, "kinora_attributed_events_total",
                                         "Positions of feeds that were seen, played and completed."),
                                {"tenant", "feed_type", "rollout", "kind"}};
  series<Histogram, 1> stage_seconds{
      histograms(registry, "kinora_feed_stage_duration_seconds", "Time of one stage of a feed."), {"stage"}};
  Gauge& in_flight{gauges(registry, "kinora_in_flight", "Requests inside the server.").Add({})};
  series<Counter, 1> restarts{counters(registry, "kinora_actor_restarts_total",
                                       "Restarts of an actor since the start of the process."),
                              {"path"}};
  series<Gauge, 1> breakers{gauges(registry, "kinora_breaker_state", "0 closed, 1 half open, 2 open."),
                            {"name"}};
  series<Gauge, 1> videos{gauges(registry, "kinora_catalogue_videos", "Videos in a tenant's catalogue."),
                          {"tenant"}};
  Gauge& store_writable{
      gauges(registry, "kinora_store_writable", "1 when the store takes changes, else 0.").Add({})};
  series<Gauge, 1> store_states{
      gauges(registry, "kinora_store_state", "1 for the state that the store is in, 0 for the others."),
      {"state"}};
  Gauge& cache_bytes{
      gauges(registry, "kinora_signal_cache_bytes", "Memory of the cached signals of users.").Add({})};
  Gauge& cache_users{
      gauges(registry, "kinora_signal_cache_users", "Users whose signals are cached.").Add({})};
  Counter& cache_hits{
      counters(registry, "kinora_signal_cache_hits_total", "Signals that were found in the cache.").Add({})};
  Counter& cache_misses{
      counters(registry, "kinora_signal_cache_misses_total", "Signals that were read from the store.")
          .Add({})};
  Gauge& events_waiting{
      gauges(registry, "kinora_events_waiting", "Events on their way into the store.").Add({})};
  Gauge& signal_reads{
      gauges(registry, "kinora_signal_reads", "Reads of signals under way to the store.").Add({})};
  Gauge& signal_reads_limit{
      gauges(registry, "kinora_signal_reads_limit",
             "Feeds that may wait for such reads at a time; follows how long they take.")
          .Add({})};
  Gauge& resident{
      gauges(registry, "kinora_process_resident_memory_bytes", "Memory of the process in RAM.").Add({})};

  std::shared_mutex tenants_mutex;
  std::set<std::string, std::less<>> tenants; ///< Those with series of their own.

  std::mutex collect_mutex;
  std::vector<std::function<void(metrics&)>> updates;
};

metrics::metrics(std::size_t tenants_max) : families_{std::make_unique<families>(tenants_max)} {}

metrics::~metrics() = default;

void metrics::count_request(std::string_view listener, std::string_view route, std::string_view method,
                            int status, std::chrono::nanoseconds took) {
  std::array<char, 16> buffer{};
  auto end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), status).ptr;
  std::string_view status_label{buffer.data(), end};
  if (route.empty())
    route = "unmatched";
  families_->requests.with({listener, route, method_label(method), status_label},
                           [](Counter& x) { x.Increment(); });
  families_->request_seconds.with(
      {route}, [took](Histogram& x) { x.Observe(seconds(took)); }, duration_buckets);
}

void metrics::count_feed(std::string_view tenant, std::string_view feed_type,
                         std::string_view degraded_reason) {
  if (degraded_reason == "unknown_tenant") // clients make these names up: they get no series
    tenant = {};
  families_->feeds.with({families_->tenant_label(tenant), feed_type, degraded_reason},
                        [](Counter& x) { x.Increment(); });
}

void metrics::count_reduced_feed(std::string_view tenant) {
  families_->feeds_reduced.with({families_->tenant_label(tenant)}, [](Counter& x) { x.Increment(); });
}

void metrics::count_events(std::string_view tenant, event_outcome outcome, std::size_t count) {
  families_->events.with({families_->tenant_label(tenant), outcome_label(outcome)},
                         [count](Counter& x) { x.Increment(static_cast<double>(count)); });
}

void metrics::count_rate_limited(std::string_view tenant, std::size_t requests) {
  families_->rate_limited.with({families_->tenant_label(tenant)},
                               [requests](Counter& x) { x.Increment(static_cast<double>(requests)); });
}

void metrics::count_attribution(std::string_view tenant, attribution_outcome outcome, std::size_t count) {
  families_->attributions.with({families_->tenant_label(tenant), outcome_label(outcome)},
                               [count](Counter& x) { x.Increment(static_cast<double>(count)); });
}

void metrics::count_attributed(std::string_view tenant, std::string_view feed_type, std::string_view rollout,
                               std::string_view kind, std::size_t count) {
  if (count == 0)
    return;
  families_->attributed.with({families_->tenant_label(tenant), feed_type, rollout, kind},
                             [count](Counter& x) { x.Increment(static_cast<double>(count)); });
}

void metrics::observe_stage(feed_stage stage, std::chrono::nanoseconds took) {
  families_->stage_seconds.with(
      {stage_label(stage)}, [took](Histogram& x) { x.Observe(seconds(took)); }, duration_buckets);
}

void metrics::add_in_flight(int change) {
  families_->in_flight.Increment(change);
}

void metrics::set_actor_restarts(const std::vector<actor_restarts>& xs) {
  replace_series(
      families_->restarts, xs, [](const auto& x) -> std::string_view { return x.path; },
      [](Counter& out, const auto& x) { set(out, x.restarts); });
}

void metrics::set_breakers(const std::vector<breaker>& xs) {
  replace_series(
      families_->breakers, xs, [](const auto& x) -> std::string_view { return x.name; },
      [](Gauge& out, const auto& x) { out.Set(static_cast<double>(x.state)); });
}

void metrics::set_storage(const storage& x) {
  const auto now = store_state_labels[static_cast<std::size_t>(x.state)];
  families_->store_writable.Set(x.state == store_state::writable ? 1.0 : 0.0);
  for (auto label : store_state_labels)
    families_->store_states.with({label}, [&](Gauge& out) { out.Set(label == now ? 1.0 : 0.0); });
  families_->cache_bytes.Set(static_cast<double>(x.cache_bytes));
  families_->cache_users.Set(static_cast<double>(x.cache_users));
  set(families_->cache_hits, x.cache_hits);
  set(families_->cache_misses, x.cache_misses);
  families_->events_waiting.Set(static_cast<double>(x.events_waiting));
  families_->signal_reads.Set(static_cast<double>(x.signal_reads));
  families_->signal_reads_limit.Set(static_cast<double>(x.signal_reads_limit));
}

void metrics::set_catalogues(const std::vector<catalogue>& xs) {
  replace_series(
      families_->videos, xs, [](const auto& x) -> std::string_view { return x.tenant; },
      [](Gauge& out, const auto& x) { out.Set(static_cast<double>(x.videos)); });
  std::set<std::string_view> named{""};
  for (const auto& x : xs)
    named.insert(x.tenant);
  {
    std::unique_lock guard{families_->tenants_mutex};
    std::erase_if(families_->tenants, [&named](const auto& tenant) { return !named.contains(tenant); });
  }
  families_->feeds.remove_if([&named](const label_values<3>& values) { return !named.contains(values[0]); });
  families_->feeds_reduced.remove_if(
      [&named](const label_values<1>& values) { return !named.contains(values[0]); });
  families_->events.remove_if([&named](const label_values<2>& values) { return !named.contains(values[0]); });
  families_->rate_limited.remove_if(
      [&named](const label_values<1>& values) { return !named.contains(values[0]); });
  families_->attributions.remove_if(
      [&named](const label_values<2>& values) { return !named.contains(values[0]); });
  families_->attributed.remove_if(
      [&named](const label_values<4>& values) { return !named.contains(values[0]); });
}

void metrics::on_collect(std::function<void(metrics&)> update) {
  std::unique_lock guard{families_->collect_mutex};
  families_->updates.push_back(std::move(update));
}

std::string metrics::expose() {
  std::unique_lock guard{families_->collect_mutex};
  for (const auto& update : families_->updates)
    update(*this);
  families_->resident.Set(resident_bytes());
  std::ostringstream out;
  prometheus::TextSerializer{}.Serialize(out, families_->registry.Collect());
  return out.str();
}

} // namespace kinora
