#include "storage/rocksdb/rocksdb_stores.hpp"

#include "storage/audit_page_filter.hpp"
#include "storage/rocksdb/backup.hpp"
#include "storage/rocksdb/database.hpp"
#include "storage/rocksdb/keys.hpp"
#include "storage/rocksdb/values.hpp"

#include <algorithm>
#include <atomic>
#include <map>
#include <mutex>
#include <set>
#include <shared_mutex>

namespace kinora {

namespace {

using video_ptr = std::shared_ptr<const video>;
using record_ptr = std::shared_ptr<const user_record>;
using batch_ptr = std::shared_ptr<const event_batch>;

/// What one write needs to know of a tenant: that it is there, and that no other write for its events is
/// under way.
struct tenant_lock {
  std::shared_mutex life; ///< Held by whoever writes for the tenant; exclusively by whoever removes it.
  bool gone = false;      ///< Guarded by `life`.
  std::mutex events;      ///< Between the look-up of event ids and their write.
};

using tenant_lock_ptr = std::shared_ptr<tenant_lock>;

/// What the ports of one store share.
struct engine {
  std::shared_ptr<database> db;
  std::shared_mutex mutex; ///< Guards `tenants`.
  std::map<std::string, tenant_lock_ptr, std::less<>> tenants;

  std::size_t audit_entries_max = 0;
  std::atomic<std::uint64_t> audit_last{0}; ///< The number given last.
  std::atomic<bool> audit_trimmed{false};   ///< Entries that are too many went in this run.

  /// Puts what goes into the audit log into the same change, if anything does.
  void note(change_set& change, const audit_entry* x) {
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

  result<void> write(change_set& change, const audit_entry* x) {
    note(change, x);
    return db->write(change);
  }

  /// nullptr when there is no such tenant.
  tenant_lock_ptr find(std::string_view tenant) {
    std::shared_lock lock{mutex};
    auto i = tenants.find(tenant);
    return i == tenants.end() ? nullptr : i->second;
  }
};

using engine_ptr = std::shared_ptr<engine>;

/// Reads one value; nullopt when there is none.
template <class T>
result<std::optional<T>> load_value(const database& db, family in, const std::string& key, const char* what) {
  auto bytes = db.get(in, key);
  if (!bytes)
    return bytes.error();
  if (!*bytes)
    return std::optional<T>{};
  auto value = decode<T>(**bytes);
  if (!value)
    return damaged_value(what);
  return value;
}

/// Reads every value with a key from `begin` up to, not including, `end`, in their order.
template <class T>
result<std::vector<T>> load_values(const database& db, family in, std::string_view begin,
                                   std::string_view end, const char* what) {
  std::vector<T> out;
  auto take = [&](std::string_view, std::string_view bytes) -> result<void> {
    auto value = decode<T>(bytes);
    if (!value)
      return damaged_value(what);
    out.push_back(std::move(*value));
    return {};
  };
  if (auto done = db.scan(in, begin, end, take); !done)
    return done.error();
  return out;
}

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

/// The write of several batches: look-up of their ids and attributions, then one operand a key. Keys are
/// written in order, which halves the work of a write.
class events_write {
public:
  events_write(engine& to, std::span<const batch_ptr> batches, wall_time now)
      : engine_{to}, batches_{batches}, now_{now}, outcomes_(batches.size()) {}

  result<std::vector<batch_outcome>> run() {
    lock();
    list_ids();
    if (auto looked_up = look_up(); !looked_up)
      return looked_up.error();
    for (auto& x : ids_) {
      auto is_known = known_.contains(x.key) ? result<bool>{true} : stores_copy_of(x);
      if (!is_known)
        return is_known.error();
      if (*is_known)
        count_duplicate(x);
      else
        take(x);
    }
    if (marks_.empty())
      return outcomes_;
    if (auto written = write(); !written)
      return written.error();
    return outcomes_;
  }

private:
  enum class kind : std::uint8_t { effect, user, video };

  /// What counts once, by its key in the store, and where it stands.
  struct marked {
    std::string key;
    std::string attribution; ///< Its key; empty: there is none.
    std::size_t batch;
    kind what;
    std::size_t index; ///< Among its kind in the batch.
  };

  /// Every tenant once, in order, so that two writes never wait for each other.
  void lock() {
    for (auto& x : batches_)
      if (!tenants_.contains(x->tenant))
        tenants_.emplace(x->tenant, engine_.find(x->tenant));
    for (auto& [id, tenant] : tenants_) {
      if (!tenant)
        continue;
      lives_.emplace_back(tenant->life);
      events_.emplace_back(tenant->events);
    }
  }

  /// Lists every id once, in order of the keys, with its first place.
  void list_ids() {
    for (std::size_t i = 0; i < batches_.size(); ++i) {
      auto& batch = *batches_[i];
      auto& tenant = tenants_.find(batch.tenant)->second;
      outcomes_[i].tenant_gone = !tenant || tenant->gone;
      if (outcomes_[i].tenant_gone)
        continue;
      for (std::size_t j = 0; j < batch.effects.size(); ++j) {
        auto& effect = batch.effects[j];
        ids_.push_back({event_key(batch.tenant, effect.event_id),
                        effect.attributed ? event_key(batch.tenant, effect.attributed->key) : "", i,
                        kind::effect, j});
      }
      for (std::size_t j = 0; j < batch.users.size(); ++j)
        ids_.push_back({event_key(batch.tenant, batch.users[j].id), {}, i, kind::user, j});
      for (std::size_t j = 0; j < batch.videos.size(); ++j)
        ids_.push_back({event_key(batch.tenant, batch.videos[j].id), {}, i, kind::video, j});
    }
    std::stable_sort(ids_.begin(), ids_.end(), [](auto& a, auto& b) { return a.key < b.key; });
    auto end = std::unique(ids_.begin(), ids_.end(), [this](auto& a, auto& b) {
      if (a.key != b.key)
        return false;
      count_duplicate(b);
      return true;
    });
    ids_.erase(end, ids_.end());
  }

