// Events in memory. Internal to that engine.
#pragma once

#include "storage/memory/engine_data.hpp"

namespace kinora::memory {

/// Applies the batches of events, one call at a time.
std::shared_ptr<event_store> make_events(data_ptr data);

} // namespace kinora::memory
