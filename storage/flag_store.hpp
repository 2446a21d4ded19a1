#pragma once

#include "domain/audit.hpp"
#include "domain/flags.hpp"
#include "domain/result.hpp"

#include <optional>

namespace kinora {

/// Port: where the global flags survive. Thread-safe. A success of `save` means durable.
class flag_store {
public:
  virtual ~flag_store() = default;

  /// The flags last saved; nullopt before the first time.
  virtual result<std::optional<global_flags>> load() = 0;

  /// `note`, where there is one, is kept in the audit log together with the change: so in all ports.
  virtual result<void> save(const global_flags& x, const audit_entry* note = nullptr) = 0;
};

} // namespace kinora
