#pragma once

#include "domain/flags.hpp"
#include "domain/tenant_rules.hpp"

#include <cstdint>
#include <string_view>

namespace kinora {

/// The rollout's resolution: bucket numbers are 0..9999, one per basis point (0.01 %).
inline constexpr std::uint32_t rollout_buckets = 10'000;

/// The bucket, 0..9999, of one user of one tenant for one flag. Uniform, and independent between flags and
/// between tenants; the same on every node.
std::uint32_t rollout_bucket(std::string_view flag_key, std::string_view tenant, std::string_view user);

/// A percentage in basis points, 0..10,000, rounded to the nearest. Outside 0..100 the nearer end counts; NaN
/// is 0.
std::uint32_t basis_points(double percentage);

/// Whether a request is personalized, and if not, why.
enum class personalization : std::uint8_t {
  on,
  kill_switch,         ///< The global kill switch is active.
  disabled_globally,   ///< Switched off by the global flag.
  disabled_for_tenant, ///< Switched off by the tenant's rules.
  rolled_out_to_none,  ///< The smaller of the two rollouts is 0 %.
  not_in_rollout,      ///< The user's bucket is not in the smaller of the two rollouts.
};

/// Decides for one user; the first reason in the order of the enum counts. Users are in the rollout when
/// their bucket is below the smaller of the global and the tenant's percentage: raising one never removes a
/// user.
personalization decide_personalization(const global_flags& flags, const tenant_rules& rules,
                                       std::string_view tenant, std::string_view user);

/// Whether another user of the same tenant might get another answer. At an effective 100 % nobody is
/// `not_in_rollout`.
constexpr bool depends_on_user(personalization x) noexcept {
  return x == personalization::on || x == personalization::not_in_rollout;
}

} // namespace kinora
