#pragma once

#include "actors/faults.hpp"
#include "actors/slots.hpp"

namespace kinora {

/// The signals of a feed's user where nobody needs to read them: they are cached. What --chaos does to the
/// signals is not to depend on who was here before, so that nothing is at hand then. nullptr in it: nothing
/// is known of the user.
inline std::optional<payload<ranking_signals>>
signals_at_hand(const tree_slots& in, const fault_boards& faults, const feed_request& x) {
  if (faults.signals.active(x.tenant))
    return std::nullopt;
  return in.cache->find(x.tenant, x.user, x.now);
}

} // namespace kinora
