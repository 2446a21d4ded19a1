#include "actors/ingester.hpp"

#include <utility>

namespace kinora {

namespace {

caf::error to_error(const failure& x) {
  return caf::make_error(x.code, x.detail);
}

caf::error tenant_gone() {
  return caf::make_error(errc::not_found, std::string{"there is no such tenant"});
}

} // namespace

ingester_state::ingester_state(ingester_actor::pointer self, ingester_options options, const stores& to,
                               boards_ptr out, tree_slots_ptr reach, registry_ptr slots)
    : self_{self},
      options_{std::move(options)},
      events_{to.events},
      signals_{to.signals},
      boards_{std::move(out)},
      reach_{std::move(reach)},
      slots_{std::move(slots)} {}

ingester_actor::behavior_type ingester_state::make_behavior() {
  return {
      [](ping_atom) {},
      [this](apply_atom, const payload<ingest_job>& job) { return on_apply(job); },
      [this](put_atom, const payload<put_signals>& x) { return on_put(*x); },
      [this](erase_atom, const payload<erase_user>& x) { return on_erase(*x); },
      [this](work_atom) {
        write_scheduled_ = false;
        write();
      },
  };
}

/// What is already in the mailbox gets in before the write.
caf::result<payload<batch_outcome>> ingester_state::on_apply(const payload<ingest_job>& job) {
  auto answer = self_->make_response_promise<payload<batch_outcome>>();
  events_waiting_ += job->batch->size();
  waiting_.push_back({job, answer});
  if (events_waiting_ >= options_.events_per_write)
    write();
  else if (!std::exchange(write_scheduled_, true))
    port::tell(caf::actor_cast<ingester_actor>(self_), work_atom_v);
  return answer;
}

caf::result<void> ingester_state::on_put(const put_signals& x) {
  write();
  auto now = options_.wall_clock();
  auto note = make_audit_entry(now, x.by, "signals.put", x.tenant, audit_name_of_user(x.user));
  auto saved = signals_->save(x.tenant, x.user, record_of(x.signals, now), &note);
  reach_->cache->forget(x.tenant, x.user); // failed ones too: nobody knows what is on disk
  if (!saved)
    return to_error(saved.error());
  return caf::unit;
}

caf::result<void> ingester_state::on_erase(const erase_user& x) {
  write();
  auto note =
      make_audit_entry(options_.wall_clock(), x.by, "user.delete", x.tenant, audit_name_of_user(x.user));
  auto erased = signals_->erase(x.tenant, x.user, &note);
  reach_->cache->forget(x.tenant, x.user);
  if (!erased)
    return to_error(erased.error());
  return caf::unit;
}

/// Writes what has come together, and answers.
void ingester_state::write() {
  auto group = std::exchange(waiting_, {});
  events_waiting_ = 0;
  if (group.empty())
    return;
  std::vector<std::shared_ptr<const event_batch>> batches;
  for (auto& x : group)
    batches.push_back(x.job->batch);
  auto outcomes = events_->apply(batches, options_.wall_clock());
  for (auto& x : batches)
    spread(*x);
  for (std::size_t i = 0; i < group.size(); ++i) {
    if (!outcomes)
      group[i].answer.deliver(to_error(outcomes.error()));
    else if ((*outcomes)[i].tenant_gone)
      group[i].answer.deliver(tenant_gone());
    else
      group[i].answer.deliver(payload<batch_outcome>{std::make_shared<const batch_outcome>((*outcomes)[i])});
  }
}

/// Lets feeds see a batch.
void ingester_state::spread(const event_batch& batch) const {
  std::vector<std::string> touched;
  for (auto& x : batch.effects) {
    reach_->cache->forget(batch.tenant, x.user);
    if (x.about && x.amount != 0.0)
      touched.push_back(x.video_id);
  }
  for (auto& x : batch.users)
    reach_->cache->forget(batch.tenant, x.user);
  for (auto& x : batch.videos)
    touched.push_back(x.video_id);
  auto board = boards_->find(batch.tenant);
  if (!board || !board->touched.add(touched))
    return;
  if (auto slot = slots_->find("tenants/" + batch.tenant))
    port::tell(caf::actor_cast<tenant_actor>(slot->handle()), learn_atom_v);
}

} // namespace kinora
