// From what users did, and what is imported of them, to the ingester of their tenant.
#pragma once

#include "http/api.hpp"
#include "http/message.hpp"

#include <functional>
#include <string>

namespace kinora::http {

/// Whose events they are: what is known of the tenant at this moment.
struct ingestion {
  std::string tenant;
  tenant_board_ptr board;
  tenant_snapshot_ptr snapshot;
  const tracking_codec* tracking;
  wall_time now;
  std::size_t invalid_tokens = 0; ///< Events that named a position that they cannot have been served.

  /// A batch of the tenant, still without anything in it.
  event_batch make_batch() const;

  /// Puts to a batch what an event changes under the rules and with the videos of this moment. A token that
  /// is not right only leaves it out of the statistics.
  void add(event_batch& to, event x);
};

/// Fails when there is no such tenant, or it is not up yet.
result<ingestion> begin_ingestion(const api& x, const request& req, std::string tenant);

/// Has a batch written, and answers what `on_done` makes of it; at once when nothing is in it, and with 429
/// when too much is on its way into the store already.
void ingest(api& x, const request& req, exchange_ptr out, event_batch batch,
            std::function<response(const batch_outcome&)> on_done);

} // namespace kinora::http
