#include "domain/slate.hpp"

#include <algorithm>

namespace kinora {

std::vector<std::size_t> place_pins(std::vector<std::size_t> ranked, std::vector<pinned_candidate> pinned,
                                    std::size_t session_position, std::size_t length) {
  std::stable_sort(pinned.begin(), pinned.end(), [](auto& a, auto& b) { return a.position < b.position; });
  auto group = pinned.begin();
  auto insert_until = [&](auto last, std::size_t at) {
    std::vector<std::size_t> candidates;
    for (auto i = group; i != last; ++i)
      candidates.push_back(i->candidate);
    auto where = ranked.begin() + static_cast<std::ptrdiff_t>(std::min(at, ranked.size()));
    ranked.insert(where, candidates.begin(), candidates.end());
    // What is past the page stays past it: later pins go in behind earlier ones, or push to the right.
    ranked.resize(std::min(ranked.size(), length + 1));
    group = last;
  };
  insert_until(std::find_if(group, pinned.end(), [&](auto& x) { return x.position >= session_position; }), 0);
  while (group != pinned.end() && (ranked.size() <= length || group->position - session_position <= length)) {
    auto position = group->position;
    insert_until(std::find_if(group, pinned.end(), [&](auto& x) { return x.position != position; }),
                 position - session_position);
  }
  return ranked;
}

} // namespace kinora
