#pragma once

#include "domain/audit.hpp"
#include "domain/result.hpp"
#include "storage/rocksdb/database.hpp"
#include "storage/rocksdb/values.hpp"

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <shared_mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace kinora {

/// What one write needs to know of a tenant: that it is there, and that no other write for its events is
/// under way.
struct tenant_lock {
  std::shared_mutex life; ///< Held by whoever writes for the tenant; exclusively by whoever removes it.
  bool gone = false;      ///< Guarded by `life`.
  std::mutex events;      ///< Between the look-up of event ids and their write.
};

using tenant_lock_ptr = std::shared_ptr<tenant_lock>;

/// What the ports of one store share.
struct engine {
  std::shared_ptr<database> db;
  std::shared_mutex mutex; ///< Guards `tenants`.
  std::map<std::string, tenant_lock_ptr, std::less<>> tenants;

  std::size_t audit_entries_max = 0;
  std::atomic<std::uint64_t> audit_last{0}; ///< The number given last.
  std::atomic<bool> audit_trimmed{false};   ///< Entries that are too many went in this run.

  /// Puts what goes into the audit log into the same change, if anything does.
  void note(change_set& change, const audit_entry* x);

  /// Writes a change and, in it, what goes into the audit log.
  result<void> write(change_set& change, const audit_entry* x);

  /// nullptr when there is no such tenant.
  tenant_lock_ptr find(std::string_view tenant);
};

/// Reads one value; nullopt when there is none.
template <class T>
result<std::optional<T>> load_value(const database& db, family in, const std::string& key, const char* what) {
  auto bytes = db.get(in, key);
  if (!bytes)
    return bytes.error();
  if (!*bytes)
    return std::optional<T>{};
  auto value = decode<T>(**bytes);
  if (!value)
    return damaged_value(what);
  return value;
}

/// Reads every value with a key from `begin` up to, not including, `end`, in their order.
template <class T>
result<std::vector<T>> load_values(const database& db, family in, std::string_view begin,
                                   std::string_view end, const char* what) {
  std::vector<T> out;
  auto take = [&](std::string_view, std::string_view bytes) -> result<void> {
    auto value = decode<T>(bytes);
    if (!value)
      return damaged_value(what);
    out.push_back(std::move(*value));
    return {};
  };
  if (auto done = db.scan(in, begin, end, take); !done)
    return done.error();
  return out;
}

} // namespace kinora
