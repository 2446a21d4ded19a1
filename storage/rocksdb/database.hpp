#pragma once

#include "domain/result.hpp"
#include "storage/rocksdb/rocksdb_stores.hpp"
#include "storage/store_health.hpp"

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <shared_mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace kinora {

/// Which part of the store a key is in.
enum class family : std::uint8_t {
  settings,   ///< Format, flags, secrets, admin tokens; rules of tenants.
  videos,     ///< Tenant, video id → video.
  users,      ///< Tenant, user hash → user_record, merged.
  popularity, ///< Tenant, video id → popularity_sum, merged.
  events,     ///< Tenant, hash of an event's id or of an attribution's key → event_mark.
  stats,      ///< Tenant, hour → feed_stats, merged.
  audit,      ///< Number → audit_entry.
};

inline constexpr std::size_t family_count = 7;

/// Changes that are made together or not at all, in their order.
struct change_set {
  enum class kind : std::uint8_t { put, merge, erase, erase_range };

  struct change {
    kind what;
    family in;
    std::string key;   ///< Of a range: its first key.
    std::string value; ///< Of a range: the first key past it.
  };

  void put(family in, std::string key, std::string value) {
    changes.push_back({kind::put, in, std::move(key), std::move(value)});
  }
  void merge(family in, std::string key, std::string value) {
    changes.push_back({kind::merge, in, std::move(key), std::move(value)});
  }
  void erase(family in, std::string key) { changes.push_back({kind::erase, in, std::move(key), {}}); }
  void erase_range(family in, std::string begin, std::string end) {
    changes.push_back({kind::erase_range, in, std::move(begin), std::move(end)});
  }

  std::vector<change> changes;
};

/// One of the files that make up a store at some instant.
struct live_file {
  std::string name; ///< In the folder.
  std::string path;
  std::uint64_t bytes = 0;   ///< So many of its first bytes count; there may be more by now.
  std::string contents;      ///< Unless empty, what it holds at that instant, whatever is in it by now.
  bool is_immutable = false; ///< Written once and for all.
};

/// One open RocksDB. Writes are synced before they succeed; those of several threads share a sync. Once one
/// has failed, all fail, until a thread of its own finds that the folder can be written again and has opened
/// the store anew; where a sync failed, until a restart. Reads go on meanwhile. Thread-safe; all calls block.
class database {
public:
  /// Opens, or creates, what `options.path` names, and verifies every file.
  static result<std::shared_ptr<database>> open(const rocksdb_options& options);

  /// Opens what is there for reading alone, and changes nothing; verifies every file, and every block of it.
  /// A family that the store is too old to have is empty.
  static result<std::shared_ptr<database>> open_read_only(const rocksdb_options& options);

  database(const database&) = delete;
  database& operator=(const database&) = delete;

  /// Moves what is only in the log into files, where possible, so that the next start has nothing to replay.
  ~database();

  /// The value of a key; nullopt when there is none.
  result<std::optional<std::string>> get(family in, const std::string& key) const;

  /// The values of `keys`, which rise; nullopt where there is none.
  result<std::vector<std::optional<std::string>>> get(family in, const std::vector<std::string>& keys) const;

  /// Calls `each(key, value)` for the keys from `begin` up to, not including, `end` (empty: the last one), in
  /// their order, until it fails.
  result<void> scan(family in, std::string_view begin, std::string_view end,
                    const std::function<result<void>(std::string_view, std::string_view)>& each) const;

  /// Calls `each(key, value)` for the keys before `end`, down to `begin`, in descending order, until it
  /// returns false or fails.
  result<void> scan_back(family in, std::string_view begin, std::string_view end,
                         const std::function<result<bool>(std::string_view, std::string_view)>& each) const;

  /// All of it, or nothing; durable once it succeeds.
  result<void> write(const change_set& x);

  /// Calls `copy` with the files that make up all that was written before, none of which goes away until it
  /// returns. Reads and writes go on meanwhile, but for the moment in which the files are listed; a store
  /// that falls ill heals later. Fails when it cannot be written.
  result<void> with_files(const std::function<result<void>(const std::vector<live_file>&)>& copy);

  const std::shared_ptr<store_health>& health() const noexcept { return health_; }

private:
  struct session; ///< What one opening holds.
  enum class opening : std::uint8_t { first, again, read_only };

  explicit database(const rocksdb_options& options);

  static result<std::shared_ptr<database>> open(const rocksdb_options& options, opening how);
  result<std::unique_ptr<session>> open_session(opening how) const;
  failure refusal() const;
  void heal(std::stop_token stopped);
  void reopen();

  result<void> flush();
  result<std::vector<live_file>> list_files();

  const rocksdb_options options_;
  std::shared_ptr<store_health> health_ = std::make_shared<store_health>();
  mutable std::shared_mutex
      mutex_; ///< Guards `session_`: held while it is used, exclusively while it changes.
  std::unique_ptr<session> session_; ///< nullptr: it could not be opened again yet.
  std::mutex turn_; ///< Held for a moment by whoever begins to write, until it may by whoever lists.
  std::shared_mutex
      writing_;         ///< Held by whoever writes; exclusively while files are listed. Before `mutex_`.
  std::jthread healer_; ///< Of one that writes.
};

/// The failure that a damaged value is: `where` names it.
failure damaged_value(std::string_view where);

} // namespace kinora
