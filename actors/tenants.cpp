#include "actors/tenants.hpp"

#include "domain/revision.hpp"

#include <stdexcept>

namespace kinora {

tenants_state::tenants_state(tenants_actor::pointer self, tenants_options options, stores from,
                             boards_ptr out, registry_ptr slots, std::shared_ptr<signal_cache> cache)
    : self_{self},
      options_{std::move(options)},
      stores_{std::move(from)},
      boards_{std::move(out)},
      claim_{boards_->tenants.claim()},
      slots_{std::move(slots)},
      cache_{std::move(cache)},
      supervision_{self, options_.supervision, slots_, "tenants/"} {
  auto known = stores_.tenants->list();
  if (!known)
    throw std::runtime_error{"cannot list the tenants: " + known.error().detail};
  supervision_.observe([this](const std::string& tenant, bool up) { on_child(tenant, up); });
  auto map = std::make_shared<tenant_map>();
  for (auto& tenant : *known) {
    auto board = boards_->find(tenant);
    map->emplace(tenant, board ? board : std::make_shared<tenant_board>());
  }
  boards_->tenants.publish_as(claim_, map);
  for (auto& tenant : *known)
    start(tenant, map->find(tenant)->second);
}

tenants_actor::behavior_type tenants_state::make_behavior() {
  return {
      [](ping_atom) {},
      [this](started_atom, const std::string& child, std::uint64_t instance) {
        supervision_.on_started(child, instance);
      },
      [this](retry_atom, const std::string& child, std::uint64_t instance) {
        supervision_.on_retry(child, instance);
      },
      [this](tick_atom) { supervision_.on_tick(); },
      [this](find_atom, const std::string& tenant) { return on_find(tenant); },
      [this](put_atom, const payload<put_rules>& x) { return on_put(x); },
      [this](erase_atom, const payload<erase_tenant>& x) { return on_erase(x); },
  };
}

caf::result<tenant_board_ptr> tenants_state::on_find(const std::string& tenant) {
  if (auto found = boards_->find(tenant))
    return found;
  return caf::make_error(errc::not_found);
}

caf::result<payload<put_outcome>> tenants_state::on_put(const payload<put_rules>& x) {
  if (erasing_.contains(x->tenant) || unpublished_.contains(x->tenant))
    return caf::make_error(errc::unavailable, std::string{"the tenant is just being made or removed"});
  if (!supervision_.has(x->tenant))
    return create(*x);
  auto owner = caf::actor_cast<tenant_actor>(slots_->open("tenants/" + x->tenant)->handle());
  if (!owner)
    return caf::make_error(errc::unavailable, std::string{"the tenant is restarting"});
  return self_->delegate(owner, put_atom_v, x);
}

caf::result<payload<put_outcome>> tenants_state::create(const put_rules& x) {
  if (!x.may_create)
    return caf::make_error(errc::forbidden, std::string{"only an admin makes new tenants"});
  if (x.if_revision)
    return caf::make_error(errc::precondition_failed);
  if (boards_->tenants.load()->size() + unpublished_.size() >= options_.tenants_max)
    return caf::make_error(errc::conflict, std::string{"there are as many tenants as MAX_TENANTS allows"});
  // A write that hung when a tenant of this name was removed may have come after all.
  if (auto erased = stores_.tenants->erase(x.tenant); !erased)
    return caf::make_error(erased.error().code, erased.error().detail);
  auto now = options_.tenant.wall_clock();
  put_outcome outcome{true, next_revision(0, now)};
  auto note = make_audit_entry(now, x.by, "tenant.create", x.tenant, {},
                               options_.tenant.describe.rules(nullptr, &x.rules));
  if (auto saved = stores_.tenants->save(x.tenant, {x.rules, outcome.revision, 1, now, x.by.name}, &note);
      !saved)
    return caf::make_error(saved.error().code, saved.error().detail);
  auto promise = self_->make_response_promise<payload<put_outcome>>();
  creating_.emplace(x.tenant, std::pair{promise, outcome});
  auto board = std::make_shared<tenant_board>();
  unpublished_.emplace(x.tenant, board);
  start(x.tenant, board);
  return promise;
}

caf::result<void> tenants_state::on_erase(const payload<erase_tenant>& x) {
  auto& tenant = x->tenant;
  if (!supervision_.has(tenant))
    return caf::make_error(errc::not_found);
  if (erasing_.contains(tenant))
    return caf::make_error(errc::unavailable, std::string{"the tenant is just being removed"});
  auto snapshot = boards_->snapshot_of(tenant);
  if (x->if_revision && (!snapshot || snapshot->revision != *x->if_revision))
    return caf::make_error(errc::precondition_failed);
  auto promise = self_->make_response_promise();
  erasing_.insert(tenant);
  supervision_.remove(
      tenant, [this, tenant, by = x->by, rules = snapshot ? snapshot->rules : nullptr, promise]() mutable {
        erasing_.erase(tenant);
        on_child(tenant, false); // for whoever still waits for it to be made
        auto note = make_audit_entry(options_.tenant.wall_clock(), by, "tenant.delete", tenant, {},
                                     options_.tenant.describe.rules(rules.get(), nullptr));
        if (auto erased = stores_.tenants->erase(tenant, &note); !erased) {
          auto board = boards_->find(tenant);
          start(tenant, board ? board : unpublished_.at(tenant));
          promise.deliver(caf::make_error(erased.error().code, erased.error().detail));
          return;
        }
        unpublished_.erase(tenant);
        publish(tenant, nullptr);
        cache_->forget_tenant(tenant);
        promise.deliver(caf::unit);
      });
  return promise;
}

void tenants_state::start(const std::string& tenant, tenant_board_ptr board) {
  auto options = options_.tenant;
  options.id = tenant;
  supervision_.add({tenant,
                    [this, options, board](port::start_context context) {
                      return port::start<tenant_state>(self_->home_system(), options_.tenants_run,
                                                       std::move(context), options, stores_, board);
                    },
                    {}});
}

/// A tenant that was made is on the board from here on; whoever asked for it is answered, one way or the
/// other.
void tenants_state::on_child(const std::string& tenant, bool up) {
  if (auto i = unpublished_.find(tenant); up && i != unpublished_.end()) {
    publish(tenant, i->second);
    unpublished_.erase(i);
  }
  auto waiting = creating_.find(tenant);
  if (waiting == creating_.end())
    return;
  auto [promise, outcome] = waiting->second;
  creating_.erase(waiting);
  if (up)
    promise.deliver(payload<put_outcome>{std::make_shared<const put_outcome>(outcome)});
  else
    promise.deliver(
        caf::make_error(errc::unavailable, std::string{"the tenant is stored, but does not start yet"}));
}

/// Puts a tenant on the board, or takes it off with nullptr.
void tenants_state::publish(const std::string& tenant, tenant_board_ptr board) {
  auto next = std::make_shared<tenant_map>(*boards_->tenants.load());
  if (board)
    next->insert_or_assign(tenant, std::move(board));
  else
    next->erase(tenant);
  boards_->tenants.publish_as(claim_, std::move(next));
}

} // namespace kinora
