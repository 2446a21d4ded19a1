#pragma once

#include "domain/result.hpp"
#include "domain/time.hpp"
#include "storage/event_store.hpp"

#include <memory>
#include <span>
#include <vector>

namespace kinora {

struct engine;

/// What `event_store::apply` promises: of several batches, whose ids are looked up at once, what is new goes
/// into one synced write, one operand for each user, video and hour of statistics. Holds the locks of the
/// batches' tenants meanwhile. Thread-safe; blocks.
result<std::vector<batch_outcome>>
write_events(engine& to, std::span<const std::shared_ptr<const event_batch>> batches, wall_time now);

} // namespace kinora
