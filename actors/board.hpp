#pragma once

#include <atomic>
#include <cstdint>
#include <memory>

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

  /// How often it was published.
  std::uint64_t generation() const noexcept { return generation_.load(); }

private:
  std::atomic<snapshot> current_;
  std::atomic<std::uint64_t> generation_{0};
};

} // namespace kinora
