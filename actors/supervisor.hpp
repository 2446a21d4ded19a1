#pragma once

#include "actors/interfaces.hpp"
#include "actors/supervision.hpp"

namespace kinora {

/// State and behaviour of a SUPERVISOR that does nothing else: it owns the list of its children and how to
/// start them. Supervised by the supervisor above; the root by nobody. Never blocks.
class supervisor_state {
public:
  static inline const char* name = "kinora.supervisor";

  supervisor_state(supervisor_actor::pointer self, supervision_options options, registry_ptr slots,
                   std::string prefix, std::vector<child_spec> children);

  supervisor_actor::behavior_type make_behavior();

private:
  supervision supervision_;
};

} // namespace kinora
