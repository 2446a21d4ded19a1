#include "storage/rocksdb/engine.hpp"

#include "storage/rocksdb/keys.hpp"

namespace kinora {

void engine::note(change_set& change, const audit_entry* x) {
  if (x == nullptr)
    return;
  const auto number = ++audit_last;
  change.put(family::audit, audit_key(number), encode(*x));
  if (number <= audit_entries_max)
    return;
  if (!audit_trimmed.exchange(true)) // there may have been room for more entries at the last start
    change.erase_range(family::audit, audit_key(0), audit_key(number - audit_entries_max + 1));
  else
    change.erase(family::audit, audit_key(number - audit_entries_max));
}

result<void> engine::write(change_set& change, const audit_entry* x) {
  note(change, x);
  return db->write(change);
}

tenant_lock_ptr engine::find(std::string_view tenant) {
  std::shared_lock lock{mutex};
  auto i = tenants.find(tenant);
  return i == tenants.end() ? nullptr : i->second;
}

} // namespace kinora
