#include "domain/scoring/affinity.hpp"

namespace kinora::scoring {

void affinity_table::assign(const std::map<std::string, double>* known, const symbol_table& symbols) {
  for (auto symbol : set_)
    dense_[symbol] = 0.0;
  set_.clear();
  if (dense_.size() < symbols.size())
    dense_.resize(symbols.size(), 0.0);
  if (!known)
    return;
  for (auto& [name, value] : *known) {
    auto symbol = symbols.find(name);
    if (!symbol || !(value > 0.0))
      continue;
    dense_[*symbol] = std::min(value, 1.0);
    set_.push_back(*symbol);
  }
}

} // namespace kinora::scoring
