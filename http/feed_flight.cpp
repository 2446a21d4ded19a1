#include "http/feed_flight.hpp"

#include "actors/local_runner.hpp"
#include "actors/signals_at_hand.hpp"
#include "http/feed_response.hpp"

#include <functional>
#include <string_view>
#include <utility>

namespace kinora::http {

namespace {

constexpr std::size_t unknown_flow = 1;

} // namespace

feed_flight::feed_flight(api& x, feed_request parsed, const request& req, exchange_ptr out)
    : api_{x},
      request_{std::move(parsed)},
      board_{x.tree.boards()->find(request_.tenant)},
      if_none_match_{req.header("If-None-Match").value_or("")},
      received_at_{req.received_at},
      out_{std::move(out)} {}

feed_flight::~feed_flight() {
  try {
    feed_queue::begin(leave());
  } catch (const std::exception&) { // no memory: those whose turn it was are answered at their deadlines
  }
}

void feed_flight::start() {
  if (std::chrono::steady_clock::now() >= request_.deadline) { // it waited for so long to be read
    answer(fallback(degraded_reason::deadline_exceeded));
    return;
  }
  counted_.store(true);
  api_.telemetry.add_in_flight(1);
  const auto step = ladder();
  const auto entered = step.may_be_worked_on() ? enter(step.may_wait()) : feed_queue::entry::no_room;
  if (entered == feed_queue::entry::no_room) {
    answer_overload();
    return;
  }
  try {
    expire_later();
    if (entered == feed_queue::entry::at_work)
      begin();
  } catch (
      ...) { // no memory: who has taken up the feed may keep it for long, and it is to be answered without
    feed_queue::begin(leave());
    throw;
  }
}

feed_queue::entry feed_flight::enter(bool may_wait) {
  const auto tenant = board_ ? board_->snapshot.load() : nullptr;
  auto kind = feed_queue::kind::ranking;
  if (tenant && decide_personalization(*api_.tree.boards()->flags.load(), *tenant->rules, request_.tenant,
                                       request_.user) == personalization::on) {
    signals_ = signals_at_hand(*api_.tree.reach(), *api_.tree.faults(), request_);
    if (!signals_)
      kind = feed_queue::kind::reading;
  }
  // Tenants that nobody knows share one line: names are easily made up.
  return api_.feeds.enter(shared_from_this(), board_ ? request_.tenant : "", may_wait, kind);
}

void feed_flight::begin() {
  if (expired_.load())
    return;
  const auto step = ladder();
  if (!step.may_be_worked_on()) { // in the queue: what is left is for those who came after it
    answer_overload();
    return;
  }
  auto worker = api_.tree.reach()->handlers.next();
  if (!worker) {
    answer(fallback(degraded_reason::handler_unavailable));
    return;
  }
  auto on_answer = [flight = shared_from_this()](std::optional<feed_answer> x) {
    auto is_late = !x && std::chrono::steady_clock::now() >= flight->request_.deadline;
    if (flight->expired_.load() || is_late)
      return; // the deadline answers
    if (x)
      flight->answer(*x);
    else
      flight->answer(flight->fallback(degraded_reason::handler_unavailable));
  };
  auto asked = request_;
  asked.page.may_reduce = !step.has_time_for_all();
  std::function<void()> has_read;
  if (!signals_)
    has_read = [flight = shared_from_this()] { feed_queue::begin(flight->api_.feeds.stop_reading(*flight)); };
  auto job = std::make_shared<const feed_job>(std::move(asked), std::move(on_answer), std::move(signals_),
                                              std::move(has_read));
  {
    const std::lock_guard lock{mutex_};
    worker_ = worker->record;
    job_ = job;
  }
  if (auto* here = local_runner::of_this_thread()) {
    port::tell_on(*here, worker->handle, feed_atom_v, std::move(job));
    here->run();
  } else {
    port::tell(worker->handle, feed_atom_v, std::move(job));
  }
}

void feed_flight::give_way() {
  if (!expired_.load())
    answer_overload();
}

void feed_flight::expire_later() {
  out_->expire_at(request_.deadline, [flight = shared_from_this()] { return flight->expire(); });
}

response feed_flight::expire() {
  auto at =
      std::chrono::steady_clock::now();    // before the look at the mark: who takes it up later has run since
  auto reason = degraded_reason::overload; // unless somebody works on it
  {
    const std::lock_guard lock{mutex_};
    if (worker_) {
      reason = degraded_reason::deadline_exceeded;
      auto job = job_.lock();
      if (job && !job->taken_up.get())
        worker_->suspect(at);
    }
  }
  expired_.store(true);
  auto late = fallback(reason);
  auto out = respond(late);
  feed_queue::begin(leave());
  record_answer(late);
  return out;
}

void feed_flight::answer(const feed_answer& x) {
  complete(respond(x), x);
}

/// Makes room before the client knows, so that its next request finds it, and lets others begin afterwards.
void feed_flight::complete(response out, const feed_answer& x) {
  auto next = leave();
  if (out_->complete(std::move(out)))
    record_answer(x);
  feed_queue::begin(std::move(next));
}

/// From text that is ready, where it can be: this is for when there is no time.
void feed_flight::answer_overload() {
  auto& boards = *api_.tree.boards();
  auto tenant = boards.snapshot_of(request_.tenant);
  auto flags = boards.flags.load();
  if (!tenant || !overload_pages::covers(request_) ||
      decide_personalization(*flags, *tenant->rules, request_.tenant, request_.user) != personalization::on) {
    answer(fallback(degraded_reason::overload));
    return;
  }
  feed_answer shed;
  shed.degraded = degraded_reason::overload;
  shed.rollout_share = rollout_share(*flags, *tenant->rules);
  auto page = api_.overload.answer(tenant, request_, shed.rollout_share, if_none_match_, format(), age());
  page.flow = flow_of_tenant();
  complete(std::move(page), shed);
}

feed_format feed_flight::format() const {
  return {api_.cursors, api_.tracking, api_.options.cursor_ttl};
}

/// What can be answered from the boards alone.
feed_answer feed_flight::fallback(degraded_reason reason) const {
  auto& boards = *api_.tree.boards();
  auto tenant = boards.snapshot_of(request_.tenant);
  if (!tenant)
    return empty_answer(request_, boards.find(request_.tenant) ? reason : degraded_reason::unknown_tenant);
  auto flags = boards.flags.load();
  auto decision = decide_personalization(*flags, *tenant->rules, request_.tenant, request_.user);
  auto out = trending_answer(*tenant, request_, decision, nullptr, reason);
  out.rollout_share = rollout_share(*flags, *tenant->rules);
  return out;
}

response feed_flight::respond(const feed_answer& x) const {
  auto out = feed_response(x, request_, if_none_match_, format(), age());
  out.flow = flow_of_tenant();
  return out;
}

/// Tenants that nobody knows share a flow, as they share a line: names are easily made up.
std::size_t feed_flight::flow_of_tenant() const {
  return board_ ? std::hash<std::string>{}(request_.tenant) : unknown_flow;
}

void feed_flight::record_answer(const feed_answer& x) {
  auto known = api_.tree.boards()->find(request_.tenant) != nullptr;
  const auto tenant = known ? std::string_view{request_.tenant} : "";
  api_.telemetry.count_feed(tenant, to_string_view(x.type), to_string_view(x.degraded));
  if (x.page.is_reduced)
    api_.telemetry.count_reduced_feed(tenant);
  if (x.stages.signals)
    api_.telemetry.observe_stage(feed_stage::signals, *x.stages.signals);
  if (x.stages.ranking)
    api_.telemetry.observe_stage(feed_stage::ranking, *x.stages.ranking);
  api_.telemetry.observe_stage(feed_stage::total, age());
}

std::chrono::nanoseconds feed_flight::age() const {
  return std::chrono::steady_clock::now() - received_at_;
}

/// It has its answer: it counts as in flight no more, whatever still sits in a mailbox. Returns who is next.
feed_queue::feeds feed_flight::leave() {
  if (!counted_.exchange(false))
    return {};
  api_.telemetry.add_in_flight(-1);
  return api_.feeds.leave(*this);
}

} // namespace kinora::http
