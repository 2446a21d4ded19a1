#include "actors/feed_handler.hpp"

#include "actors/signals_at_hand.hpp"

#include <algorithm>

namespace kinora {

/// What differs between the two dependencies of a feed.
struct feed_handler_state::stage {
  std::chrono::milliseconds feed_handler_options::*timeout;
  record_ptr tree_slots::*breaker;
  degraded_reason timed_out;
  degraded_reason failed;
  degraded_reason unavailable;
  degraded_reason circuit_open;
};

const feed_handler_state::stage feed_handler_state::signals_stage{
    &feed_handler_options::signal_timeout, &tree_slots::signals_breaker,
    degraded_reason::signals_timeout,      degraded_reason::signals_failed,
    degraded_reason::signals_unavailable,  degraded_reason::signals_circuit_open};

const feed_handler_state::stage feed_handler_state::ranking_stage{
    &feed_handler_options::ranking_timeout, &tree_slots::ranking_breaker,
    degraded_reason::ranking_timeout,       degraded_reason::ranking_failed,
    degraded_reason::ranking_unavailable,   degraded_reason::ranking_circuit_open};

feed_handler_state::feed_handler_state(feed_handler_actor::pointer self, feed_handler_options options,
                                       boards_ptr read, tree_slots_ptr reach,
                                       std::shared_ptr<const fault_boards> faults)
    : self_{self},
      options_{options},
      boards_{std::move(read)},
      slots_{std::move(reach)},
      faults_{std::move(faults)},
      calls_{self} {}

feed_handler_actor::behavior_type feed_handler_state::make_behavior() {
  return {
      [](ping_atom) {},
      [this](feed_atom, const payload<feed_job>& job) { on_feed(job); },
      [this](tick_atom) { calls_.expire(); },
  };
}

// -- one request, step by step ------------------------------------------------------------------------------

void feed_handler_state::on_feed(const payload<feed_job>& job) {
  job->taken_up.set(now());
  auto x = std::make_shared<flight>();
  x->job = job;
  if (time_left(*x).count() <= 0)
    return; // it was answered at its deadline; the slot's end is heard by nobody
  x->flags = boards_->flags.load();
  x->board = boards_->find(job->request.tenant);
  if (x->board)
    begin(x);
  else
    ask_directory(x);
}

void feed_handler_state::ask_directory(const flight_ptr& x) {
  auto directory = caf::actor_cast<tenants_actor>(slots_->tenants->handle());
  if (!directory) {
    degrade(*x, degraded_reason::tenant_unavailable);
    return;
  }
  auto timeout = std::min<std::chrono::nanoseconds>(options_.cache_timeout, time_left(*x));
  port::ask(self_, directory, timeout, find_atom_v, x->request().tenant)
      .then(
          [this, x](const tenant_board_ptr& found) {
            x->board = found;
            begin(x);
          },
          [this, x](const caf::error& why) {
            degrade(*x, to_errc(why) == errc::not_found ? degraded_reason::unknown_tenant
                                                        : degraded_reason::tenant_unavailable);
          });
}

void feed_handler_state::begin(const flight_ptr& x) {
  x->tenant = x->board->snapshot.load();
  if (!x->tenant) {
    degrade(*x, degraded_reason::tenant_unavailable);
    return;
  }
  x->decision = decide_personalization(*x->flags, *x->tenant->rules, x->request().tenant, x->request().user);
  x->rollout_share = rollout_share(*x->flags, *x->tenant->rules);
  if (x->decision != personalization::on) {
    degrade(*x, degraded_reason::none);
    return;
  }
  pass_breaker(
      x, signals_stage, boards_->signals,
      [this, x](auto breaker, bool probe) {
        if (probe || !use_signals_at_hand(x)) // a probe is to find out how the store does
          fetch_signals(x, breaker, probe);
      },
      [this, x] {
        if (!use_signals_at_hand(x))
          degrade(*x, signals_stage.circuit_open);
      });
}

/// Goes on with signals for which nobody needs the store; returns false when there are none.
bool feed_handler_state::use_signals_at_hand(const flight_ptr& x) {
  auto began = now();
  auto at_hand = x->job->signals ? x->job->signals : signals_at_hand(*slots_, *faults_, x->request());
  if (!at_hand)
    return false;
  x->stages.signals = now() - began;
  x->signals = std::move(*at_hand);
  go_on_to_ranking(x);
  return true;
}

void feed_handler_state::fetch_signals(const flight_ptr& x, std::shared_ptr<const breaker_view> breaker,
                                       bool probe) {
  auto worker = slots_->fetchers.next();
  if (!worker) {
    degrade(*x, degraded_reason::signals_unavailable);
    return;
  }
  auto made = start_call(x, signals_stage, worker->record, std::move(breaker), probe);
  if (!made)
    return;
  auto place = slots_->signal_reads->enter();
  if (!place) { // more reads wait than the store gets done: it is slow
    report(*x, *made, false);
    degrade(*x, degraded_reason::signals_timeout);
    return;
  }
  // A probe is read whatever the last reads took: it is to find out how the store does now.
  const auto asked_at = probe ? std::nullopt : std::optional{made->began};
  auto job =
      std::make_shared<const signals_job>(x->request().tenant, x->request().user, made->began + made->timeout,
                                          std::move(place), worker->load->enter(), asked_at);
  auto answer = port::ask_untimed(self_, worker->handle, fetch_atom_v, job);
  made->open = calls_.open(answer.id(), made->began + made->timeout);
  answer.then(
      [this, x, made, job](const payload<ranking_signals>& found) {
        on_success(*x, *made);
        learn_of_read(*made, *job, false);
        x->stages.signals = now() - made->began;
        x->signals = found;
        go_on_to_ranking(x);
      },
      [this, x, made, job, asked = worker->handle](const caf::error& why) {
        x->stages.signals = now() - made->began;
        const auto lives = made->worker->handle() == caf::actor_cast<caf::actor>(asked);
        if (lives && to_errc(why) == errc::timeout)
          learn_of_read(*made, *job, true);
        degrade(*x, on_failure(*x, *made, job->taken_up, why));
      });
}

/// What a read took says how many feeds may read at a time; one that failed at once, or went down with its
/// fetcher, says nothing.
void feed_handler_state::learn_of_read(const call& made, const signals_job& job, bool is_lost) const {
  const auto at = now();
  const auto waited = std::min(job.taken_up.get().value_or(at), at) - made.began;
  slots_->feed_reads->add({at, at - made.began, waited, slots_->signal_reads->used(), is_lost});
}

void feed_handler_state::go_on_to_ranking(const flight_ptr& x) {
  pass_breaker(
      x, ranking_stage, x->board->ranking, [this, x](auto breaker, bool probe) { rank(x, breaker, probe); },
      [this, x] { degrade(*x, ranking_stage.circuit_open); });
  if (x->job->has_read)
    x->job->has_read(); // after it, so that it does not wait for whom this lets in
}

void feed_handler_state::rank(const flight_ptr& x, std::shared_ptr<const breaker_view> breaker, bool probe) {
  auto worker = slots_->rankers.next();
  if (!worker) {
    degrade(*x, degraded_reason::ranking_unavailable);
    return;
  }
  auto made = start_call(x, ranking_stage, worker->record, std::move(breaker), probe);
  if (!made)
    return;
  auto job = std::make_shared<const rank_job>(x->tenant, x->signals, x->request().page, x->request().now,
                                              made->began + made->timeout);
  auto answer = port::ask_untimed(self_, worker->handle, rank_atom_v, job);
  made->open = calls_.open(answer.id(), made->began + made->timeout);
  answer.then(
      [this, x, made](const payload<slate>& page) {
        on_success(*x, *made);
        x->stages.ranking = now() - made->began;
        feed_answer ranked{*page,     feed_type::personalized, degraded_reason::none, true,
                           x->stages, x->tenant->rules,        x->rollout_share};
        x->job->reply.complete(std::move(ranked));
      },
      [this, x, made, job](const caf::error& why) {
        x->stages.ranking = now() - made->began;
        degrade(*x, on_failure(*x, *made, job->taken_up, why));
      });
}

/// The answer when nothing personal can or shall be shown.
void feed_handler_state::degrade(const flight& x, degraded_reason reason) const {
  auto answer = x.tenant ? trending_answer(*x.tenant, x.request(), x.decision, x.signals.get(), reason)
                         : empty_answer(x.request(), reason);
  answer.stages = x.stages;
  answer.rollout_share = x.rollout_share;
  x.job->reply.complete(std::move(answer));
}

// -- breakers -----------------------------------------------------------------------------------------------

/// Goes on with `go(view, probe)` when the breaker lets the call through, and with `refuse()` when it does
/// not.
template <class Go, class Refuse>
void feed_handler_state::pass_breaker(const flight_ptr& x, const stage& of, const breaker_board& board, Go go,
                                      Refuse refuse) {
  auto view = board.load();
  switch (view->state_at(now())) {
  case breaker_state::closed: go(view, false); return;
  case breaker_state::open: refuse(); return;
  case breaker_state::half_open: break;
  }
  auto owner = caf::actor_cast<breaker_actor>(((*slots_).*(of.breaker))->handle());
  auto timeout = std::min<std::chrono::nanoseconds>(options_.cache_timeout, time_left(*x));
  if (!owner || timeout.count() <= 0) {
    refuse();
    return;
  }
  port::ask(self_, owner, timeout, permit_atom_v, x->request().tenant)
      .then(
          [view, go, refuse](bool granted) {
            if (granted)
              go(view, true);
            else
              refuse();
          },
          [refuse](const caf::error&) { refuse(); });
}

std::shared_ptr<feed_handler_state::call>
feed_handler_state::start_call(const flight_ptr& x, const stage& of, record_ptr worker,
                               std::shared_ptr<const breaker_view> breaker, bool probe) {
  auto timeout = std::min<std::chrono::nanoseconds>(options_.*(of.timeout), time_left(*x));
  if (timeout.count() <= 0) {
    degrade(*x, degraded_reason::deadline_exceeded);
    return nullptr;
  }
  return std::make_shared<call>(call{&of, std::move(breaker), std::move(worker), probe, now(), timeout});
}

void feed_handler_state::on_success(const flight& x, const call& made) {
  calls_.close(made.open);
  if (made.probe || made.breaker->consecutive_failures > 0)
    report(x, made, true);
}

/// Says why the answer is degraded, and tells the breaker when the dependency is to blame: not when there was
/// nobody to ask, and not when most of the time went into waiting in a mailbox.
degraded_reason feed_handler_state::on_failure(const flight& x, const call& made, const work_mark& mark,
                                               const caf::error& why) {
  calls_.close(made.open);
  auto code = to_errc(why);
  if (code == errc::unavailable)
    return made.of->unavailable;
  if (code != errc::timeout) {
    report(x, made, false);
    return made.of->failed;
  }
  auto at = now(); // before the look at the mark: a worker that takes it up after that has run since
  auto taken_up = mark.get();
  if (!taken_up)
    made.worker->suspect(at);
  else if (2 * (made.began + made.timeout - *taken_up) >= made.timeout)
    report(x, made, false);
  return made.of->timed_out;
}

void feed_handler_state::report(const flight& x, const call& made, bool success) const {
  auto owner = caf::actor_cast<breaker_actor>(((*slots_).*(made.of->breaker))->handle());
  port::tell(owner, report_atom_v,
             std::make_shared<const call_outcome>(
                 call_outcome{x.request().tenant, success, made.probe, made.began}));
}

} // namespace kinora
