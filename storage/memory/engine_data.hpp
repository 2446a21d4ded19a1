// What the ports of the engine in memory share. Internal to that engine.
#pragma once

#include "storage/memory/memory_stores.hpp"

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <shared_mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace kinora::memory {

using video_ptr = std::shared_ptr<const video>;
using record_ptr = std::shared_ptr<const user_record>;

struct text_hash {
  using is_transparent = void;
  std::size_t operator()(std::string_view x) const noexcept { return std::hash<std::string_view>{}(x); }
};

/// Everything of one tenant, under a lock of its own: a large upload of one makes no other wait.
struct tenant_data {
  std::shared_mutex mutex; ///< Guards everything below.
  std::optional<versioned_rules> rules;
  std::map<std::uint32_t, versioned_rules> versions;
  std::map<std::string, sdk_key, std::less<>> sdk_keys;
  std::map<std::string, video_ptr, std::less<>> videos;
  std::unordered_map<std::string, record_ptr, text_hash, std::equal_to<>> users;
  std::map<std::string, popularity_sum, std::less<>> popularity;
  std::unordered_map<std::string, wall_time, text_hash, std::equal_to<>> event_ids; ///< And when they came.
  std::deque<std::string> event_ids_by_age;                                         ///< The oldest first.
  std::map<stats_hour, feed_stats> stats;
};

using tenant_ptr = std::shared_ptr<tenant_data>;

/// What the ports of one engine share.
struct engine_data {
  explicit engine_data(const memory_limits& x) : limits{x} {}

  /// nullptr when there is none.
  tenant_ptr find(std::string_view id) {
    std::shared_lock lock{mutex};
    auto i = tenants.find(id);
    return i == tenants.end() ? nullptr : i->second;
  }

  tenant_ptr make(std::string_view id) {
    if (auto found = find(id))
      return found;
    std::unique_lock lock{mutex};
    auto& out = tenants[std::string{id}];
    if (!out)
      out = std::make_shared<tenant_data>();
    return out;
  }

  const memory_limits limits;
  std::atomic<std::size_t> users{0};  ///< Of all tenants together.
  std::atomic<std::size_t> events{0}; ///< Ids that are remembered, of all tenants together.
  std::shared_mutex mutex;            ///< Guards everything below; held for a look-up only.
  std::optional<global_flags> flags;
  std::map<std::string, tenant_ptr, std::less<>> tenants;
  std::vector<std::string> secrets;
  std::map<std::string, access_token, std::less<>> tokens;
  std::mutex audit_mutex;        ///< Guards what follows.
  std::deque<audit_entry> audit; ///< The oldest first.
  std::uint64_t audit_first = 1; ///< Number of the first.

  /// Keeps what goes with a change, if anything does.
  void note(const audit_entry* x) {
    if (x == nullptr)
      return;
    std::lock_guard lock{audit_mutex};
    audit.push_back(*x);
    if (audit.size() > limits.audit_entries_max) {
      audit.pop_front();
      ++audit_first;
    }
  }
};

using data_ptr = std::shared_ptr<engine_data>;

inline failure no_room(const char* setting, const char* what) {
  return {errc::storage_full, setting, std::string{"the store holds as many "} + what + " as it may"};
}

} // namespace kinora::memory
