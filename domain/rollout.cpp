#include "domain/rollout.hpp"

#include "domain/text.hpp"

#include <xxhash.h>

#include <algorithm>
#include <cmath>
#include <string>

namespace kinora {

namespace {

constexpr std::string_view personalization_flag = "personalization";

/// The upper 64 bits of the 96-bit product `hash × range`: `hash / 2^64` scaled to 0..range-1, without the
/// bias and the weak low bits of a modulo.
constexpr std::uint32_t scale(std::uint64_t hash, std::uint32_t range) {
  const std::uint64_t high = (hash >> 32) * range;
  const std::uint64_t low = (hash & 0xFFFF'FFFFu) * range;
  return static_cast<std::uint32_t>((high + (low >> 32)) >> 32);
}

std::uint32_t effective_share(const global_flags& flags, const tenant_rules& rules) {
  return std::min(basis_points(flags.rollout_percentage), basis_points(rules.rollout_percentage));
}

bool is_in(std::uint32_t share, std::string_view tenant, std::string_view user) {
  return rollout_bucket(personalization_flag, tenant, user) < share;
}

} // namespace

std::uint32_t rollout_bucket(std::string_view flag_key, std::string_view tenant, std::string_view user) {
  std::string key;
  key.reserve(flag_key.size() + tenant.size() + user.size() + 16);
  append_length_prefixed(key, flag_key);
  append_length_prefixed(key, tenant);
  append_length_prefixed(key, user);
  return scale(XXH3_64bits(key.data(), key.size()), rollout_buckets);
}

std::uint32_t basis_points(double percentage) {
  if (std::isnan(percentage))
    return 0;
  return static_cast<std::uint32_t>(std::lround(std::clamp(percentage, 0.0, 100.0) * 100.0));
}

personalization decide_personalization(const global_flags& flags, const tenant_rules& rules,
                                       std::string_view tenant, std::string_view user) {
  if (flags.kill_switch_active)
    return personalization::kill_switch;
  if (!flags.personalization_enabled)
    return personalization::disabled_globally;
  if (!rules.personalization_enabled)
    return personalization::disabled_for_tenant;
  const auto share = effective_share(flags, rules);
  if (share == 0)
    return personalization::rolled_out_to_none;
  return is_in(share, tenant, user) ? personalization::on : personalization::not_in_rollout;
}

std::optional<std::uint32_t> rollout_share(const global_flags& flags, const tenant_rules& rules) {
  if (flags.kill_switch_active || !flags.personalization_enabled || !rules.personalization_enabled)
    return std::nullopt;
  return effective_share(flags, rules);
}

rollout_side side_of(std::optional<std::uint32_t> share, std::string_view tenant, std::string_view user) {
  if (!share)
    return rollout_side::none;
  return is_in(*share, tenant, user) ? rollout_side::in : rollout_side::out;
}

} // namespace kinora
