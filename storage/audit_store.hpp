#pragma once

#include "domain/audit.hpp"
#include "domain/result.hpp"

namespace kinora {

/// Entries that a look at the log goes through at most, whether they are asked for or not.
inline constexpr std::size_t audit_rows_per_look = 20'000;

/// Port: the audit log. Thread-safe. Once it holds as many entries as it may, each new one takes the place of
/// the oldest.
class audit_store {
public:
  virtual ~audit_store() = default;

  /// Adds an entry. A success means durable. What goes with a stored change is added by the port of that
  /// change.
  virtual result<void> append(const audit_entry& x) = 0;

  /// The newest entries that `x` asks for. A page may hold fewer than `x.limit`, even none, and have a next
  /// one all the same: a look goes through `audit_rows_per_look` entries.
  virtual result<audit_page> list(const audit_query& x) = 0;
};

} // namespace kinora
