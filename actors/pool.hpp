#pragma once

#include "actors/load_bound.hpp"
#include "actors/local_runner.hpp"
#include "actors/registry.hpp"

#include <atomic>
#include <limits>
#include <optional>
#include <vector>

namespace kinora {

/// The slots of actors that do the same work; whoever asks gets the next one that looks alive. Thread-safe.
template <class Handle>
class worker_pool {
public:
  struct worker {
    Handle handle;
    record_ptr record;   ///< To mark it as suspect when it does not answer.
    load_bound_ptr load; ///< What it has to do, where those who ask enter it.
  };

  explicit worker_pool(const std::vector<record_ptr>& slots) {
    for (auto& x : slots)
      slots_.push_back({x, std::make_shared<load_bound>(std::numeric_limits<std::size_t>::max())});
  }

  /// The running worker that nobody suspects with the least to do, round-robin where several have; nullopt
  /// when there is none. Threads that run actors themselves begin at different ones.
  std::optional<worker> next() {
    auto* here = local_runner::of_this_thread();
    auto first = here ? here->next_worker(slots_.size()) : next_.fetch_add(1, std::memory_order_relaxed);
    std::optional<worker> out;
    for (std::size_t i = 0; i < slots_.size(); ++i) {
      auto& x = slots_[(first + i) % slots_.size()];
      if (x.record->suspected() || (out && x.load->used() >= out->load->used()))
        continue;
      if (auto handle = x.record->handle())
        out = worker{caf::actor_cast<Handle>(std::move(handle)), x.record, x.load};
      if (out && out->load->used() == 0)
        break;
    }
    return out;
  }

private:
  struct slot {
    record_ptr record;
    load_bound_ptr load;
  };

  std::vector<slot> slots_;
  std::atomic<std::size_t> next_{0};
};

} // namespace kinora
