#pragma once

#include <atomic>
#include <cstdint>
#include <string_view>

namespace kinora {

/// Whether an engine can write.
enum class store_state : std::uint8_t {
  writable,
  full,      ///< No room: changes are refused until there is some.
  failing,   ///< Writes fail: changes are refused until they succeed again.
  read_only, ///< The system lost writes it had taken on: changes are refused until a restart.
};

constexpr std::string_view to_string_view(store_state x) noexcept {
  switch (x) {
  case store_state::writable: return "writable";
  case store_state::full: return "full";
  case store_state::failing: return "failing";
  case store_state::read_only: return "read_only";
  }
  return "unknown";
}

/// The state of an engine, for whoever wants to show it. Written by the engine. Thread-safe.
class store_health {
public:
  store_state state() const noexcept { return state_.load(); }

  /// Takes on `next`; nothing leads out of read_only.
  void set(store_state next) noexcept {
    auto last = state_.load();
    while (last != store_state::read_only && !state_.compare_exchange_weak(last, next)) {
    }
  }

private:
  std::atomic<store_state> state_{store_state::writable};
};

} // namespace kinora
