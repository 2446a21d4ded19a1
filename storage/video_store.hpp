#pragma once

#include "domain/audit.hpp"
#include "domain/result.hpp"
#include "domain/video.hpp"

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace kinora {

/// Port: the videos of each tenant, by id. Thread-safe. A success of a change means that all of it is
/// durable; a failure means that nothing of it is.
class video_store {
public:
  virtual ~video_store() = default;

  /// All videos of a tenant, in order of id; empty for an unknown one.
  virtual result<std::vector<std::shared_ptr<const video>>> load(std::string_view tenant) = 0;

  /// Adds or replaces videos; of those that share an id, the last one counts.
  virtual result<void> upsert(std::string_view tenant, std::span<const std::shared_ptr<const video>> videos,
                              const audit_entry* note = nullptr) = 0;

  /// Makes `videos` the whole catalogue.
  virtual result<void> replace(std::string_view tenant, std::span<const std::shared_ptr<const video>> videos,
                               const audit_entry* note = nullptr) = 0;

  /// Removes a video; no failure when there is none.
  virtual result<void> erase(std::string_view tenant, std::string_view id,
                             const audit_entry* note = nullptr) = 0;
};

} // namespace kinora
