#pragma once

#include "actors/deadlines.hpp"
#include "actors/faults.hpp"
#include "actors/slots.hpp"

namespace kinora {

struct feed_handler_options {
  std::chrono::milliseconds cache_timeout{5};
  std::chrono::milliseconds signal_timeout{10};
  std::chrono::milliseconds ranking_timeout{20};
};

/// State and behaviour of a FEED HANDLER: conducts feed requests, each step of each, and answers every one,
/// with the trending page when a step fails. Owns nothing but the requests in its hands. Supervised by
/// handlers. Never blocks; every question it asks has a deadline.
class feed_handler_state {
public:
  static inline const char* name = "kinora.feed-handler";

  feed_handler_state(feed_handler_actor::pointer self, feed_handler_options options, boards_ptr read,
                     tree_slots_ptr reach, std::shared_ptr<const fault_boards> faults);

  feed_handler_actor::behavior_type make_behavior();

private:
  struct stage;
  static const stage signals_stage;
  static const stage ranking_stage;

  /// One request on its way.
  struct flight {
    payload<feed_job> job;
    payload<global_flags> flags;
    tenant_board_ptr board;
    tenant_snapshot_ptr tenant;
    personalization decision = personalization::on;
    std::optional<std::uint32_t> rollout_share;
    payload<ranking_signals> signals;
    stage_times stages;

    const feed_request& request() const { return job->request; }
  };

  /// One call of a dependency, and what its breaker will want to know of it.
  struct call {
    const stage* of;
    std::shared_ptr<const breaker_view> breaker; ///< As it was when the call was let through.
    record_ptr worker;
    bool probe;
    steady_time began;
    std::chrono::nanoseconds timeout;
    deadlines::entry open{}; ///< Once it is sent.
  };

  using flight_ptr = std::shared_ptr<flight>;

  void on_feed(const payload<feed_job>& job);
  void ask_directory(const flight_ptr& x);
  void begin(const flight_ptr& x);
  bool use_signals_at_hand(const flight_ptr& x);
  void fetch_signals(const flight_ptr& x, std::shared_ptr<const breaker_view> breaker, bool probe);
  void learn_of_read(const call& made, const signals_job& job, bool is_lost) const;
  void go_on_to_ranking(const flight_ptr& x);
  void rank(const flight_ptr& x, std::shared_ptr<const breaker_view> breaker, bool probe);

  template <class Go, class Refuse>
  void pass_breaker(const flight_ptr& x, const stage& of, const breaker_board& board, Go go, Refuse refuse);
  std::shared_ptr<call> start_call(const flight_ptr& x, const stage& of, record_ptr worker,
                                   std::shared_ptr<const breaker_view> breaker, bool probe);
  void on_success(const flight& x, const call& made);
  degraded_reason on_failure(const flight& x, const call& made, const work_mark& mark, const caf::error& why);
  void report(const flight& x, const call& made, bool success) const;
  void degrade(const flight& x, degraded_reason reason) const;

  steady_time now() const { return self_->clock().now(); }
  std::chrono::nanoseconds time_left(const flight& x) const { return x.request().deadline - now(); }

  feed_handler_actor::pointer self_;
  feed_handler_options options_;
  boards_ptr boards_;
  tree_slots_ptr slots_;
  std::shared_ptr<const fault_boards> faults_;
  deadlines calls_; ///< Of signal fetchers and rankers.
};

} // namespace kinora
