#include "actors/supervision.hpp"

#include <algorithm>
#include <stdexcept>

namespace kinora {

supervision::supervision(caf::scheduled_actor* self, supervision_options options, registry_ptr slots,
                         std::string prefix)
    : self_{self},
      options_{std::move(options)},
      slots_{std::move(slots)},
      epoch_{slots_->next_epoch()},
      prefix_{std::move(prefix)},
      last_tick_{self->clock().now()} {
  self_->set_down_handler([this](caf::down_msg& msg) { on_down(msg); });
  self_->set_exit_handler([this](caf::exit_msg& msg) { begin_stop(msg.reason); });
  port::tell_later(self_, options_.ping_interval(), tick_atom_v);
}

supervision::~supervision() {
  for (auto& x : children_)
    port::send_exit(caf::actor_cast<caf::actor>(x.address), caf::exit_reason::kill);
}

// -- children -----------------------------------------------------------------------------------------------

void supervision::add(child_spec spec) {
  auto seed = options_.seed + std::hash<std::string>{}(prefix_ + spec.name);
  auto slot = slots_->open(prefix_ + spec.name);
  children_.emplace_back(std::move(spec), std::move(slot), restart_policy{options_.restarts, seed});
  start_next();
}

void supervision::remove(const std::string& name, std::function<void()> done) {
  auto* x = find(name);
  if (!x) {
    done();
    return;
  }
  x->on_removed = std::move(done);
  if (x->at == phase::starting || x->at == phase::up)
    ask_to_end(*x);
  else if (x->at != phase::stopping)
    on_child_down(*x, "removed");
}

/// Gives a child some time to end.
void supervision::ask_to_end(child& x) {
  x.at = phase::stopping;
  port::send_exit(caf::actor_cast<caf::actor>(x.address), caf::exit_reason::user_shutdown);
  port::tell_later(self_, options_.stop_timeout, retry_atom_v, x.spec.name, x.instance);
}

bool supervision::has(std::string_view name) const {
  return std::any_of(children_.begin(), children_.end(), [&](auto& x) { return x.spec.name == name; });
}

supervision::child* supervision::find(std::string_view name) {
  auto i = std::find_if(children_.begin(), children_.end(), [&](auto& x) { return x.spec.name == name; });
  return i == children_.end() ? nullptr : &*i;
}

supervision::child* supervision::find(const caf::actor_addr& address) {
  auto i = std::find_if(children_.begin(), children_.end(), [&](auto& x) { return x.address == address; });
  return i == children_.end() ? nullptr : &*i;
}

// -- starting -----------------------------------------------------------------------------------------------

/// Whether those behind `x` have to wait for it: the first time always; with rest_for_one, every time.
bool supervision::blocks_next(const child& x) const {
  if (x.at == phase::starting)
    return true;
  return x.at == phase::waiting && (!x.was_up || options_.strategy == restart_strategy::rest_for_one) &&
         x.record->info().state != child_state::quarantined;
}

void supervision::start_next() {
  if (stopping_)
    return;
  for (auto& x : children_) {
    if (blocks_next(x))
      return;
    if (x.at == phase::idle) {
      start(x);
      return;
    }
  }
}

void supervision::start(child& x) {
  x.at = phase::starting;
  x.spawned_at = now();
  auto instance = x.instance = ++starts_;
  port::start_context context;
  context.door = x.door = x.record->open_instance(epoch_);
  x.door->beat(x.spawned_at);
  context.before_init = [record = x.record] {
    if (record->crash_on_start())
      throw std::runtime_error{"injected fault: crash_on_start"};
  };
  context.after_init = [parent = caf::actor_cast<caf::actor>(self_), name = x.spec.name, instance] {
    port::tell(parent, started_atom_v, name, instance);
  };
  auto handle = x.spec.start(std::move(context));
  x.address = handle.address();
  x.record->attach(x.door, handle);
  self_->monitor(handle);
}

void supervision::on_started(const std::string& name, std::uint64_t instance) {
  auto* x = find(name);
  if (!x || x->instance != instance || x->at != phase::starting)
    return;
  x->at = phase::up;
  x->record->mark_running(x->door, options_.wall_clock());
  auto restarted = x->record->info().restarts > 0;
  x->was_up = true;
  emit(restarted ? supervision_event::kind::restarted : supervision_event::kind::started, *x, {});
  if (restarted && x->spec.on_restarted)
    x->spec.on_restarted();
  if (observer_)
    observer_(name, true);
  start_next();
}

void supervision::on_retry(const std::string& name, std::uint64_t instance) {
  auto* x = find(name);
  if (!x || x->instance != instance)
    return;
  if (x->at == phase::waiting && !stopping_)
    start(*x);
  else if (x->at == phase::stopping)
    give_up(*x);
}

// -- ending -------------------------------------------------------------------------------------------------

void supervision::on_down(const caf::down_msg& msg) {
  if (auto* x = find(msg.source)) // else it was given up meanwhile
    on_child_down(*x, to_text(msg.reason));
}

/// Ends what is known of an instance that does not end by itself.
void supervision::give_up(child& x) {
  self_->demonitor(x.address);
  on_child_down(x, std::string{to_string_view(errc::actor_hung)});
}

void supervision::on_child_down(child& x, std::string reason) {
  x.address = nullptr;
  slots_->orphan_below(x.record->path(), options_.wall_clock());
  if (stopping_ || x.on_removed) {
    x.at = phase::idle;
    x.record->mark_down(x.door, child_state::restarting, std::move(reason), options_.wall_clock());
    if (auto done = std::move(x.on_removed)) {
      slots_->close(x.record->path());
      children_.erase(std::find_if(children_.begin(), children_.end(), [&](auto& y) { return &y == &x; }));
      done();
      start_next(); // those behind it may have waited for it
    }
    if (stopping_)
      stop_next();
    return;
  }
  auto [quarantined, delay] = x.policy.on_crash(now());
  auto others_rely_on_it = options_.strategy == restart_strategy::rest_for_one && x.at == phase::up;
  x.at = phase::waiting;
  auto next = quarantined ? child_state::quarantined : child_state::restarting;
  auto newly_quarantined = quarantined && x.record->info().state != child_state::quarantined;
  x.record->mark_down(x.door, next, reason, options_.wall_clock());
  emit(supervision_event::kind::down, x, reason);
  if (newly_quarantined)
    emit(supervision_event::kind::quarantined, x, reason);
  if (others_rely_on_it)
    stop_after(x);
  if (observer_)
    observer_(x.spec.name, false);
  if (delay.count() == 0)
    start(x);
  else
    port::tell_later(self_, delay, retry_atom_v, x.spec.name, x.instance);
  if (quarantined)
    start_next();
}

/// rest_for_one: takes down those behind `x`, last one first; `start_next` starts them again behind it.
void supervision::stop_after(const child& x) {
  for (auto i = children_.rbegin(); i != children_.rend() && &*i != &x; ++i) {
    if (i->at != phase::starting && i->at != phase::up)
      continue;
    self_->demonitor(i->address);
    i->address = nullptr;
    slots_->orphan_below(i->record->path(), options_.wall_clock());
    i->at = phase::idle;
    i->record->mark_down(i->door, child_state::restarting, prefix_ + x.spec.name + " was restarted",
                         options_.wall_clock());
  }
}

void supervision::begin_stop(caf::error reason) {
  if (stopping_)
    return;
  stopping_ = true;
  stop_reason_ = std::move(reason);
  stop_next();
}

void supervision::stop_next() {
  for (auto i = children_.rbegin(); i != children_.rend(); ++i) {
    if (i->at == phase::stopping)
      return;
    if (i->at == phase::starting || i->at == phase::up) {
      ask_to_end(*i);
      return;
    }
  }
  self_->quit(stop_reason_);
}

// -- hangs --------------------------------------------------------------------------------------------------

void supervision::on_tick() {
  auto at = now();
  // A tick that comes late means that this actor did not run either: its children are not to blame.
  auto late = at - last_tick_ > 2 * options_.ping_interval();
  last_tick_ = at;
  for (auto& x : children_) {
    if (x.at != phase::starting && x.at != phase::up)
      continue;
    if (!late && at - std::max(x.door->last_beat(), x.spawned_at) > options_.hang_timeout)
      give_up(x);
    else
      port::tell_urgently(caf::actor_cast<caf::actor>(x.address), ping_atom_v);
  }
  port::tell_later(self_, options_.ping_interval(), tick_atom_v);
}

void supervision::emit(supervision_event::kind what, const child& x, std::string reason) const {
  if (options_.on_event)
    options_.on_event({what, x.record->path(), std::move(reason)});
}

} // namespace kinora
