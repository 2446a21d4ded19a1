#pragma once

#include "domain/result.hpp"
#include "domain/user_signals.hpp"

#include <memory>
#include <string_view>

namespace kinora {

/// Port: what is known of each user of each tenant. Thread-safe; may block when the engine reads a disk.
class signal_store {
public:
  virtual ~signal_store() = default;

  /// The user's signals; nullptr for an unknown user.
  virtual result<std::shared_ptr<const user_signals>> load(std::string_view tenant,
                                                           std::string_view user) = 0;

  /// Replaces the user's signals. errc::storage_full when the engine holds as many users as it may.
  virtual result<void> save(std::string_view tenant, std::string_view user, const user_signals& x) = 0;
};

} // namespace kinora
