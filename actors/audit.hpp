#pragma once

#include "actors/interfaces.hpp"
#include "storage/audit_store.hpp"

namespace kinora {

/// State and behaviour of AUDIT: reads the audit log, and notes what changes nothing that is stored. Holds no
/// state. Supervised by the root. Blocks as long as its store does, so it runs on a thread of its own.
class audit_state {
public:
  static inline const char* name = "kinora.audit";

  audit_state(audit_actor::pointer, std::shared_ptr<audit_store> store) : store_{std::move(store)} {}

  audit_actor::behavior_type make_behavior();

private:
  caf::result<void> on_note(const audit_entry& x);
  caf::result<payload<audit_page>> on_list(const audit_query& x);

  std::shared_ptr<audit_store> store_;
};

} // namespace kinora
