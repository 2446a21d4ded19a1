#pragma once

#include "domain/access.hpp"
#include "domain/result.hpp"

#include <string_view>
#include <vector>

namespace kinora {

/// Port: the admin tokens. Thread-safe. A success of a change means durable.
class access_store {
public:
  virtual ~access_store() = default;

  virtual result<std::vector<access_token>> load() = 0;

  /// Adds a token, or replaces the one with its id.
  virtual result<void> save(const access_token& x, const audit_entry* note = nullptr) = 0;

  /// Removes a token; no failure when there is none.
  virtual result<void> erase(std::string_view id, const audit_entry* note = nullptr) = 0;
};

} // namespace kinora
