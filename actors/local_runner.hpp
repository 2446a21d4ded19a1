#pragma once

#include <boost/circular_buffer.hpp>

#include <caf/execution_unit.hpp>

#include <atomic>
#include <cstddef>

namespace kinora {

/// Runs actors on the thread that asks them, instead of a thread of the pool: a feed then changes no thread
/// between its request and its answer, and nobody is woken. A thread that makes one, and keeps it for as long
/// as it serves, runs there what its own messages make ready; what others make ready runs on the pool, as
/// ever. Actors must not block it, as they must not block the pool. Methods are for that thread only.
class local_runner final : public caf::execution_unit {
public:
  /// `system` outlives this.
  explicit local_runner(caf::actor_system& system);

  /// Leaves what is still ready to the pool.
  ~local_runner() override;

  local_runner(const local_runner&) = delete;
  local_runner& operator=(const local_runner&) = delete;

  /// The calling thread's; nullptr where it has none.
  static local_runner* of_this_thread() noexcept;

  /// Which of the workers that share their work this thread asks first, so that threads do not meet at one.
  std::size_t next_worker(std::size_t workers) noexcept;

  /// Runs what is ready, and what that makes ready. Does nothing within itself. What takes too many turns is
  /// left to the pool.
  void run();

  /// For CAF: an actor has something to do. Takes no memory for hundreds of them: CAF takes the actor for one
  /// that will have its turn, and asks never again.
  void exec_later(caf::resumable* x) override;

private:
  void give_turn(caf::resumable* x);
  void leave_to_pool(caf::resumable* x);

  static std::atomic<std::size_t> alive_;

  const std::size_t lane_; ///< Tells threads apart.
  std::size_t asked_ = 0;
  boost::circular_buffer<caf::resumable*> ready_; ///< Each with a reference that is ours.
  bool running_ = false;
};

} // namespace kinora
