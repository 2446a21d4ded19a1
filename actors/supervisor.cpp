#include "actors/supervisor.hpp"

namespace kinora {

supervisor_state::supervisor_state(supervisor_actor::pointer self, supervision_options options,
                                   registry_ptr slots, std::string prefix, std::vector<child_spec> children)
    : supervision_{self, std::move(options), std::move(slots), std::move(prefix)} {
  for (auto& child : children)
    supervision_.add(std::move(child));
}

supervisor_actor::behavior_type supervisor_state::make_behavior() {
  return {
      [](ping_atom) {},
      [this](started_atom, const std::string& child, std::uint64_t instance) {
        supervision_.on_started(child, instance);
      },
      [this](retry_atom, const std::string& child, std::uint64_t instance) {
        supervision_.on_retry(child, instance);
      },
      [this](tick_atom) { supervision_.on_tick(); },
  };
}

} // namespace kinora
