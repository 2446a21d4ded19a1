#pragma once

#include "domain/feed_type.hpp"
#include "domain/ranking_signals.hpp"
#include "domain/rollout.hpp"
#include "domain/slate.hpp"
#include "domain/tenant_snapshot.hpp"
#include "domain/time.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace kinora {

/// One validated `GET /v1/feed`.
struct feed_request {
  std::string tenant;
  std::string user;
  page_request page;
  bool by_key = false;             ///< An SDK key names the tenant.
  bool session_binds_user = false; ///< It came with a cursor that only this user may use.
  std::string request_id;
  wall_time now;
  steady_time deadline; ///< Nobody waits for an answer past this instant.
};

/// Why an answer is `degraded`.
enum class degraded_reason : std::uint8_t {
  none,
  unknown_tenant,       ///< There is no such tenant.
  tenant_unavailable,   ///< The tenant is on no board, and the directory did not answer in time.
  signals_timeout,      ///< The signals came too late.
  signals_failed,       ///< Reading the signals failed.
  signals_unavailable,  ///< No signal fetcher was there to ask.
  signals_circuit_open, ///< The signals' breaker is open: nobody was asked.
  ranking_timeout,
  ranking_failed,
  ranking_unavailable,
  ranking_circuit_open, ///< The tenant's ranking breaker is open: nobody was asked.
  handler_unavailable,  ///< No feed handler was there, or it ended with the request in its hands.
  deadline_exceeded,    ///< The request's own deadline passed.
  overload,             ///< More requests in flight than the server takes on.
};

constexpr std::string_view to_string_view(degraded_reason x) noexcept {
  switch (x) {
  case degraded_reason::none: return "";
  case degraded_reason::unknown_tenant: return "unknown_tenant";
  case degraded_reason::tenant_unavailable: return "tenant_unavailable";
  case degraded_reason::signals_timeout: return "signals_timeout";
  case degraded_reason::signals_failed: return "signals_failed";
  case degraded_reason::signals_unavailable: return "signals_unavailable";
  case degraded_reason::signals_circuit_open: return "signals_circuit_open";
  case degraded_reason::ranking_timeout: return "ranking_timeout";
  case degraded_reason::ranking_failed: return "ranking_failed";
  case degraded_reason::ranking_unavailable: return "ranking_unavailable";
  case degraded_reason::ranking_circuit_open: return "ranking_circuit_open";
  case degraded_reason::handler_unavailable: return "handler_unavailable";
  case degraded_reason::deadline_exceeded: return "deadline_exceeded";
  case degraded_reason::overload: return "overload";
  }
  return "";
}

/// How long the stages of one request took; absent when a stage was not entered.
struct stage_times {
  std::optional<std::chrono::nanoseconds> signals;
  std::optional<std::chrono::nanoseconds> ranking;
};

/// What a request is answered with, before it becomes JSON.
struct feed_answer {
  slate page;
  feed_type type = feed_type::trending;
  degraded_reason degraded = degraded_reason::none;
  bool depends_on_user =
      false; ///< Whether another user might have got something else: it is cached privately.
  stage_times stages;
  std::shared_ptr<const tenant_rules> rules;  ///< Of the tenant; nullptr when it is unknown.
  std::optional<std::uint32_t> rollout_share; ///< What split the tenant's users when it was asked for.
};

/// The trending page as an answer. `decision`: whether the user would be personalized; where not, trending is
/// what was asked for and the answer is not degraded, whatever `reason` says. `signals` nullptr: not known.
feed_answer trending_answer(const tenant_snapshot& tenant, const feed_request& request,
                            personalization decision, const ranking_signals* signals, degraded_reason reason);

/// No items at all, because there is no catalogue to take them from.
feed_answer empty_answer(const feed_request& request, degraded_reason reason);

} // namespace kinora
