// The only header that knows which CAF generation we compile against: 0.17.6, the one that Debian and Ubuntu
// package. What it offers has the shape of CAF 1.x (protocols as function signatures, state classes with
// make_behavior(), ask/tell), so that moving on means rewriting this file rather than editing actors.
#pragma once

#include <caf/actor_cast.hpp>
#include <caf/actor_control_block.hpp>
#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/event_based_actor.hpp>
#include <caf/replies_to.hpp>
#include <caf/result.hpp>
#include <caf/scheduler/abstract_coordinator.hpp>
#include <caf/send.hpp>
#include <caf/spawn_options.hpp>
#include <caf/stateful_actor.hpp>
#include <caf/type_id.hpp>
#include <caf/typed_actor.hpp>
#include <caf/typed_event_based_actor.hpp>
#include <caf/typed_response_promise.hpp>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>

namespace kinora::port {

// -- typed interfaces, written as function signatures -------------------------------------------------------

namespace detail {
template <class Signature>
struct handler;
template <class R, class... Ts>
struct handler<caf::result<R>(Ts...)> {
  using type = typename caf::replies_to<Ts...>::template with<R>;
};
template <class... Ts>
struct handler<caf::result<void>(Ts...)> {
  using type = caf::reacts_to<Ts...>;
};
} // namespace detail

template <class... Signatures>
using actor_of = caf::typed_actor<typename detail::handler<Signatures>::type...>;

/// `Base` with further handlers.
template <class Base, class... Signatures>
using extend = typename Base::template extend<typename detail::handler<Signatures>::type...>;

// -- instances: what may be done to an actor from outside its mailbox ---------------------------------------

/// Sits between the scheduler and one actor. Tells when the actor last ran, and can hold it: a held actor
/// handles nothing more, exit messages included, as if its handler hung, but costs no thread but its own.
class gate {
public:
  using time_point = std::chrono::steady_clock::time_point;

  /// Whether the actor may run now; false parks it until `open`.
  bool enter() noexcept {
    if (!held_.load())
      return true;
    parked_.store(true);
    if (held_.load())
      return false;
    return parked_.exchange(false); // opened meanwhile: whoever takes the mark lets the actor run
  }

  /// Blocks while the actor is held: for actors with a thread of their own.
  void wait() const noexcept { held_.wait(true); }

  void hold() noexcept { held_.store(true); }

  bool held() const noexcept { return held_.load(); }

  /// Lets a held actor run again.
  void open(const caf::actor& hdl) {
    held_.store(false);
    held_.notify_all();
    if (!parked_.exchange(false))
      return;
    auto* ptr = caf::actor_cast<caf::abstract_actor*>(hdl);
    if (auto* runnable = dynamic_cast<caf::scheduled_actor*>(ptr)) {
      intrusive_ptr_add_ref(runnable->ctrl());
      runnable->home_system().scheduler().enqueue(runnable);
    }
  }

  void beat(time_point now) noexcept { last_beat_.store(now.time_since_epoch().count()); }

  time_point last_beat() const noexcept { return time_point{time_point::duration{last_beat_.load()}}; }

private:
  std::atomic<bool> held_{false};
  std::atomic<bool> parked_{false}; ///< The scheduler was told to forget the actor.
  std::atomic<time_point::rep> last_beat_{0};
};

using gate_ptr = std::shared_ptr<gate>;

/// What a supervised actor gets at its start besides its arguments.
struct start_context {
  gate_ptr door;                     ///< nullptr for actors that nobody supervises.
  std::function<void()> before_init; ///< May throw, to make the start fail; may be empty.
  std::function<void()> after_init;  ///< Runs once the state is constructed; may be empty.
};

// -- spawning a state class: State(self, args...) + make_behavior() -----------------------------------------

/// Delays construction of `State` until its arguments are known: CAF 0.17 only passes the self pointer to a
/// state. The explicit constructor also keeps the holder from being an aggregate, which C++20 would fill with
/// that pointer.
template <class State, class Self>
struct state_holder {
  explicit state_holder(Self* ptr) : self{ptr} {}
  static inline const char* name = State::name;
  Self* self;
  std::optional<State> impl;
};

namespace detail {
template <class Behavior>
struct base_of;
template <>
struct base_of<caf::behavior> {
  using type = caf::event_based_actor;
};
template <class... Ts>
struct base_of<caf::typed_behavior<Ts...>> {
  using type = caf::typed_event_based_actor<Ts...>;
};
} // namespace detail

template <class State>
using behavior_of = decltype(std::declval<State&>().make_behavior());
template <class State>
using self_of = typename detail::base_of<behavior_of<State>>::type;

/// Turns an exception in a handler into a typed exit reason. The actor dies either way; returning "no error"
/// here would look like a clean exit to the supervisor. Defined in actors/messages.hpp.
caf::error to_exit_reason(std::exception_ptr what);

template <class State>
class actor_impl : public caf::stateful_actor<state_holder<State, self_of<State>>, self_of<State>> {
public:
  using super = caf::stateful_actor<state_holder<State, self_of<State>>, self_of<State>>;

  explicit actor_impl(caf::actor_config& cfg) : super(cfg) {
    this->set_exception_handler([](std::exception_ptr& what) { return to_exit_reason(what); });
  }