  /// Finds out which of the keys are known.
  result<void> look_up() {
    std::vector<std::string> keys;
    for (auto& x : ids_) {
      keys.push_back(x.key);
      if (!x.attribution.empty())
        keys.push_back(x.attribution);
    }
    std::sort(keys.begin(), keys.end());
    keys.erase(std::unique(keys.begin(), keys.end()), keys.end());
    auto found = engine_.db->get(family::events, keys);
    if (!found)
      return found.error();
    for (std::size_t i = 0; i < keys.size(); ++i)
      if ((*found)[i])
        known_.insert(std::move(keys[i]));
    return {};
  }

  void count_duplicate(const marked& x) {
    auto& outcome = outcomes_[x.batch];
    ++(x.what == kind::effect ? outcome.duplicates : outcome.parts_duplicates);
  }

  /// Whether a copy of what was exported is what is stored now.
  result<bool> stores_copy_of(const marked& x) const {
    auto& batch = *batches_[x.batch];
    if (x.what == kind::effect || (x.what == kind::user && !batch.users[x.index].is_copy))
      return false;
    if (x.what == kind::user) {
      auto& part = batch.users[x.index];
      auto found = load_value<user_record>(*engine_.db, family::users, tenant_key(batch.tenant, part.user),
                                           "a user's record");
      return found ? result<bool>{*found == part.record} : found.error();
    }
    auto& part = batch.videos[x.index];
    auto found = load_value<popularity_sum>(*engine_.db, family::popularity,
                                            tenant_key(batch.tenant, part.video_id), "a video's popularity");
    return found ? result<bool>{*found == part.sum} : found.error();
  }

  void take(const marked& x) {
    auto& batch = *batches_[x.batch];
    auto& outcome = outcomes_[x.batch];
    marks_.push_back(x.key);
    ++(x.what == kind::effect ? outcome.accepted : outcome.parts_accepted);
    if (x.what == kind::user) {
      auto& part = batch.users[x.index];
      add(batch, part.user, part.record);
    } else if (x.what == kind::video) {
      auto& part = batch.videos[x.index];
      add(batch, part.video_id, part.sum);
    } else {
      auto& effect = batch.effects[x.index];
      if (!x.attribution.empty() && known_.insert(x.attribution).second) {
        marks_.push_back(x.attribution);
        auto& [type, side, what, _] = *effect.attributed;
        stats_[stats_key(batch.tenant, hour_of(effect))].at(type, side).add(what);
        outcome.attributed.at(type, side).add(what);
      }
      add(batch, effect.user, record_of(effect, now_));
      if (effect.amount != 0.0)
        add(batch, effect.video_id,
            popularity_sum{effect.amount, effect.at_ms, batch.popularity_half_life.count()});
    }
  }

  void add(const event_batch& batch, const std::string& user, user_record record) {
    auto [i, is_new] = users_.try_emplace(tenant_key(batch.tenant, user));
    if (is_new)
      i->second = std::move(record);
    else
      merge(i->second, record);
  }

  void add(const event_batch& batch, const std::string& video, const popularity_sum& sum) {
    auto [i, is_new] = popularity_.try_emplace(tenant_key(batch.tenant, video), sum);
    if (!is_new)
      i->second = merged(i->second, sum);
  }

  result<void> write() {
    std::sort(marks_.begin(), marks_.end());
    const auto mark = encode(event_mark{now_.time_since_epoch().count()});
    for (auto& key : marks_)
      out_.put(family::events, key, mark);
    for (auto& [key, record] : users_)
      out_.merge(family::users, key, encode(record));
    for (auto& [key, sum] : popularity_)
      out_.merge(family::popularity, key, encode(sum));
    for (auto& [key, counts] : stats_)
      out_.merge(family::stats, key, encode(counts));
    for (std::size_t i = 0; i < batches_.size(); ++i)
      if (outcomes_[i].accepted + outcomes_[i].parts_accepted > 0)
        engine_.note(out_, batches_[i]->note.get());
    return engine_.db->write(out_);
  }

  engine& engine_;
  std::span<const batch_ptr> batches_;
  wall_time now_;
  std::vector<batch_outcome> outcomes_;
  std::map<std::string, tenant_lock_ptr, std::less<>> tenants_;
  std::vector<std::shared_lock<std::shared_mutex>> lives_;
  std::vector<std::unique_lock<std::mutex>> events_;
  std::vector<marked> ids_;
  std::set<std::string> known_;    ///< Keys of events and attributions that do not count any more.
  std::vector<std::string> marks_; ///< Keys that are new.
  std::map<std::string, user_record> users_;
  std::map<std::string, popularity_sum> popularity_;
  std::map<std::string, feed_stats> stats_;
  change_set out_;
};

class rocksdb_events : public event_store {
public:
  explicit rocksdb_events(engine_ptr x) : engine_{std::move(x)} {}

  result<std::vector<batch_outcome>> apply(std::span<const batch_ptr> batches, wall_time now) override {
    return events_write{*engine_, batches, now}.run();
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
