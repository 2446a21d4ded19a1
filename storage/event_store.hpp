#pragma once

#include "domain/audit.hpp"
#include "domain/imported.hpp"
#include "domain/learning.hpp"
#include "domain/result.hpp"

#include <chrono>
#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace kinora {

/// Events of one tenant that came in together.
struct event_batch {
  std::string tenant;
  std::chrono::milliseconds popularity_half_life{1}; ///< Of the tenant's rules; > 0.
  std::vector<event_effect> effects;
  std::vector<user_part> users{};            ///< Of an import.
  std::vector<popularity_part> videos{};     ///< Of an import.
  std::shared_ptr<const audit_entry> note{}; ///< Kept with what is new of it; nullptr: none.

  /// How much there is to write.
  std::size_t size() const noexcept { return effects.size() + users.size() + videos.size(); }
};

/// What became of a batch.
struct batch_outcome {
  std::size_t accepted = 0;
  std::size_t duplicates = 0; ///< Their event ids were known, or stood further up in the batch.
  bool tenant_gone = false;   ///< There is no such tenant (any more): nothing was applied.
  std::size_t parts_accepted = 0;
  std::size_t parts_duplicates = 0; ///< Their ids were known, or just that was stored already.
  feed_stats attributed{};          ///< What was added to the statistics.
  bool operator==(const batch_outcome&) const = default;
};

/// Port: where events become signals and popularity. Thread-safe.
class event_store {
public:
  virtual ~event_store() = default;

  /// Adds to the records of users and to the popularity of videos what those events and parts are worth whose
  /// ids the tenant has not seen within `event_age_max`, each exactly once, whoever else applies the same at
  /// the same time. What events say of positions that were served is added to the statistics
  /// (storage/stats_store.hpp) in the same way, by the keys of their attributions. One outcome a batch, in
  /// their order. A success means that everything is durable, a failure that nothing is acknowledged: whoever
  /// repeats a batch that failed changes nothing twice.
  virtual result<std::vector<batch_outcome>>
  apply(std::span<const std::shared_ptr<const event_batch>> batches, wall_time now) = 0;
};

} // namespace kinora
