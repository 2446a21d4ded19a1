#include "actors/breaker.hpp"

namespace kinora {

breaker_actor_state::breaker_actor_state(breaker_actor::pointer self, dependency guarded,
                                         breaker_options options, boards_ptr out)
    : self_{self}, guarded_{guarded}, options_{options}, boards_{std::move(out)} {
  if (guarded_ == dependency::signals)
    restore({}, boards_->signals);
  else
    for (auto& [tenant, board] : *boards_->tenants.load())
      restore(tenant, board->ranking);
}

breaker_actor::behavior_type breaker_actor_state::make_behavior() {
  return {
      [](ping_atom) {},
      [this](report_atom, const payload<call_outcome>& x) { on_report(*x); },
      [this](permit_atom, const std::string& tenant) { return on_permit(tenant); },
      [this](renewed_atom) { on_renewed(); },
      [this](reset_atom) { on_reset(); },
  };
}

void breaker_actor_state::on_report(const call_outcome& x) {
  auto key = key_of(x.tenant);
  auto i = breakers_.find(key);
  if (i == breakers_.end()) {
    // Only tenants that exist get a state, so that nobody can grow the map.
    if (x.success || (guarded_ == dependency::ranking && !boards_->find(key)))
      return;
    i = breakers_.emplace(key, circuit_breaker{options_}).first;
  }
  if (x.success)
    i->second.on_success(x.began, now(), x.probe);
  else
    i->second.on_failure(x.began, now(), x.probe);
  settle(key);
}

bool breaker_actor_state::on_permit(const std::string& tenant) {
  auto key = key_of(tenant);
  auto i = breakers_.find(key);
  if (i == breakers_.end())
    return true; // closed
  auto granted = i->second.acquire_probe(now());
  settle(key);
  return granted;
}

void breaker_actor_state::on_renewed() {
  for (auto& [key, x] : breakers_)
    x.dependency_restarted(now());
  settle_all();
}

void breaker_actor_state::on_reset() {
  for (auto& [key, x] : breakers_)
    x.reset();
  settle_all();
}

void breaker_actor_state::restore(const std::string& key, const breaker_board& from) {
  auto view = from.load();
  circuit_breaker x{options_};
  x.restore(view->state, view->consecutive_failures, view->retry_at, now());
  if (!x.pristine())
    breakers_.emplace(key, std::move(x));
}

std::string breaker_actor_state::key_of(const std::string& tenant) const {
  return guarded_ == dependency::ranking ? tenant : std::string{};
}

/// Publishes a state when it has changed, and forgets it when there is nothing left to remember.
void breaker_actor_state::settle(const std::string& key) {
  auto i = breakers_.find(key);
  auto& x = i->second;
  auto tenant = guarded_ == dependency::ranking ? boards_->find(key) : nullptr;
  auto* board = guarded_ == dependency::signals ? &boards_->signals : tenant ? &tenant->ranking : nullptr;
  if (board) {
    breaker_view next{x.state(now()), x.consecutive_failures(), x.retry_at()};
    if (auto last = board->load(); last->state != next.state || last->retry_at != next.retry_at ||
                                   last->consecutive_failures != next.consecutive_failures)
      board->publish(std::make_shared<const breaker_view>(next));
  }
  if (!board || x.pristine())
    breakers_.erase(i);
}

void breaker_actor_state::settle_all() {
  for (auto i = breakers_.begin(); i != breakers_.end();)
    settle((i++)->first);
}

} // namespace kinora
