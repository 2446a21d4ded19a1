#include "storage/rocksdb/store_check.hpp"

#include "storage/rocksdb/database.hpp"
#include "storage/rocksdb/folder_copy.hpp"
#include "storage/rocksdb/keys.hpp"
#include "storage/rocksdb/values.hpp"

namespace kinora {

namespace {

/// Decodes and counts what has keys from `begin` on.
template <class T>
result<void> count_values(const database& db, family in, const char* what, std::uint64_t& out) {
  return db.scan(in, {}, {}, [&](std::string_view key, std::string_view value) -> result<void> {
    if (!decode<T>(value))
      return damaged_value(std::string{what} + " in tenant " + std::string{tenant_of(key)});
    ++out;
    return {};
  });
}

result<void> check_setting(std::string_view key, std::string_view value, store_report& out) {
  if (rest_of(key) == rules_key && !tenant_of(key).empty()) {
    if (!decode<versioned_rules>(value))
      return damaged_value("the rules of tenant " + std::string{tenant_of(key)});
    ++out.tenants;
  } else if (rest_of(key).starts_with(versions_begin) && !tenant_of(key).empty()) {
    if (!decode<versioned_rules>(value))
      return damaged_value("a version of the rules of tenant " + std::string{tenant_of(key)});
  } else if (rest_of(key).starts_with(sdk_keys_begin) && !tenant_of(key).empty()) {
    if (!decode<sdk_key>(value))
      return damaged_value("an SDK key of tenant " + std::string{tenant_of(key)});
  } else if (key.starts_with(tokens_begin) && !decode<access_token>(value)) {
    return damaged_value("an admin token");
  } else if (key == flags_key ? !decode<global_flags>(value)
                              : key == secrets_key && !decode<secret_list>(value)) {
    return damaged_value(rest_of(key));
  }
  return {};
}

} // namespace

result<store_report> check_rocksdb_store(const rocksdb_options& options) {
  auto db = database::open_read_only(options);
  if (!db)
    return db.error();
  store_report out;
  auto done = (*db)->scan(family::settings, {}, {},
                          [&](auto key, auto value) { return check_setting(key, value, out); });
  if (done)
    done = count_values<video>(**db, family::videos, "a video", out.videos);
  if (done)
    done = count_values<user_record>(**db, family::users, "a user", out.users);
  if (done)
    done = count_values<popularity_sum>(**db, family::popularity, "a popularity", out.popularities);
  if (done)
    done = count_values<event_mark>(**db, family::events, "an event", out.events);
  if (done)
    done = count_values<feed_stats>(**db, family::stats, "the statistics of an hour", out.stats);
  if (done)
    done = count_values<audit_entry>(**db, family::audit, "an entry of the audit log", out.audit_entries);
  if (!done)
    return done.error();
  out.bytes = bytes_in(options.path);
  return out;
}

std::string to_text(const store_report& x) {
  auto line = [](const char* what, std::uint64_t count) {
    return std::string{what} + std::to_string(count) + "\n";
  };
  return "the store is whole\n" + line("tenants:           ", x.tenants) +
         line("videos:            ", x.videos) + line("users:             ", x.users) +
         line("popularity sums:   ", x.popularities) + line("event ids:         ", x.events) +
         line("hours of stats:    ", x.stats) + line("audit entries:     ", x.audit_entries) +
         line("bytes on disk:     ", x.bytes);
}

} // namespace kinora