  caf::resumable::resume_result resume(caf::execution_unit* ctx, std::size_t max_throughput) override {
    if (this->getf(this->is_detached_flag)) {
      // It would handle all there is at one go, and not be seen to be alive meanwhile.
      max_throughput = std::min(max_throughput, detached_throughput);
      if (door_)
        door_->wait();
    } else if (door_ && !door_->enter()) {
      return caf::resumable::awaiting_message;
    }
    auto outcome = super::resume(ctx, max_throughput);
    if (door_)
      door_->beat(this->clock().now());
    return outcome;
  }

  void use(gate_ptr door) { door_ = std::move(door); }

private:
  static constexpr std::size_t detached_throughput = 10;

  gate_ptr door_; ///< Set once, when the actor runs for the first time.
};

template <class State, caf::spawn_options Options = caf::no_spawn_options, class Host, class... Args>
auto spawn_supervised(Host& host, start_context context, Args&&... args) {
  auto init = [](actor_impl<State>* self, start_context start,
                 std::decay_t<Args>... xs) -> behavior_of<State> {
    self->use(start.door);
    if (start.before_init)
      start.before_init();
    self->state.impl.emplace(self->state.self, std::move(xs)...);
    auto out = self->state.impl->make_behavior();
    if (start.after_init)
      start.after_init();
    return out;
  };
  return host.template spawn<Options>(init, std::move(context), std::forward<Args>(args)...);
}

template <class State, class Host, class... Args>
auto spawn(Host& host, Args&&... args) {
  return spawn_supervised<State>(host, start_context{}, std::forward<Args>(args)...);
}

/// Where an actor runs: on the pool, or, when its handlers may block, on a thread of its own.
enum class place { on_pool, on_own_thread };

/// Spawns a supervised actor where it is to run.
template <class State, class... Args>
caf::actor start(caf::actor_system& system, place where, start_context context, Args&&... args) {
  if (where == place::on_own_thread)
    return caf::actor_cast<caf::actor>(
        spawn_supervised<State, caf::detached>(system, std::move(context), std::forward<Args>(args)...));
  return caf::actor_cast<caf::actor>(
      spawn_supervised<State>(system, std::move(context), std::forward<Args>(args)...));
}

// -- sending ------------------------------------------------------------------------------------------------

/// Sends without a sender. Like all calls here it does nothing for an empty handle.
template <class Handle, class... Ts>
void tell(const Handle& dest, Ts&&... xs) {
  if (dest)
    caf::anon_send(dest, std::forward<Ts>(xs)...);
}

/// The same, to an actor that `unit` may run.
template <class Handle, class... Ts>
void tell_on(caf::execution_unit& unit, const Handle& dest, Ts&&... xs) {
  if (dest)
    caf::actor_cast<caf::abstract_actor*>(dest)->enqueue(
        caf::make_mailbox_element(nullptr, caf::make_message_id(), {},
                                  caf::make_message(std::forward<Ts>(xs)...)),
        &unit);
}

template <class Handle, class... Ts>
void tell_urgently(const Handle& dest, Ts&&... xs) {
  if (dest)
    caf::anon_send<caf::message_priority::high>(dest, std::forward<Ts>(xs)...);
}

/// Sends to the actor itself, later.
template <class... Ts>
void tell_later(caf::scheduled_actor* self, std::chrono::nanoseconds delay, Ts&&... xs) {
  auto& clock = self->clock();
  clock.schedule_message(clock.now() + delay, caf::strong_actor_ptr{self->ctrl()},
                         caf::make_mailbox_element(nullptr, caf::make_message_id(), {},
                                                   caf::make_message(std::forward<Ts>(xs)...)));
}

/// Sends a request with a deadline; answer it with `.then(on_value, on_error)`. The handle must not be empty.
template <class Self, class Handle, class... Ts>
auto ask(Self* self, const Handle& dest, std::chrono::nanoseconds timeout, Ts&&... xs) {
  return self->request(dest, caf::duration{std::chrono::duration_cast<std::chrono::microseconds>(timeout)},
                       std::forward<Ts>(xs)...);
}

using request_id = caf::message_id;

/// Sends a request without a deadline: whoever sends it sees to one (actors/deadlines.hpp). The answer's
/// `id()` names the request.
template <class Self, class Handle, class... Ts>
auto ask_untimed(Self* self, const Handle& dest, Ts&&... xs) {
  return self->request(dest, caf::infinite, std::forward<Ts>(xs)...);
}

/// Answers a request of the actor with a timeout, as CAF's own timer would; in vain when it is answered.
inline void fail_request(caf::scheduled_actor* self, request_id request) {
  self->enqueue(caf::make_mailbox_element(self->ctrl(), request, {},
                                          caf::make_message(caf::make_error(caf::sec::request_timeout))),
                self->context());
}

/// Asks an actor to end. High priority: it does not wait behind the mailbox.
inline void send_exit(const caf::actor& dest, caf::exit_reason reason) {
  if (dest)
    dest->enqueue(nullptr, caf::make_message_id(caf::message_priority::high),
                  caf::make_message(caf::exit_msg{dest->address(), reason}), nullptr);
}

} // namespace kinora::port
