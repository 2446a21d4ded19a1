#pragma once

#include "actors/local_runner.hpp"
#include "actors/registry.hpp"

#include <atomic>
#include <optional>
#include <vector>

namespace kinora {

/// The slots of actors that do the same work; whoever asks gets the next one that looks alive. Thread-safe.
template <class Handle>
class worker_pool {
public:
  struct worker {
    Handle handle;
    record_ptr record; ///< To mark it as suspect when it does not answer.
  };

  explicit worker_pool(std::vector<record_ptr> slots) : slots_{std::move(slots)} {}

  /// Round-robin over the running workers that nobody suspects; nullopt when there is none. Threads that run
  /// actors themselves begin at different ones.
  std::optional<worker> next() {
    auto* here = local_runner::of_this_thread();
    auto first = here ? here->next_worker(slots_.size()) : next_.fetch_add(1, std::memory_order_relaxed);
    for (std::size_t i = 0; i < slots_.size(); ++i) {
      auto& slot = slots_[(first + i) % slots_.size()];
      if (slot->suspected())
        continue;
      if (auto handle = slot->handle())
        return worker{caf::actor_cast<Handle>(std::move(handle)), slot};
    }
    return std::nullopt;
  }

private:
  std::vector<record_ptr> slots_;
  std::atomic<std::size_t> next_{0};
};

} // namespace kinora
