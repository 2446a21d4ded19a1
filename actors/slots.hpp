#pragma once

#include "actors/interfaces.hpp"
#include "actors/options.hpp"
#include "actors/pool.hpp"
#include "actors/read_limit.hpp"
#include "actors/signal_cache.hpp"

#include <string>

namespace kinora {

/// The slots through which actors and the HTTP side reach the others. They outlive every instance.
struct tree_slots {
  tree_slots(registry& all, const tree_options& options)
      : flags{all.open("flags")},
        access{all.open("access")},
        audit{all.open("audit")},
        tenants{all.open("tenants")},
        stats{all.open("stats")},
        signals_breaker{all.open("breakers/signals")},
        ranking_breaker{all.open("breakers/ranking")},
        fetchers{numbered(all, "signals/", options.signal_fetchers)},
        rankers{numbered(all, "rankers/", options.rankers)},
        handlers{numbered(all, "handlers/", options.handlers)},
        ingesters{numbered(all, "ingest/", options.ingesters)},
        stats_reads{std::make_shared<load_bound>(options.stats_reads_max)},
        signal_reads{std::make_shared<load_bound>(options.signal_reads_max)},
        feed_reads{std::make_shared<read_limit>(limit_of_feed_reads(options))},
        events_waiting{std::make_shared<load_bound>(options.events_waiting_max)},
        cache{std::make_shared<signal_cache>(options.signal_cache_bytes)} {}

  /// The slot of the ingester that a tenant's events go through.
  const record_ptr& ingester_of(std::string_view tenant) const {
    return ingesters[std::hash<std::string_view>{}(tenant) % ingesters.size()];
  }

  record_ptr flags;
  record_ptr access;
  record_ptr audit;
  record_ptr tenants;
  record_ptr stats;
  record_ptr signals_breaker;
  record_ptr ranking_breaker;
  worker_pool<signal_fetcher_actor> fetchers;
  worker_pool<ranker_actor> rankers;
  worker_pool<feed_handler_actor> handlers;
  std::vector<record_ptr> ingesters;
  load_bound_ptr stats_reads;
  load_bound_ptr signal_reads;
  std::shared_ptr<read_limit> feed_reads;
  load_bound_ptr events_waiting;
  std::shared_ptr<signal_cache> cache;

private:
  /// An eighth of the time that a read has may go into waiting for others.
  static concurrency_limit_options limit_of_feed_reads(const tree_options& x) {
    return {x.feed_reads_min, x.feed_reads_max, std::chrono::nanoseconds{x.signal_timeout} / 8};
  }

  static std::vector<record_ptr> numbered(registry& all, const std::string& prefix, std::size_t count) {
    std::vector<record_ptr> out;
    for (std::size_t i = 0; i < count; ++i)
      out.push_back(all.open(prefix + std::to_string(i)));
    return out;
  }
};

using tree_slots_ptr = std::shared_ptr<tree_slots>;

} // namespace kinora
