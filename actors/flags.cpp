#include "actors/flags.hpp"

#include "domain/revision.hpp"

#include <stdexcept>

namespace kinora {

flags_state::flags_state(flags_actor::pointer, flags_options options, std::shared_ptr<flag_store> store,
                         boards_ptr out)
    : options_{std::move(options)},
      store_{std::move(store)},
      boards_{std::move(out)},
      claim_{boards_->flags.claim()} {
  auto stored = store_->load();
  if (!stored)
    throw std::runtime_error{"cannot read the flags: " + stored.error().detail};
  flags_ = stored->value_or(options_.initial);
  if (!*stored && options_.kill_switch_forced)
    flags_.kill_switch_active = false; // the environment's word holds for this run only
  if (*stored && options_.on_difference) {
    auto initial = options_.initial;
    initial.revision = flags_.revision;
    if (initial != in_force())
      options_.on_difference(in_force(), options_.initial);
  }
  if (flags_.revision == 0)
    flags_.revision = next_revision(0, options_.wall_clock());
  publish();
}

flags_actor::behavior_type flags_state::make_behavior() {
  return {
      [](ping_atom) {},
      [this](patch_atom, const payload<patch_flags>& x) { return on_patch(*x); },
  };
}

caf::result<payload<global_flags>> flags_state::on_patch(const patch_flags& x) {
  if (x.if_revision && *x.if_revision != flags_.revision)
    return caf::make_error(errc::precondition_failed);
  if (options_.kill_switch_forced && x.patch.kill_switch_active == false)
    return caf::make_error(errc::conflict, std::string{"KILL_SWITCH_ACTIVE=true was set at the start; only a "
                                                       "restart without it lifts the kill switch"});
  auto next = flags_;
  next.personalization_enabled = x.patch.personalization_enabled.value_or(next.personalization_enabled);
  next.kill_switch_active = x.patch.kill_switch_active.value_or(next.kill_switch_active);
  next.rollout_percentage = x.patch.rollout_percentage.value_or(next.rollout_percentage);
  if (next == flags_)
    return std::make_shared<const global_flags>(in_force());
  boards_->flags.require(claim_);
  next.revision = next_revision(flags_.revision, options_.wall_clock());
  auto note = make_audit_entry(options_.wall_clock(), x.by, "flags.patch", {}, {},
                               options_.describe.flags(flags_, next));
  if (auto saved = store_->save(next, &note); !saved)
    return caf::make_error(saved.error().code, saved.error().detail);
  flags_ = next;
  publish();
  return std::make_shared<const global_flags>(in_force());
}

global_flags flags_state::in_force() const {
  auto out = flags_;
  out.kill_switch_active = out.kill_switch_active || options_.kill_switch_forced;
  return out;
}

void flags_state::publish() {
  boards_->flags.publish_as(claim_, std::make_shared<const global_flags>(in_force()));
}

} // namespace kinora
