#pragma once

#include "actors/jobs.hpp"

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <list>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

namespace kinora {

/// The signals of users who were asked for lately, within a bound of bytes; the least recently used go first.
/// Holds also that nothing is known of a user. Anyone reads it; only signal fetchers fill it, and whoever
/// changes a user's record in the store makes it forget that user before it says so. Thread-safe.
class signal_cache {
public:
  /// 0: caches nothing.
  explicit signal_cache(std::size_t bytes_max);

  /// What decays with time is worked out anew after this long.
  static constexpr std::chrono::minutes ttl{5};

  /// What is cached of a user: nullptr in it for an unknown one; nullopt when nothing is cached.
  std::optional<payload<ranking_signals>> find(std::string_view tenant, std::string_view user, wall_time now);

  /// One read of the store on its way into the cache. It gets there only when the user was not forgotten
  /// meanwhile.
  class loading {
  public:
    loading(signal_cache& in, std::string key, std::uint64_t token)
        : in_{in}, key_{std::move(key)}, token_{token} {}
    loading(const loading&) = delete;
    loading& operator=(const loading&) = delete;
    ~loading() { in_.end(key_, token_); }

    void keep(payload<ranking_signals> found, wall_time now) {
      in_.keep(key_, token_, std::move(found), now);
    }

  private:
    signal_cache& in_;
    std::string key_;
    std::uint64_t token_;
  };

  /// To be called before the store is read.
  loading begin(std::string_view tenant, std::string_view user);

  void forget(std::string_view tenant, std::string_view user);
  void forget_tenant(std::string_view tenant);

  struct stats {
    std::uint64_t hits;
    std::uint64_t misses; ///< Reads of the store.
    std::size_t bytes;
    std::size_t users;
  };
  stats look() const;

private:
  struct entry {
    std::string key;
    payload<ranking_signals> signals;
    wall_time made_at;
    std::size_t bytes;
  };

  struct shard {
    mutable std::mutex mutex; ///< Guards everything below.
    std::list<entry> entries; ///< The latest used first.
    std::unordered_map<std::string_view, std::list<entry>::iterator> by_key;
    std::unordered_map<std::string, std::uint64_t> loads; ///< The token of the latest read of a user.
    std::size_t bytes = 0;
  };

  static constexpr std::size_t shard_count = 16;

  shard& shard_of(std::string_view key);
  void keep(const std::string& key, std::uint64_t token, payload<ranking_signals> found, wall_time now);
  void end(const std::string& key, std::uint64_t token);
  static void remove(shard& x, std::list<entry>::iterator which);

  const std::size_t shard_bytes_max_;
  std::array<shard, shard_count> shards_;
  std::atomic<std::uint64_t> tokens_{0};
  std::atomic<std::uint64_t> hits_{0};
  std::atomic<std::uint64_t> misses_{0};
};

} // namespace kinora
