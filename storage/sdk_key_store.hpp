#pragma once

#include "domain/audit.hpp"
#include "domain/result.hpp"
#include "domain/sdk_key.hpp"

#include <string_view>
#include <vector>

namespace kinora {

/// Port: the SDK keys of each tenant. Thread-safe. A success of a change means durable.
class sdk_key_store {
public:
  virtual ~sdk_key_store() = default;

  /// In order of id; empty for an unknown tenant.
  virtual result<std::vector<sdk_key>> load(std::string_view tenant) = 0;

  /// Adds a key, or replaces the one with its id.
  virtual result<void> save(std::string_view tenant, const sdk_key& x, const audit_entry* note = nullptr) = 0;

  /// Removes those keys; no failure when one is not there.
  virtual result<void> erase(std::string_view tenant, const std::vector<std::string>& ids,
                             const audit_entry* note = nullptr) = 0;
};

} // namespace kinora
