#include "domain/feed.hpp"

#include "domain/fallback.hpp"

namespace kinora {

feed_answer trending_answer(const tenant_snapshot& tenant, const feed_request& request,
                            personalization decision, const ranking_signals* signals,
                            degraded_reason reason) {
  feed_answer out;
  out.page = trending_page(*tenant.trending, request.page, signals, request.now);
  out.rules = tenant.rules;
  out.depends_on_user = request.session_binds_user || signals != nullptr;
  if (decision == personalization::on)
    out.degraded = reason;
  else
    out.depends_on_user = out.depends_on_user || depends_on_user(decision);
  return out;
}

feed_answer empty_answer(const feed_request& request, degraded_reason reason) {
  feed_answer out;
  out.degraded = reason;
  out.depends_on_user = request.session_binds_user;
  return out;
}

} // namespace kinora
