#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <stdexcept>

namespace kinora {

/// How shared, rarely changing state is read: its owner publishes an immutable snapshot with an atomic swap,
/// anyone loads it without asking. Outlives its owner: while that one restarts, the last snapshot serves.
template <class T>
class board {
public:
  using snapshot = std::shared_ptr<const T>;

  board() = default;
  explicit board(snapshot first) : current_{std::move(first)} {}

  board(const board&) = delete;
  board& operator=(const board&) = delete;

  /// The last snapshot published; nullptr before the first one.
  snapshot load() const noexcept { return current_.load(); }

  /// Replaces the snapshot. Only the owner calls this. Whoever loads after it returned sees `next`.
  void publish(snapshot next) noexcept {
    current_.store(std::move(next));
    generation_.fetch_add(1);
  }

  /// Makes the caller the owner, in place of whoever was it before: an instance that was given up because it
  /// hung may wake up again. Returns what `publish_as` wants to see.
  std::uint64_t claim() {
    std::lock_guard lock{owner_mutex_};
    return ++owner_;
  }

  /// Throws `std::runtime_error`, which ends the actor, when another one than `claim` names has taken over:
  /// asked before something is stored.
  void require(std::uint64_t claim) {
    std::lock_guard lock{owner_mutex_};
    check(claim);
  }

  /// Publishes for the owner that made `claim`. Throws `std::runtime_error`, which ends the actor, when
  /// another one has taken over.
  void publish_as(std::uint64_t claim, snapshot next) {
    std::lock_guard lock{owner_mutex_};
    check(claim);
    publish(std::move(next));
  }

  /// How often it was published.
  std::uint64_t generation() const noexcept { return generation_.load(); }

private:
  void check(std::uint64_t claim) const {
    if (claim != owner_)
      throw std::runtime_error{"a newer instance has taken over"};
  }

  std::atomic<snapshot> current_;
  std::atomic<std::uint64_t> generation_{0};
  std::mutex owner_mutex_; ///< Serializes owners, never readers.
  std::uint64_t owner_ = 0;
};

} // namespace kinora
