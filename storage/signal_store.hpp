#pragma once

#include "domain/audit.hpp"
#include "domain/result.hpp"
#include "domain/user_record.hpp"

#include <functional>
#include <memory>
#include <string_view>

namespace kinora {

/// Port: what is known of each user of each tenant. Thread-safe; may block when the engine reads a disk.
class signal_store {
public:
  virtual ~signal_store() = default;

  /// The user's record; nullptr for an unknown user.
  virtual result<std::shared_ptr<const user_record>> load(std::string_view tenant, std::string_view user) = 0;

  /// Calls `each(user, record)` for all users of a tenant, in order of user, until it fails. Those that
  /// retention has passed by may be among them.
  virtual result<void>
  each(std::string_view tenant,
       const std::function<result<void>(std::string_view user, const user_record& x)>& each) = 0;

  /// Replaces what is known of the user. errc::not_found without such a tenant, errc::storage_full when the
  /// engine holds as much as it may. A success means durable.
  virtual result<void> save(std::string_view tenant, std::string_view user, const user_record& x,
                            const audit_entry* note = nullptr) = 0;

  /// Forgets the user; no failure when there is none. A success means durable.
  virtual result<void> erase(std::string_view tenant, std::string_view user,
                             const audit_entry* note = nullptr) = 0;
};

} // namespace kinora
