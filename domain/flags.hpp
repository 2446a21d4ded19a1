#pragma once

#include <cstdint>
#include <optional>

namespace kinora {

/// The global flags, changed through the admin API, owned by the flags actor.
struct global_flags {
  bool personalization_enabled = true;
  bool kill_switch_active = false;
  double rollout_percentage = 100.0; ///< 0..100; resolution is a basis point (0.01).
  std::uint64_t revision = 0;        ///< Rises with every change; the ETag.
  bool operator==(const global_flags&) const = default;
};

/// A merge patch of the flags: what is absent stays.
struct flags_patch {
  std::optional<bool> personalization_enabled;
  std::optional<bool> kill_switch_active;
  std::optional<double> rollout_percentage; ///< 0..100
};

} // namespace kinora
