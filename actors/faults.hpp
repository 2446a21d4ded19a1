#pragma once

#include "actors/board.hpp"

#include <chrono>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

namespace kinora {

/// What --chaos does to the work of a dependency.
struct fault {
  std::chrono::milliseconds delay{0}; ///< The answer comes that much later.
  double error_rate = 0.0;            ///< 0..1: the share of the work that fails.
  bool hang = false;                  ///< Answers are withheld.
  std::chrono::milliseconds busy{0};  ///< The worker is busy for so long before it answers.
  bool throws = false;                ///< An exception in the middle of the work.
};

/// The faults of one dependency, by tenant and for all. Read by its workers at the beginning of each piece of
/// work. Thread-safe.
class fault_board {
public:
  /// `tenant` empty: for all tenants that have none of their own.
  void set(const std::string& tenant, fault x) {
    std::lock_guard lock{mutex_};
    auto next = faults_.load() ? *faults_.load() : faults{};
    next[tenant] = x;
    faults_.publish(std::make_shared<const faults>(std::move(next)));
  }

  void clear() {
    std::lock_guard lock{mutex_};
    faults_.publish(nullptr);
  }

  std::optional<fault> active(std::string_view tenant) const {
    auto all = faults_.load();
    if (!all)
      return std::nullopt;
    auto i = all->find(tenant);
    if (i == all->end())
      i = all->find(std::string_view{});
    return i == all->end() ? std::nullopt : std::optional{i->second};
  }

private:
  using faults = std::map<std::string, fault, std::less<>>;

  std::mutex mutex_; ///< Serializes writers.
  board<faults> faults_;
};

/// The faults of every dependency.
struct fault_boards {
  fault_board signals;
  fault_board ranking;
};

} // namespace kinora
