#include "domain/scoring/affinity.hpp"

namespace kinora::scoring {

void affinity_table::assign(std::span<const ranking_signals::affinity> known, const symbol_table& symbols) {
  for (auto symbol : set_)
    dense_[symbol] = 0.0;
  set_.clear();
  if (dense_.size() < symbols.size())
    dense_.resize(symbols.size(), 0.0);
  for (auto& [name, value] : known)
    if (auto symbol = symbols.find(name)) {
      dense_[*symbol] = value;
      set_.push_back(*symbol);
    }
}

} // namespace kinora::scoring
