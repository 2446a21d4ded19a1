#pragma once

#include "domain/symbol_table.hpp"
#include "domain/user_signals.hpp"

#include <algorithm>
#include <cstdint>
#include <span>
#include <vector>

namespace kinora::scoring {

/// A user's affinities by interned symbol: what the ranking loop looks up. Reused from request to request,
/// so that it allocates only when a tenant knows more symbols than any before.
class affinity_index {
public:
  /// Forgets the user before and takes on `signals` (nullptr: cold start, every affinity 0).
  void assign(const user_signals* signals, const symbol_table& tags, const symbol_table& creators);

  /// The largest affinity to any tag, or creator, of the tables; 0 without one.
  double largest_of_tags() const noexcept { return largest(tags_, set_tags_); }
  double largest_of_creators() const noexcept { return largest(creators_, set_creators_); }

  /// The largest affinity to any of `tags`; 0 without one. 0..1.
  double of_tags(std::span<const std::uint32_t> tags) const noexcept {
    double best = 0.0;
    for (auto tag : tags)
      best = std::max(best, tags_[tag]);
    return best;
  }

  double of_creator(std::uint32_t creator) const noexcept { return creators_[creator]; }

  /// By symbol of the table.
  const double* tags() const noexcept { return tags_.data(); }
  const double* creators() const noexcept { return creators_.data(); }

private:
  static double largest(const std::vector<double>& dense, const std::vector<std::uint32_t>& set) noexcept {
    double out = 0.0;
    for (auto symbol : set)
      out = std::max(out, dense[symbol]);
    return out;
  }

  using affinities = std::map<std::string, double>;

  static void assign(const affinities* known, const symbol_table& symbols, std::vector<double>& dense,
                     std::vector<std::uint32_t>& set);

  std::vector<double> tags_;                ///< By symbol; 0 where the user has none.
  std::vector<double> creators_;            ///< By symbol; 0 where the user has none.
  std::vector<std::uint32_t> set_tags_;     ///< Which of `tags_` are not 0, to clear them again.
  std::vector<std::uint32_t> set_creators_; ///< Which of `creators_` are not 0.
};

} // namespace kinora::scoring
