#include "storage/rocksdb/rocksdb_stores.hpp"

#include "storage/audit_page_filter.hpp"
#include "storage/rocksdb/backup.hpp"
#include "storage/rocksdb/database.hpp"
#include "storage/rocksdb/engine.hpp"
#include "storage/rocksdb/events_write.hpp"
#include "storage/rocksdb/keys.hpp"
#include "storage/rocksdb/values.hpp"

#include <mutex>
#include <shared_mutex>

namespace kinora {

namespace {

using video_ptr = std::shared_ptr<const video>;
using record_ptr = std::shared_ptr<const user_record>;
using engine_ptr = std::shared_ptr<engine>;

template <class T>
result<void> save_value(engine& to, family in, const std::string& key, const T& x,
                        const audit_entry* note = nullptr) {
  change_set change;
  change.put(in, key, encode(x));
  return to.write(change, note);
}

class rocksdb_flags : public flag_store {
public:
  explicit rocksdb_flags(engine_ptr x) : engine_{std::move(x)} {}

  result<std::optional<global_flags>> load() override {
    return load_value<global_flags>(*engine_->db, family::settings, flags_key, "the flags");
  }

  result<void> save(const global_flags& x, const audit_entry* note) override {
    return save_value(*engine_, family::settings, flags_key, x, note);
  }

private:
  engine_ptr engine_;
};

class rocksdb_secrets : public secret_store {
public:
  explicit rocksdb_secrets(engine_ptr x) : engine_{std::move(x)} {}

  result<std::vector<std::string>> load() override {
    auto found = load_value<secret_list>(*engine_->db, family::settings, secrets_key, "the cursor secrets");
    if (!found)
      return found.error();
    return *found ? std::move((*found)->secrets) : std::vector<std::string>{};
  }

  result<void> save(const std::vector<std::string>& secrets) override {
    return save_value(*engine_, family::settings, secrets_key, secret_list{secrets});
  }

private:
  engine_ptr engine_;
};

class rocksdb_tenants : public tenant_store {
public:
  explicit rocksdb_tenants(engine_ptr x) : engine_{std::move(x)} {}

  result<std::vector<std::string>> list() override {
    std::shared_lock lock{engine_->mutex};
    std::vector<std::string> out;
    for (auto& [id, _] : engine_->tenants)
      out.push_back(id);
    return out;
  }

  result<std::optional<versioned_rules>> load(std::string_view tenant) override {
    return load_value<versioned_rules>(*engine_->db, family::settings, tenant_key(tenant, rules_key),
                                       "a tenant's rules");
  }

  result<std::vector<versioned_rules>> versions(std::string_view tenant) override {
    return load_values<versioned_rules>(*engine_->db, family::settings, tenant_key(tenant, versions_begin),
                                        tenant_key(tenant, versions_end),
                                        "an old version of a tenant's rules");
  }

  result<void> save(std::string_view tenant, const versioned_rules& x, const audit_entry* note) override {
    change_set change;
    const auto value = encode(x);
    change.put(family::settings, tenant_key(tenant, rules_key), value);
    change.put(family::settings, version_key(tenant, x.version), value);
    if (x.version > rules_versions_max)
      change.erase(family::settings, version_key(tenant, x.version - rules_versions_max));
    auto saved = engine_->write(change, note);
    if (!saved)
      return saved;
    std::unique_lock lock{engine_->mutex};
    auto& known = engine_->tenants[std::string{tenant}];
    if (!known)
      known = std::make_shared<tenant_lock>();
    return {};
  }

  result<void> erase(std::string_view tenant, const audit_entry* note) override {
    auto known = engine_->find(tenant);
    std::unique_lock<std::shared_mutex> life;
    if (known)
      life = std::unique_lock{known->life};
    change_set change;
    for (std::size_t i = 0; i < family_count; ++i)
      change.erase_range(static_cast<family>(i), tenant_key(tenant, {}), tenant_end(tenant));
    if (auto erased = engine_->write(change, note); !erased)
      return erased;
    if (!known)
      return {};
    known->gone = true;
    std::unique_lock lock{engine_->mutex};
    engine_->tenants.erase(std::string{tenant});
    return {};
  }

private:
  engine_ptr engine_;
};

class rocksdb_videos : public video_store {
public:
  explicit rocksdb_videos(engine_ptr x) : engine_{std::move(x)} {}

  result<std::vector<video_ptr>> load(std::string_view tenant) override {
    std::vector<video_ptr> out;
    auto take = [&](std::string_view, std::string_view bytes) -> result<void> {
      auto value = decode<video>(bytes);
      if (!value)
        return damaged_value("a video");
      out.push_back(std::make_shared<const video>(std::move(*value)));
      return {};
    };
    auto done = engine_->db->scan(family::videos, tenant_key(tenant, {}), tenant_end(tenant), take);
    if (!done)
      return done.error();
    return out;
  }

