#pragma once

#include "domain/id_set.hpp"
#include "domain/ids.hpp"
#include "domain/slate.hpp"
#include "domain/user_signals.hpp"

namespace kinora {

/// Refills `out` with what a page never shows: excluded ids, and what the user has watched or disliked.
/// `signals` nullptr: nothing is known of the user.
inline void hide(const page_request& page, const user_signals* signals, id_set& out) {
  auto known = signals ? signals->watched_ids.size() + signals->disliked_ids.size() : 0;
  out.reset(known + page.excluded.size());
  for (auto hash : page.excluded)
    out.insert(hash);
  if (!signals)
    return;
  for (auto* ids : {&signals->watched_ids, &signals->disliked_ids})
    for (auto& id : *ids)
      out.insert(video_hash(id));
}

} // namespace kinora
