#pragma once

#include "storage/stores.hpp"

#include <chrono>
#include <cstddef>

namespace kinora {

/// What an engine in memory may grow to, of all tenants together.
struct memory_limits {
  std::size_t users_max = 1'000'000;
  std::size_t events_max = 5'000'000; ///< Ids of events and attributions, remembered for `event_age_max`.
  std::size_t audit_entries_max = 100'000;      ///< Of the audit log; the oldest go.
  std::chrono::hours signal_retention{24 * 90}; ///< Events of users untouched for longer start anew.
};

/// An engine that keeps everything in memory and forgets it with the process: for tests and trials. Never
/// blocks. What goes past its limits is refused with errc::storage_full.
stores make_memory_stores(const memory_limits& limits);

} // namespace kinora
