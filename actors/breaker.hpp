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
  void on_reset_of(const std::string& tenant);

  /// One state, and the board it is published on. A tenant that is made anew has a new board, and starts
  /// anew.
  struct entry {
    std::weak_ptr<breaker_board> board;
    circuit_breaker state;
  };
  using entries = std::map<std::string, entry>;

  std::shared_ptr<breaker_board> board_of(const std::string& tenant) const;
  std::string key_of(const std::string& tenant) const;
  entries::iterator find(const std::string& tenant);
  entries::iterator add(const std::string& tenant, const std::shared_ptr<breaker_board>& board);
  void restore(const std::string& tenant);
  entries::iterator settle(entries::iterator i);
  void settle_all();
  steady_time now() const { return self_->clock().now(); }

  breaker_actor::pointer self_;
  dependency guarded_;
  breaker_options options_;
  boards_ptr boards_;
  entries breakers_; ///< Those that are not pristine, of tenants that exist.
};

} // namespace kinora
