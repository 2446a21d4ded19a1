// What the server counts and measures, in Prometheus' text format.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace kinora {

/// The parts of a feed request whose time is measured.
enum class feed_stage : std::uint8_t { signals, ranking, total };

/// What becomes of an event.
enum class event_outcome : std::uint8_t { accepted, duplicate, rejected };

/// What the tracking token of an event that was not rejected leads to.
enum class attribution_outcome : std::uint8_t {
  attributed,
  not_attributed, ///< There is none, the event is of a type that does not count, or it has counted before.
  invalid,        ///< It would count, but its token is not right.
};

/// The metrics of one server. Every name starts with `kinora_`. Any thread; counting a request takes a
/// shared lock and no allocation once its combination of labels has been seen.
///
/// Series are bounded: routes are the router's patterns, methods are those of HTTP, and tenants are at most
/// as many as given; whatever is past that counts under the label "other", or the tenant "".
class metrics {
public:
  struct actor_restarts {
    std::string path;
    std::uint64_t restarts; ///< Since the start of the process; never falls.
  };

  /// What /admin/v1/breakers calls the states.
  enum class breaker_state : std::uint8_t { closed = 0, half_open = 1, open = 2 };

  struct breaker {
    std::string name;
    breaker_state state;
  };

  struct catalogue {
    std::string tenant;
    std::uint64_t videos;
  };

  /// What /health/ready calls the states of the store.
  enum class store_state : std::uint8_t { writable, full, failing, read_only };

  /// What is read of the store, of the cache in front of it and of what is on the way into it. Hits and
  /// misses count from the start of the process and never fall.
  struct storage {
    store_state state;
    std::uint64_t cache_bytes;
    std::uint64_t cache_users;
    std::uint64_t cache_hits;
    std::uint64_t cache_misses;
    std::uint64_t events_waiting;
    std::uint64_t signal_reads;
    std::uint64_t signal_reads_limit; ///< Of feeds.
  };

  explicit metrics(std::size_t tenants_max);
  ~metrics();
  metrics(const metrics&) = delete;
  metrics& operator=(const metrics&) = delete;

  /// Counts an answered request. `route` is the router's pattern, e.g. "/v1/feed", and empty when no route
  /// matched; `took` counts from the complete headers to the answer.
  void count_request(std::string_view listener, std::string_view route, std::string_view method, int status,
                     std::chrono::nanoseconds took);

  /// Counts a feed that went out. `degraded_reason` is empty when it is not degraded; feeds of unknown
  /// tenants have the tenant "".
  void count_feed(std::string_view tenant, std::string_view feed_type, std::string_view degraded_reason);

  /// Counts that of them that was ranked from the best candidates alone; a tenant that is gone is "".
  void count_reduced_feed(std::string_view tenant);

  /// Counts events of a batch that was answered; the tenant is a known one.
  void count_events(std::string_view tenant, event_outcome outcome, std::size_t count);

  /// Counts requests that were refused because their users send too often; those to unknown tenants have the
  /// tenant "".
  void count_rate_limited(std::string_view tenant, std::size_t requests);
  /// Counts what those of them were attributed to that were not rejected. `feed_type`, `rollout` and `kind`
  /// are of the server's own names.
  void count_attribution(std::string_view tenant, attribution_outcome outcome, std::size_t count);
  void count_attributed(std::string_view tenant, std::string_view feed_type, std::string_view rollout,
                        std::string_view kind, std::size_t count);

  /// Measures one stage of a feed request.
  void observe_stage(feed_stage stage, std::chrono::nanoseconds took);

  /// Follows the requests inside the server: +1 when one starts, -1 when it is answered.
  void add_in_flight(int change);

  /// Sets what is read at scrape time. Each replaces all of its kind: what is not named is gone.
  void set_actor_restarts(const std::vector<actor_restarts>& xs);
  void set_breakers(const std::vector<breaker>& xs);
  void set_storage(const storage& x);

  /// The same for catalogues; a tenant that is not named loses every series it has.
  void set_catalogues(const std::vector<catalogue>& xs);

  /// Has `update` called at the start of every `expose`, to set what is read at scrape time. It runs on the
  /// thread that exposes, one call at a time, and must not call `on_collect` or `expose`.
  void on_collect(std::function<void(metrics&)> update);

  /// Returns everything in Prometheus' text format, version 0.0.4.
  std::string expose();

private:
  struct families;
  std::unique_ptr<families> families_;
};

} // namespace kinora
