#pragma once

#include "actors/interfaces.hpp"

#include <map>
#include <string>

namespace kinora {

/// Which dependency a breaker guards.
enum class dependency : std::uint8_t { signals, ranking };

/// State and behaviour of a BREAKER: owns the breaker states of one dependency, one for all tenants
/// (signals) or one for each (ranking). Supervised by breakers; a new instance goes on from what the last one
/// published. Never blocks.
class breaker_actor_state {
public:
  static inline const char* name = "kinora.breaker";

  breaker_actor_state(breaker_actor::pointer self, dependency guarded, breaker_options options,
                      boards_ptr out);

  breaker_actor::behavior_type make_behavior();

private:
  void on_report(const call_outcome& x);
  bool on_permit(const std::string& tenant);
  void on_renewed();
  void on_reset();

  void restore(const std::string& key, const breaker_board& from);
  std::string key_of(const std::string& tenant) const;
  void settle(const std::string& key);
  void settle_all();
  steady_time now() const { return self_->clock().now(); }

  breaker_actor::pointer self_;
  dependency guarded_;
  breaker_options options_;
  boards_ptr boards_;
  std::map<std::string, circuit_breaker> breakers_; ///< Those that are not pristine; bounded by the tenants.
};

} // namespace kinora
