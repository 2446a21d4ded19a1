#pragma once

#include "actors/slots.hpp"
#include "storage/stores.hpp"

#include <functional>
#include <vector>

namespace kinora {

struct ingester_options {
  /// Events that one write holds at most, but for a single batch that is larger.
  std::size_t events_per_write = 4'000;
  std::function<wall_time()> wall_clock;
};

/// State and behaviour of an INGESTER: writes what users do. Batches that wait in its mailbox together share
/// one write; what is about single users keeps its place among them. After each write the cache forgets the
/// users in it and the tenants learn which videos were touched; only then the answers go out. Owns nothing
/// but what waits for its next write. Supervised by ingest; blocks as long as its store's writes do, so it
/// runs on a thread of its own.
class ingester_state {
public:
  static inline const char* name = "kinora.ingester";

  ingester_state(ingester_actor::pointer self, ingester_options options, const stores& to, boards_ptr out,
                 tree_slots_ptr reach, registry_ptr slots);

  ingester_actor::behavior_type make_behavior();

private:
  using promise = caf::typed_response_promise<payload<batch_outcome>>;

  /// A batch that waits for its write.
  struct waiting {
    payload<ingest_job> job;
    promise answer;
  };

  caf::result<payload<batch_outcome>> on_apply(const payload<ingest_job>& job);
  caf::result<void> on_put(const put_signals& x);
  caf::result<void> on_erase(const erase_user& x);
  void write();
  void spread(const event_batch& batch) const;

  ingester_actor::pointer self_;
  ingester_options options_;
  std::shared_ptr<event_store> events_;
  std::shared_ptr<signal_store> signals_;
  boards_ptr boards_;
  tree_slots_ptr reach_;
  registry_ptr slots_;
  std::vector<waiting> waiting_;
  std::size_t events_waiting_ = 0;
  bool write_scheduled_ = false;
};

} // namespace kinora
