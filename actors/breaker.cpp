#include "actors/breaker.hpp"

namespace kinora {

breaker_actor_state::breaker_actor_state(breaker_actor::pointer self, dependency guarded,
                                         breaker_options options, boards_ptr out)
    : self_{self}, guarded_{guarded}, options_{options}, boards_{std::move(out)} {
  if (guarded_ == dependency::signals)
    restore({});
  else
    for (auto& [tenant, board] : *boards_->tenants.load())
      restore(tenant);
}

breaker_actor::behavior_type breaker_actor_state::make_behavior() {
  return {
      [](ping_atom) {},
      [this](report_atom, const payload<call_outcome>& x) { on_report(*x); },
      [this](permit_atom, const std::string& tenant) { return on_permit(tenant); },
      [this](renewed_atom) { on_renewed(); },
      [this](reset_atom) { on_reset(); },
      [this](reset_atom, const std::string& tenant) { on_reset_of(tenant); },
  };
}

void breaker_actor_state::on_report(const call_outcome& x) {
  auto i = find(x.tenant);
  if (i == breakers_.end()) {
    auto board = board_of(x.tenant);
    if (x.success || !board)
      return;
    i = add(x.tenant, board);
  }
  if (x.success)
    i->second.state.on_success(x.began, now(), x.probe);
  else
    i->second.state.on_failure(x.began, now(), x.probe);
  settle(i);
}

bool breaker_actor_state::on_permit(const std::string& tenant) {
  auto i = find(tenant);
  if (i == breakers_.end())
    return true; // closed
  auto granted = i->second.state.acquire_probe(now());
  settle(i);
  return granted;
}

void breaker_actor_state::on_renewed() {
  for (auto& [key, x] : breakers_)
    x.state.dependency_restarted(now());
  settle_all();
}

void breaker_actor_state::on_reset() {
  for (auto& [key, x] : breakers_)
    x.state.reset();
  settle_all();
}

void breaker_actor_state::on_reset_of(const std::string& tenant) {
  auto i = find(tenant);
  if (i == breakers_.end())
    return;
  i->second.state.reset();
  settle(i);
}

/// Where the state of a tenant is published; nullptr when there is no such tenant.
std::shared_ptr<breaker_board> breaker_actor_state::board_of(const std::string& tenant) const {
  if (guarded_ == dependency::signals)
    return {boards_, &boards_->signals};
  auto found = boards_->find(tenant);
  return found ? std::shared_ptr<breaker_board>{found, &found->ranking} : nullptr;
}

std::string breaker_actor_state::key_of(const std::string& tenant) const {
  return guarded_ == dependency::ranking ? tenant : std::string{};
}

breaker_actor_state::entries::iterator breaker_actor_state::find(const std::string& tenant) {
  auto i = breakers_.find(key_of(tenant));
  if (i == breakers_.end() || i->second.board.lock() == board_of(tenant))
    return i;
  breakers_.erase(i);
  return breakers_.end();
}

breaker_actor_state::entries::iterator breaker_actor_state::add(const std::string& tenant,
                                                                const std::shared_ptr<breaker_board>& board) {
  std::erase_if(breakers_, [](auto& x) { return x.second.board.expired(); });
  return breakers_.insert_or_assign(key_of(tenant), entry{board, circuit_breaker{options_}}).first;
}

void breaker_actor_state::restore(const std::string& tenant) {
  auto board = board_of(tenant);
  auto view = board->load();
  if (view->state == breaker_state::closed && view->consecutive_failures == 0)
    return;
  auto i = add(tenant, board);
  i->second.state.restore(view->state, view->consecutive_failures, view->retry_at, now());
}

/// Publishes a state when it has changed, and forgets it when there is nothing left to remember.
breaker_actor_state::entries::iterator breaker_actor_state::settle(entries::iterator i) {
  auto& x = i->second.state;
  auto board = i->second.board.lock();
  if (board) {
    breaker_view next{x.state(now()), x.consecutive_failures(), x.retry_at()};
    if (auto last = board->load(); last->state != next.state || last->retry_at != next.retry_at ||
                                   last->consecutive_failures != next.consecutive_failures)
      board->publish(std::make_shared<const breaker_view>(next));
  }
  return !board || x.pristine() ? breakers_.erase(i) : std::next(i);
}

void breaker_actor_state::settle_all() {
  for (auto i = breakers_.begin(); i != breakers_.end();)
    i = settle(i);
}

} // namespace kinora
