#include "domain/scoring/affinity.hpp"

namespace kinora::scoring {

void affinity_index::assign(const user_signals* signals, const symbol_table& tags,
                            const symbol_table& creators) {
  assign(signals ? &signals->affinities : nullptr, tags, tags_, set_tags_);
  assign(signals ? &signals->creator_affinities : nullptr, creators, creators_, set_creators_);
}

void affinity_index::assign(const affinities* known, const symbol_table& symbols, std::vector<double>& dense,
                            std::vector<std::uint32_t>& set) {
  for (auto symbol : set)
    dense[symbol] = 0.0;
  set.clear();
  if (dense.size() < symbols.size())
    dense.resize(symbols.size(), 0.0);
  if (!known)
    return;
  for (auto& [name, value] : *known) {
    auto symbol = symbols.find(name);
    if (!symbol || !(value > 0.0))
      continue;
    dense[*symbol] = std::min(value, 1.0);
    set.push_back(*symbol);
  }
}

} // namespace kinora::scoring