  result<void> upsert(std::string_view tenant, std::span<const video_ptr> videos,
                      const audit_entry* note) override {
    change_set change;
    put(change, tenant, videos);
    return engine_->write(change, note);
  }

  result<void> replace(std::string_view tenant, std::span<const video_ptr> videos,
                       const audit_entry* note) override {
    change_set change;
    change.erase_range(family::videos, tenant_key(tenant, {}), tenant_end(tenant));
    put(change, tenant, videos);
    return engine_->write(change, note);
  }

  result<void> erase(std::string_view tenant, std::string_view id, const audit_entry* note) override {
    change_set change;
    change.erase(family::videos, tenant_key(tenant, id));
    return engine_->write(change, note);
  }

private:
  static void put(change_set& out, std::string_view tenant, std::span<const video_ptr> videos) {
    for (auto& x : videos)
      out.put(family::videos, tenant_key(tenant, x->id), encode(*x));
  }

  engine_ptr engine_;
};

class rocksdb_signals : public signal_store {
public:
  explicit rocksdb_signals(engine_ptr x) : engine_{std::move(x)} {}

  result<record_ptr> load(std::string_view tenant, std::string_view user) override {
    auto found =
        load_value<user_record>(*engine_->db, family::users, tenant_key(tenant, user), "a user's record");
    if (!found)
      return found.error();
    return *found ? std::make_shared<const user_record>(std::move(**found)) : record_ptr{};
  }

  result<void> each(std::string_view tenant,
                    const std::function<result<void>(std::string_view, const user_record&)>& each) override {
    auto take = [&](std::string_view key, std::string_view bytes) -> result<void> {
      auto value = decode<user_record>(bytes);
      if (!value)
        return damaged_value("a user's record");
      return each(rest_of(key), *value);
    };
    return engine_->db->scan(family::users, tenant_key(tenant, {}), tenant_end(tenant), take);
  }

  result<void> save(std::string_view tenant, std::string_view user, const user_record& x,
                    const audit_entry* note) override {
    auto known = engine_->find(tenant);
    std::shared_lock<std::shared_mutex> life;
    if (known)
      life = std::shared_lock{known->life};
    if (!known || known->gone)
      return failure{errc::not_found, "tenant", "there is no such tenant"};
    return save_value(*engine_, family::users, tenant_key(tenant, user), x, note);
  }

  result<void> erase(std::string_view tenant, std::string_view user, const audit_entry* note) override {
    change_set change;
    change.erase(family::users, tenant_key(tenant, user));
    return engine_->write(change, note);
  }

private:
  engine_ptr engine_;
};

class rocksdb_popularity : public popularity_store {
public:
  explicit rocksdb_popularity(engine_ptr x) : engine_{std::move(x)} {}

  result<std::vector<std::pair<std::string, popularity_sum>>> load(std::string_view tenant) override {
    std::vector<std::pair<std::string, popularity_sum>> out;
    auto take = [&](std::string_view key, std::string_view bytes) -> result<void> {
      auto value = decode<popularity_sum>(bytes);
      if (!value)
        return damaged_value("a video's popularity");
      out.emplace_back(rest_of(key), *value);
      return {};
    };
    auto done = engine_->db->scan(family::popularity, tenant_key(tenant, {}), tenant_end(tenant), take);
    if (!done)
      return done.error();
    return out;
  }

  result<std::vector<std::optional<popularity_sum>>> load(std::string_view tenant,
                                                          std::span<const std::string> videos) override {
    std::vector<std::string> keys;
    for (auto& id : videos)
      keys.push_back(tenant_key(tenant, id));
    auto values = engine_->db->get(family::popularity, keys);
    if (!values)
      return values.error();
    std::vector<std::optional<popularity_sum>> out(keys.size());
    for (std::size_t i = 0; i < keys.size(); ++i)
      if (auto& bytes = (*values)[i]; bytes && !(out[i] = decode<popularity_sum>(*bytes)))
        return damaged_value("a video's popularity");
    return out;
  }

private:
  engine_ptr engine_;
};

class rocksdb_events : public event_store {
public:
  explicit rocksdb_events(engine_ptr x) : engine_{std::move(x)} {}

  result<std::vector<batch_outcome>> apply(std::span<const std::shared_ptr<const event_batch>> batches,
                                           wall_time now) override {
    return write_events(*engine_, batches, now);
  }

private:
  engine_ptr engine_;
};

class rocksdb_sdk_keys : public sdk_key_store {
public:
  explicit rocksdb_sdk_keys(engine_ptr x) : engine_{std::move(x)} {}

  result<std::vector<sdk_key>> load(std::string_view tenant) override {
    return load_values<sdk_key>(*engine_->db, family::settings, tenant_key(tenant, sdk_keys_begin),
                                tenant_key(tenant, sdk_keys_end), "an SDK key");
  }

  result<void> save(std::string_view tenant, const sdk_key& x, const audit_entry* note) override {
    return save_value(*engine_, family::settings, key_of(tenant, x.id), x, note);
  }

