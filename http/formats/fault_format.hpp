// Faults as JSON: the bodies of the routes that --chaos opens.
#pragma once

#include "actors/faults.hpp"
#include "domain/result.hpp"

#include <boost/json/value.hpp>

#include <optional>
#include <string>

namespace kinora::http {

/// What is to be wrong with an actor; what is absent stays as it is.
struct actor_fault {
  std::optional<bool> crash_on_start;
  std::optional<bool> hang;
};

/// What is to be wrong with the work of a dependency.
struct dependency_fault : fault {
  std::string tenant; ///< Empty: for all tenants.
};

/// Reads `{"crash_on_start", "hang"}`. Fails on the key at fault, unknown keys included.
result<actor_fault> parse_actor_fault(const boost::json::value& value);

/// Reads `{"delay_ms": 0..60000, "busy_ms": 0..60000, "error_rate": 0..1, "hang", "throw", "tenant"}`, all
/// optional; the times are whole numbers. Fails on the key at fault, unknown keys included.
result<dependency_fault> parse_dependency_fault(const boost::json::value& value);

} // namespace kinora::http
