#include "actors/local_runner.hpp"

#include <caf/actor_system.hpp>
#include <caf/resumable.hpp>
#include <caf/scheduler/abstract_coordinator.hpp>

#include <memory>

namespace kinora {

namespace {

/// Messages an actor handles before others get their turn.
constexpr std::size_t messages_per_turn = 10;
/// A feed takes three.
constexpr std::size_t turns_max = 64;
/// Ready at a time, each actor once: more than there are handlers and rankers, unless the settings ask for
/// hundreds. Others go to the pool.
constexpr std::size_t ready_max = 512;

thread_local local_runner* current = nullptr;

} // namespace

std::atomic<std::size_t> local_runner::alive_{0};

local_runner::local_runner(caf::actor_system& system)
    : caf::execution_unit{&system}, lane_{alive_.fetch_add(1)}, ready_{ready_max} {
  current = this;
}

local_runner::~local_runner() {
  current = nullptr;
  alive_.fetch_sub(1);
  for (auto* x : ready_)
    leave_to_pool(x);
}

local_runner* local_runner::of_this_thread() noexcept {
  return current;
}

std::size_t local_runner::next_worker(std::size_t workers) noexcept {
  return (lane_ + alive_.load(std::memory_order_relaxed) * asked_++) % workers;
}

void local_runner::exec_later(caf::resumable* x) {
  if (ready_.full())
    leave_to_pool(x);
  else
    ready_.push_back(x);
}

void local_runner::run() {
  if (running_)
    return;
  running_ = true;
  const auto done = [](bool* running) { *running = false; };
  const std::unique_ptr<bool, decltype(done)> at_the_end{&running_, done}; // also when an allocation fails
  for (std::size_t turns = 0; !ready_.empty(); ++turns) {
    auto* x = ready_.front();
    if (turns >= turns_max)
      leave_to_pool(x); // takes memory: without it the actor stays
    ready_.pop_front();
    if (turns < turns_max)
      give_turn(x);
  }
}

/// As CAF's own workers do it (caf/scheduler/worker.hpp).
void local_runner::give_turn(caf::resumable* x) {
  switch (x->resume(this, messages_per_turn)) {
  case caf::resumable::resume_later: exec_later(x); break;
  case caf::resumable::shutdown_execution_unit: // only CAF's own workers are sent that
  case caf::resumable::done:
  case caf::resumable::awaiting_message: intrusive_ptr_release(x); break;
  }
}

void local_runner::leave_to_pool(caf::resumable* x) {
  system().scheduler().enqueue(x);
}

} // namespace kinora
