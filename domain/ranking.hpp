#pragma once

#include "domain/result.hpp"
#include "domain/scoring/affinity.hpp"
#include "domain/slate.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <vector>

namespace kinora {

/// What a ranking starts from.
struct rank_query {
  const catalogue_snapshot& catalogue;
  const user_signals* signals = nullptr; ///< nullptr: cold start.
  const page_request& page;
  wall_time now;
  /// Asked between blocks; true makes the ranking give up with errc::timeout. Empty: never.
  std::function<bool()> give_up;
};

/// Ranks a tenant's whole catalogue for one user and cuts the page. Keeps its buffers from call to call, so
/// that nothing is allocated per candidate; not thread-safe, one per ranker.
class ranking {
public:
  /// The page for `query`: the `length` best of the videos that are visible at `now`, not watched, not
  /// excluded and not served yet, by `final` (ties: newer, then id), with pins in their places. The only
  /// failure is errc::timeout, when `give_up` said so.
  result<slate> run(const rank_query& query);

private:
  struct candidate {
    double final;
    const catalogue_block* block;
    std::uint32_t row;

    std::uint64_t hash() const noexcept { return block->hash[row]; }
  };

  class scorer;

  static bool before(const candidate& a, const candidate& b) noexcept;

  void prepare(const rank_query& query);
  template <bool HasTags, bool HasCreators>
  void scan(const catalogue_block& block, const scorer& score, double now);
  void offer(const candidate& x);
  result<void> select(const rank_query& query, const scorer& score, double now);
  std::vector<pinned_candidate> collect_pins(const rank_query& query, const scorer& score, double now);
  slate cut_page(const rank_query& query, const scorer& score, double now);
  slate_item make_item(const candidate& x, const rank_query& query, const scorer& score, double now) const;
  std::vector<std::uint32_t> ranks_from(std::size_t first, const rank_query& query, const scorer& score,
                                        double now) const;

  scoring::affinity_index affinities_;
  id_set hidden_;               ///< Watched and excluded ids.
  id_set served_;               ///< Served ids: they keep their rank but are not served again.
  std::vector<candidate> best_; ///< The best `capacity_` so far, a heap with the worst on top.
  std::size_t capacity_ = 0;
};

} // namespace kinora
