#pragma once

#include "domain/flags.hpp"
#include "domain/tenant_rules.hpp"

#include <cstdint>
#include <optional>
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

/// The share of a tenant's users, in basis points, who are in the rollout: the smaller of the global and the
/// tenant's percentage. nullopt when no split decides: the kill switch is active, or personalization is
/// switched off globally or for the tenant.
std::optional<std::uint32_t> rollout_share(const global_flags& flags, const tenant_rules& rules);

/// On which side of a split a user is, whatever became of the request: who is in the rollout and got the
/// trending feed because something failed is `in`.
enum class rollout_side : std::uint8_t {
  none, ///< No split decided.
  in,
  out,
};

constexpr std::string_view to_string_view(rollout_side x) noexcept {
  switch (x) {
  case rollout_side::none: return "none";
  case rollout_side::in: return "in";
  case rollout_side::out: return "out";
  }
  return "none";
}

/// The side of one user under a `rollout_share`. At 0 everybody is out, at 10,000 everybody is in.
rollout_side side_of(std::optional<std::uint32_t> share, std::string_view tenant, std::string_view user);

/// Whether another user of the same tenant might get another answer. At an effective 100 % nobody is
/// `not_in_rollout`.
constexpr bool depends_on_user(personalization x) noexcept {
  return x == personalization::on || x == personalization::not_in_rollout;
}

} // namespace kinora
