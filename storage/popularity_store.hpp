#pragma once

#include "domain/decay.hpp"
#include "domain/result.hpp"

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace kinora {

/// Port: the popularity that videos have from events, whether the catalogue knows them or not. Thread-safe.
class popularity_store {
public:
  virtual ~popularity_store() = default;

  /// All of a tenant, in order of video id.
  virtual result<std::vector<std::pair<std::string, popularity_sum>>> load(std::string_view tenant) = 0;

  /// Of some videos, in the order asked; nullopt for those that no event was about.
  virtual result<std::vector<std::optional<popularity_sum>>> load(std::string_view tenant,
                                                                  std::span<const std::string> videos) = 0;
};

} // namespace kinora
