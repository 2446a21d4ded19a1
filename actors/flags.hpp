#pragma once

#include "actors/audit_notes.hpp"
#include "actors/interfaces.hpp"
#include "storage/flag_store.hpp"

#include <functional>

namespace kinora {

struct flags_options {
  global_flags initial;            ///< Until something else was stored.
  bool kill_switch_forced = false; ///< The environment says so: nothing but a restart lifts it.
  std::function<wall_time()> wall_clock;
  /// Told at the start when what is stored differs from `initial`; may be empty.
  std::function<void(const global_flags& stored, const global_flags& initial)> on_difference;
  describers describe{};
};

/// State and behaviour of FLAGS, the owner of the global flags. Supervised by the root. Writes to its store
/// in the handler, which may block as long as a write takes.
class flags_state {
public:
  static inline const char* name = "kinora.flags";

  flags_state(flags_actor::pointer self, flags_options options, std::shared_ptr<flag_store> store,
              boards_ptr out);

  flags_actor::behavior_type make_behavior();

private:
  caf::result<payload<global_flags>> on_patch(const patch_flags& x);
  global_flags in_force() const;
  void publish();

  flags_options options_;
  std::shared_ptr<flag_store> store_;
  boards_ptr boards_;
  std::uint64_t claim_; ///< On the board.
  global_flags flags_;  ///< As stored; a forced kill switch comes on top and is never stored.
};

} // namespace kinora
