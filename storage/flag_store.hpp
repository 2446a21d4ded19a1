#pragma once

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

  virtual result<void> save(const global_flags& x) = 0;
};

} // namespace kinora
