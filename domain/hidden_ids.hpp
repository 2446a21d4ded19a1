#pragma once

#include "domain/id_set.hpp"
#include "domain/ranking_signals.hpp"
#include "domain/slate.hpp"

namespace kinora {

/// Refills `out` with what a page never shows: excluded ids, and what the user has watched or disliked.
/// `signals` nullptr: nothing is known of the user.
inline void hide(const page_request& page, const ranking_signals* signals, id_set& out) {
  out.reset((signals ? signals->hidden.size() : 0) + page.excluded.size());
  for (auto hash : page.excluded)
    out.insert(hash);
  if (!signals)
    return;
  for (auto hash : signals->hidden)
    out.insert(hash);
}

} // namespace kinora
