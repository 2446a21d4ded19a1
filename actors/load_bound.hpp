#pragma once

#include <atomic>
#include <cstddef>
#include <memory>
#include <optional>
#include <utility>

namespace kinora {

/// Counts what is under way towards some actors, up to a bound: mailboxes have none of their own. Outlives
/// its places. Thread-safe.
class load_bound : public std::enable_shared_from_this<load_bound> {
public:
  explicit load_bound(std::size_t max) : max_{max} {}

  /// Room that is taken; given back at its end.
  class place {
  public:
    place(std::shared_ptr<load_bound> of, std::size_t units) : of_{std::move(of)}, units_{units} {}
    place(place&& other) noexcept : of_{std::move(other.of_)}, units_{other.units_} {}
    place(const place&) = delete;
    place& operator=(const place&) = delete;
    place& operator=(place&&) = delete;
    ~place() {
      if (of_)
        of_->used_.fetch_sub(units_);
    }

  private:
    std::shared_ptr<load_bound> of_;
    std::size_t units_;
  };

  /// nullopt when so many more would go past the bound.
  std::optional<place> enter(std::size_t units = 1) {
    if (used_.fetch_add(units) + units <= max_)
      return std::optional<place>{std::in_place, shared_from_this(), units};
    used_.fetch_sub(units);
    return std::nullopt;
  }

  std::size_t used() const noexcept { return used_.load(); }
  std::size_t max() const noexcept { return max_; }

private:
  const std::size_t max_;
  std::atomic<std::size_t> used_{0};
};

using load_bound_ptr = std::shared_ptr<load_bound>;

} // namespace kinora
