#pragma once

#include "domain/ranking_signals.hpp"
#include "domain/symbol_table.hpp"

#include <algorithm>
#include <cstdint>
#include <span>
#include <vector>

namespace kinora::scoring {

/// Affinities by interned symbol: what the ranking loop looks up. Reused from request to request, so that it
/// allocates only when a tenant knows more symbols than any before.
class affinity_table {
public:
  /// Forgets what it had and takes on what is `known`.
  void assign(std::span<const ranking_signals::affinity> known, const symbol_table& symbols);

  /// 0..1; 0 where there is none.
  double operator[](std::uint32_t symbol) const noexcept { return dense_[symbol]; }

  double largest() const noexcept {
    double out = 0.0;
    for (auto symbol : set_)
      out = std::max(out, dense_[symbol]);
    return out;
  }

  /// The symbols to which there is one.
  std::span<const std::uint32_t> symbols() const noexcept { return set_; }

private:
  std::vector<double> dense_;      ///< By symbol.
  std::vector<std::uint32_t> set_; ///< Where `dense_` is not 0: to clear it again.
};

/// A user's affinities.
struct affinity_index {
  affinity_table tags;
  affinity_table creators;

  /// Forgets the user before and takes on `signals` (nullptr: cold start, every affinity 0).
  void assign(const ranking_signals* signals, const symbol_table& tag_symbols,
              const symbol_table& creator_symbols) {
    using affinities = std::span<const ranking_signals::affinity>;
    tags.assign(signals ? signals->tags : affinities{}, tag_symbols);
    creators.assign(signals ? signals->creators : affinities{}, creator_symbols);
  }

  /// The largest affinity to any of `of`; 0 without one.
  double largest(std::span<const std::uint32_t> of) const noexcept {
    double best = 0.0;
    for (auto tag : of)
      best = std::max(best, tags[tag]);
    return best;
  }
};

} // namespace kinora::scoring
