#pragma once

#include <atomic>
#include <optional>
#include <utility>

namespace kinora {

/// Lets one at a time through, and nobody wait: work that takes long (filling and building the catalogues of
/// all tenants) takes turns here, so that it never holds more than one thread of the pool. Thread-safe.
class turnstile {
public:
  /// A turn; ends with its life.
  class turn {
  public:
    explicit turn(turnstile& of) : of_{&of} {}
    turn(turn&& other) noexcept : of_{std::exchange(other.of_, nullptr)} {}
    turn(const turn&) = delete;
    turn& operator=(const turn&) = delete;
    turn& operator=(turn&&) = delete;
    ~turn() {
      if (of_)
        of_->taken_.store(false);
    }

  private:
    turnstile* of_;
  };

  /// nullopt when somebody is inside: try again later.
  std::optional<turn> try_enter() {
    if (taken_.exchange(true))
      return std::nullopt;
    return std::optional<turn>{std::in_place, *this};
  }

private:
  std::atomic<bool> taken_{false};
};

} // namespace kinora
