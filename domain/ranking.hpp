#pragma once

#include "domain/best_of.hpp"
#include "domain/placement.hpp"
#include "domain/result.hpp"
#include "domain/scoring/affinity.hpp"
#include "domain/slate.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

namespace kinora {

/// What a ranking starts from.
struct rank_query {
  catalogue_snapshot_ptr catalogue;         ///< Never nullptr.
  const ranking_signals* signals = nullptr; ///< nullptr: cold start.
  const page_request& page;
  wall_time now;
  /// Asked between blocks; true makes the ranking give up with errc::timeout. Empty: never.
  std::function<bool()> give_up;
  /// Asked while limits of diversity look for more candidates; true makes the page do with those it knows.
  /// Empty: never.
  std::function<bool()> hurry{};
  /// What a page that may be reduced is ranked from, as domain/best_candidates.hpp makes it of the catalogue.
  /// nullptr: the whole catalogue.
  catalogue_snapshot_ptr best_candidates{};
};

/// Ranks a tenant's whole catalogue for one user and cuts the page. Keeps its buffers from call to call, so
/// that nothing is allocated per candidate; not thread-safe, one per ranker.
class ranking {
public:
  /// The page for `query`: the `length` best of the videos that are visible at `now`, not watched, not
  /// excluded and not served yet, by `final` (ties: newer, then id), with pins in their places and as diverse
  /// as the tenant's limits ask. The only failure is errc::timeout, when `give_up` said so.
  ///
  /// A page that may be reduced is the same among the best candidates, where they make a page that is full,
  /// has a next one and keeps the limits of diversity; the whole catalogue has to otherwise. What is to be
  /// explained is never reduced: its ranks are those among all.
  result<slate> run(const rank_query& query);

private:
  /// A row with its score.
  struct candidate {
    double final;
    const priced_block* block;
    std::uint32_t row;

    std::uint64_t hash() const noexcept { return block->rows->hash[row]; }
  };

  /// By `final`, then newer, then by id: a total order.
  struct before {
    bool operator()(const candidate& a, const candidate& b) const noexcept;
  };

  using selection = best_of<candidate, before>;

  class scorer;
  struct pass;
  class pool;

  void prepare(const rank_query& query, const catalogue_snapshot& candidates);
  template <class Accept>
  static void set_threshold(const pass& in, const priced_block& block, const double* finals, selection& out,
                            const Accept& accept);
  template <class Accept>
  static void scan_block(const pass& in, const priced_block& block, selection& out, const Accept& accept);
  template <class Accept>
  bool scan(const pass& in, selection& out, const Accept& accept, const std::function<bool()>& stop) const;
  std::vector<pinned_candidate> collect_pins(const pass& in);
  std::vector<std::size_t> waiting(const std::vector<pinned_candidate>& pins) const;
  result<slate> rank(const rank_query& query, const catalogue_snapshot_ptr& candidates);
  result<slate> cut_page(const pass& in);
  slate_item make_item(const placement& place) const;
  void explain(slate& out, const std::vector<placement>& places, const pass& in) const;
  std::vector<std::uint32_t> ranks_of(const std::vector<candidate>& sorted, const pass& in) const;

  scoring::affinity_index affinities_;
  id_set hidden_;                     ///< Watched and excluded ids.
  id_set served_;                     ///< Served ids: they keep their rank but are not served again.
  selection best_;                    ///< Selects the shortlist.
  selection found_;                   ///< Selects what diversity looks for past the shortlist.
  std::vector<candidate> candidates_; ///< The shortlist, best first; then what the page has from below it.
  std::size_t shortlisted_ = 0;
  bool is_wanting_ = false; ///< More candidates could have made the last page fuller, or more diverse.
};

} // namespace kinora
