#include "http/breaker_status.hpp"

#include <algorithm>

namespace kinora::http {

namespace {

breaker_status read_ranking(const boards& from, steady_time now) {
  breaker_status out{"ranking", breaker_state::closed, 0, {}};
  for (auto& [tenant, board] : *from.tenants.load()) {
    auto view = board->ranking.load();
    auto state = view->state_at(now);
    if (state == breaker_state::closed && view->consecutive_failures == 0)
      continue;
    out.tenants.push_back({tenant, state, view->consecutive_failures});
    if (severity(state) > severity(out.state))
      out.state = state;
    out.consecutive_failures = std::max(out.consecutive_failures, view->consecutive_failures);
  }
  std::sort(out.tenants.begin(), out.tenants.end(), [](auto& a, auto& b) { return a.tenant < b.tenant; });
  return out;
}

} // namespace

std::vector<breaker_status> read_breakers(const boards& from, steady_time now) {
  auto signals = from.signals.load();
  return {{"signals", signals->state_at(now), signals->consecutive_failures, {}}, read_ranking(from, now)};
}

int severity(breaker_state x) {
  switch (x) {
  case breaker_state::closed: return 0;
  case breaker_state::half_open: return 1;
  case breaker_state::open: return 2;
  }
  return 0;
}

} // namespace kinora::http
