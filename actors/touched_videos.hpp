#pragma once

#include <mutex>
#include <string>
#include <unordered_set>
#include <utility>
#include <vector>

namespace kinora {

/// Ids of a tenant's videos whose popularity has changed since the tenant last read it. Holds ids that the
/// catalogue knows, so it is no larger than that. Thread-safe.
class touched_videos {
public:
  /// Whether it was empty before: then the tenant has to be told.
  bool add(const std::vector<std::string>& ids) {
    std::lock_guard lock{mutex_};
    auto was_empty = ids_.empty();
    ids_.insert(ids.begin(), ids.end());
    return was_empty && !ids_.empty();
  }

  /// Takes all out.
  std::vector<std::string> take() {
    std::unordered_set<std::string> ids;
    {
      std::lock_guard lock{mutex_};
      ids.swap(ids_);
    }
    return {ids.begin(), ids.end()};
  }

private:
  std::mutex mutex_;
  std::unordered_set<std::string> ids_;
};

} // namespace kinora
