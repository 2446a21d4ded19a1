#pragma once

#include <algorithm>
#include <cstddef>
#include <limits>
#include <vector>

namespace kinora {

/// Keeps the best of many candidates. They gather in a buffer of twice the capacity, of which the worse half
/// goes whenever it is full: one selection for every `capacity` candidates, where a heap would sift for each.
/// `Candidate` has a score `final`; `Before` is a total order in which a greater score comes first.
template <class Candidate, class Before>
class best_of {
public:
  /// Forgets everything; from now on keeps the best `capacity` (1 or more).
  void reset(std::size_t capacity) {
    capacity_ = capacity;
    kept_.clear();
    is_cut_ = false;
    threshold_ = -std::numeric_limits<double>::infinity();
  }

  /// How many it keeps.
  std::size_t capacity() const noexcept { return capacity_; }

  /// A candidate with a lower score than this need not be offered.
  double threshold() const noexcept { return threshold_; }

  /// To be called before the first offer: `capacity` of those that will be offered score `threshold` or more.
  void require(double threshold) noexcept { threshold_ = threshold; }

  void offer(const Candidate& x) {
    if (is_cut_ && x.final == threshold_ && !Before{}(x, kept_[capacity_ - 1]))
      return;
    kept_.push_back(x);
    if (kept_.size() == 2 * capacity_)
      cut();
  }

  /// Leaves the best, best first. Offer nothing after it.
  void sort() {
    if (kept_.size() > capacity_)
      cut();
    std::sort(kept_.begin(), kept_.end(), Before{});
  }

  const std::vector<Candidate>& kept() const noexcept { return kept_; }

  /// Whether there may have been more than it could keep.
  bool is_full() const noexcept { return kept_.size() >= capacity_; }

private:
  /// Keeps the best `capacity_`, the worst of them last.
  void cut() {
    auto last = kept_.begin() + static_cast<std::ptrdiff_t>(capacity_ - 1);
    std::nth_element(kept_.begin(), last, kept_.end(), Before{});
    kept_.resize(capacity_);
    is_cut_ = true;
    threshold_ = kept_.back().final;
  }

  std::size_t capacity_ = 1;
  std::vector<Candidate> kept_;
  bool is_cut_ = false; ///< The worst of those that were kept is at `capacity_ - 1`.
  double threshold_ = -std::numeric_limits<double>::infinity();
};

} // namespace kinora
