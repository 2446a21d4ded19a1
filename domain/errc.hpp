// Error codes of the product, one enum for every layer. Pure: no CAF, no HTTP.
#pragma once

#include <cstdint>
#include <string_view>

namespace kinora {

/// What can go wrong, as a client could act on it. http/problem.cpp is the only map to HTTP statuses.
enum class errc : std::uint8_t {
  none = 0,            ///< Reserved: CAF treats code 0 as "no error".
  invalid_argument,    ///< The caller broke the contract; retrying is pointless.
  unauthorized,        ///< No token, or a wrong one.
  forbidden,           ///< The token is good, but not for this.
  not_found,           ///< No such tenant, video, user, actor, breaker or route.
  method_not_allowed,  ///< The route exists, with other methods.
  conflict,            ///< The state forbids the change, e.g. a kill switch forced by the environment.
  precondition_failed, ///< If-Match names another revision.
  payload_too_large,   ///< The body is over the limit of its route.
  unsupported_media,   ///< A content type or content encoding that the route does not read.
  too_many_requests,   ///< The caller sends more than is taken in; nothing was acknowledged; retry after
                       ///< back-off.
  overloaded,          ///< A bound on work in flight was reached; retry after back-off.
  unavailable,         ///< The actor that would answer is restarting, quarantined or draining.
  timeout,             ///< No answer within the time given.
  storage_failed,      ///< The store could not write; nothing was acknowledged.
  storage_full,        ///< The store has no room; nothing was acknowledged.
  actor_crashed,       ///< A handler threw; the supervisor restarts the actor.
  actor_hung,          ///< The actor was silent for too long and was given up.
  work_failed,         ///< Scoring or reading signals failed for this one request.
  injected_fault,      ///< A fault that --chaos put there.
};

inline constexpr std::uint8_t errc_count = 20;

/// Returns the stable, machine-readable name (also used in the HTTP body).
constexpr std::string_view to_string_view(errc x) noexcept {
  switch (x) {
  case errc::none: return "none";
  case errc::invalid_argument: return "invalid_argument";
  case errc::unauthorized: return "unauthorized";
  case errc::forbidden: return "forbidden";
  case errc::not_found: return "not_found";
  case errc::method_not_allowed: return "method_not_allowed";
  case errc::conflict: return "conflict";
  case errc::precondition_failed: return "precondition_failed";
  case errc::payload_too_large: return "payload_too_large";
  case errc::unsupported_media: return "unsupported_media";
  case errc::too_many_requests: return "too_many_requests";
  case errc::overloaded: return "overloaded";
  case errc::unavailable: return "unavailable";
  case errc::timeout: return "timeout";
  case errc::storage_failed: return "storage_failed";
  case errc::storage_full: return "storage_full";
  case errc::actor_crashed: return "actor_crashed";
  case errc::actor_hung: return "actor_hung";
  case errc::work_failed: return "work_failed";
  case errc::injected_fault: return "injected_fault";
  }
  return "unknown";
}

} // namespace kinora
