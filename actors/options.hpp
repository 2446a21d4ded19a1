#pragma once

#include "domain/circuit_breaker.hpp"
#include "domain/flags.hpp"
#include "domain/restart_policy.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>

namespace kinora {

/// Everything that the settings say to the supervision tree.
struct tree_options {
  std::size_t handlers = 2;
  std::size_t rankers = 2;
  std::size_t signal_fetchers = 2;
  std::size_t ingesters = 2;
  std::size_t pool_threads = 2;
  std::chrono::milliseconds ranking_timeout{20};
  std::chrono::milliseconds cache_timeout{5}; ///< Questions to the directory and to breakers.
  std::chrono::milliseconds signal_timeout{10};
  std::chrono::milliseconds trending_ttl{60'000}; ///< How old a trending list may get.
  std::size_t signal_reads_max = 128;             ///< Of the store, under way or waiting.
  std::size_t feed_reads_min = 2;                 ///< Of them for feeds: what they may always make.
  std::size_t feed_reads_max = 32;                ///< What they may make while the store is quick.
  std::size_t stats_reads_max = 16;               ///< Of statistics, under way or waiting.
  std::size_t signal_cache_bytes = 64 * 1024 * 1024;
  std::size_t events_waiting_max = 50'000; ///< Events with the ingesters.
  std::chrono::hours signal_retention{24 * 90};
  breaker_options breaker;
  restart_options restarts;
  std::chrono::milliseconds hang_timeout{3'000};
  std::size_t tenants_max = 1'000;
  std::size_t videos_max = 200'000; ///< Of one tenant.
  global_flags initial_flags;       ///< Until something else was stored.
  bool kill_switch_forced = false;  ///< KILL_SWITCH_ACTIVE=true: nothing but a restart lifts it.
  std::string backup_folder;        ///< That backups are put into.
  std::size_t backups_kept = 7;
  std::uint64_t seed = 0; ///< Of restart jitter and fault injection.
};

} // namespace kinora
