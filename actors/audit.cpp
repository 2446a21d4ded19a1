#include "actors/audit.hpp"

namespace kinora {

audit_actor::behavior_type audit_state::make_behavior() {
  return {
      [](ping_atom) {},
      [this](note_atom, const payload<audit_entry>& x) { return on_note(*x); },
      [this](list_atom, const payload<audit_query>& x) { return on_list(*x); },
  };
}

caf::result<void> audit_state::on_note(const audit_entry& x) {
  if (auto added = store_->append(x); !added)
    return caf::make_error(added.error().code, added.error().detail);
  return caf::unit;
}

caf::result<payload<audit_page>> audit_state::on_list(const audit_query& x) {
  auto page = store_->list(x);
  if (!page)
    return caf::make_error(page.error().code, page.error().detail);
  return std::make_shared<const audit_page>(std::move(*page));
}

} // namespace kinora
