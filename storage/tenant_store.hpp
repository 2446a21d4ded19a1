#pragma once

#include "domain/audit.hpp"
#include "domain/result.hpp"
#include "domain/tenant_rules.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace kinora {

/// Port: which tenants there are, and their rules. Thread-safe. A success of a change means durable.
class tenant_store {
public:
  virtual ~tenant_store() = default;

  /// Ids of all tenants, in order.
  virtual result<std::vector<std::string>> list() = 0;

  /// The rules last saved; nullopt for an unknown tenant.
  virtual result<std::optional<versioned_rules>> load(std::string_view tenant) = 0;

  /// The last `rules_versions_max` that were saved, in order of their versions; empty for an unknown tenant.
  virtual result<std::vector<versioned_rules>> versions(std::string_view tenant) = 0;

  /// Makes `x` the rules; its version is the one after the last saved, or that one again.
  virtual result<void> save(std::string_view tenant, const versioned_rules& x,
                            const audit_entry* note = nullptr) = 0;

  /// Removes a tenant with everything of it in every store; no failure when there is none.
  virtual result<void> erase(std::string_view tenant, const audit_entry* note = nullptr) = 0;
};

} // namespace kinora