  result<void> erase(std::string_view tenant, const std::vector<std::string>& ids,
                     const audit_entry* note) override {
    change_set change;
    for (auto& id : ids)
      change.erase(family::settings, key_of(tenant, id));
    return engine_->write(change, note);
  }

private:
  static std::string key_of(std::string_view tenant, const std::string& id) {
    return tenant_key(tenant, sdk_keys_begin) + id;
  }

  engine_ptr engine_;
};

class rocksdb_access : public access_store {
public:
  explicit rocksdb_access(engine_ptr x) : engine_{std::move(x)} {}

  result<std::vector<access_token>> load() override {
    return load_values<access_token>(*engine_->db, family::settings, tokens_begin, tokens_end,
                                     "an admin token");
  }

  result<void> save(const access_token& x, const audit_entry* note) override {
    return save_value(*engine_, family::settings, tokens_begin + x.who.id, x, note);
  }

  result<void> erase(std::string_view id, const audit_entry* note) override {
    change_set change;
    change.erase(family::settings, tokens_begin + std::string{id});
    return engine_->write(change, note);
  }

private:
  engine_ptr engine_;
};

class rocksdb_audit : public audit_store {
public:
  explicit rocksdb_audit(engine_ptr x) : engine_{std::move(x)} {}

  result<void> append(const audit_entry& x) override {
    change_set change;
    return engine_->write(change, &x);
  }

  result<audit_page> list(const audit_query& x) override {
    audit_page_filter out{x};
    auto take = [&](std::string_view key, std::string_view bytes) -> result<bool> {
      auto entry = decode<audit_entry>(bytes);
      if (!entry)
        return damaged_value("an entry of the audit log");
      return out.take(audit_number(key), *entry);
    };
    const auto end = x.before == 0 ? tenant_end({}) : audit_key(x.before);
    if (auto done = engine_->db->scan_back(family::audit, tenant_key({}, {}), end, take); !done)
      return done.error();
    return std::move(out).page();
  }

private:
  engine_ptr engine_;
};

class rocksdb_stats : public stats_store {
public:
  explicit rocksdb_stats(engine_ptr x) : engine_{std::move(x)} {}

  result<std::vector<hourly_stats>> load(std::string_view tenant, stats_hour first, stats_hour end) override {
    std::vector<hourly_stats> out;
    auto take = [&](std::string_view key, std::string_view bytes) -> result<void> {
      auto value = decode<feed_stats>(bytes);
      if (!value)
        return damaged_value("the statistics of an hour");
      out.push_back({stats_hour_of(key), *value});
      return {};
    };
    auto done = engine_->db->scan(family::stats, stats_key(tenant, first), stats_key(tenant, end), take);
    if (!done)
      return done.error();
    return out;
  }

private:
  engine_ptr engine_;
};

result<void> find_last_audit(engine& x) {
  auto take = [&](std::string_view key, std::string_view) -> result<bool> {
    x.audit_last = audit_number(key);
    return false;
  };
  return x.db->scan_back(family::audit, tenant_key({}, {}), tenant_end({}), take);
}

result<void> list_tenants(engine& x) {
  auto take = [&](std::string_view key, std::string_view) -> result<void> {
    if (rest_of(key) == rules_key)
      x.tenants.emplace(tenant_of(key), std::make_shared<tenant_lock>());
    return {};
  };
  return x.db->scan(family::settings, "\1", {}, take);
}

/// The ports of an open database.
result<stores> make_stores(const std::shared_ptr<database>& db, const rocksdb_options& options) {
  auto shared = std::make_shared<engine>();
  shared->db = db;
  shared->audit_entries_max = options.audit_entries_max;
  if (auto listed = list_tenants(*shared); !listed)
    return listed.error();
  if (auto found = find_last_audit(*shared); !found)
    return found.error();
  return stores{std::make_shared<rocksdb_flags>(shared),    std::make_shared<rocksdb_tenants>(shared),
                std::make_shared<rocksdb_videos>(shared),   std::make_shared<rocksdb_signals>(shared),
                std::make_shared<rocksdb_events>(shared),   std::make_shared<rocksdb_popularity>(shared),
                std::make_shared<rocksdb_stats>(shared),    std::make_shared<rocksdb_secrets>(shared),
                std::make_shared<rocksdb_sdk_keys>(shared), std::make_shared<rocksdb_access>(shared),
                std::make_shared<rocksdb_audit>(shared),    shared->db->health(),
                make_rocksdb_backups(db, options)};
}

} // namespace

result<stores> open_rocksdb_stores(rocksdb_options options) {
  auto db = database::open(options);
  if (!db)
    return db.error();
  return make_stores(*db, options);
}

result<stores> read_rocksdb_stores(const rocksdb_options& options) {
  auto db = database::open_read_only(options);
  if (!db)
    return db.error();
  return make_stores(*db, options);
}

} // namespace kinora
