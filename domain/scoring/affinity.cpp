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
      set_.push_back(*symbol); // first: what is not in it would stay for the next user
      dense_[*symbol] = value;
    }
}

} // namespace kinora::scoring
