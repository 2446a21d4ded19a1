#pragma once

#include "domain/catalogue_snapshot.hpp"
#include "domain/ids.hpp"

#include <cstddef>
#include <cstdint>
#include <mutex>
#include <shared_mutex>
#include <span>
#include <string_view>
#include <unordered_map>
#include <utility>

namespace kinora {

/// The videos of one tenant by id, filtered ones too: where events look up what they are about. Written by
/// the tenant, read by anyone. Not a snapshot: it follows the catalogue video by video. Thread-safe.
class video_index {
public:
  void put(const video_ptr& x) {
    std::unique_lock lock{mutex_};
    by_hash_.insert_or_assign(video_hash(x->id), x);
  }

  void erase(std::string_view id) {
    std::unique_lock lock{mutex_};
    by_hash_.erase(video_hash(id));
  }

  /// Makes `videos` all there is, at once: what was there and stays is found at any moment.
  void replace(std::span<const video_ptr> videos) {
    std::unordered_map<std::uint64_t, video_ptr> next; // what is gone is freed without the lock
    next.reserve(videos.size());
    for (auto& x : videos)
      next.insert_or_assign(video_hash(x->id), x);
    std::unique_lock lock{mutex_};
    next.swap(by_hash_);
  }

  /// nullptr when there is none.
  video_ptr find(std::string_view id) const {
    std::shared_lock lock{mutex_};
    auto i = by_hash_.find(video_hash(id));
    return i == by_hash_.end() || i->second->id != id ? nullptr : i->second;
  }

private:
  mutable std::shared_mutex mutex_;
  std::unordered_map<std::uint64_t, video_ptr> by_hash_;
};

} // namespace kinora
