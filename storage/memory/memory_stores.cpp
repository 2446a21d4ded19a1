#include "storage/memory/memory_stores.hpp"

#include "storage/audit_page_filter.hpp"

#include <algorithm>
#include <atomic>
#include <deque>
#include <functional>
#include <map>
#include <mutex>
#include <shared_mutex>
#include <unordered_map>

namespace kinora {

namespace {

using video_ptr = std::shared_ptr<const video>;
using record_ptr = std::shared_ptr<const user_record>;
using batch_ptr = std::shared_ptr<const event_batch>;

struct text_hash {
  using is_transparent = void;
  std::size_t operator()(std::string_view x) const noexcept { return std::hash<std::string_view>{}(x); }
};

/// Everything of one tenant, under a lock of its own: a large upload of one makes no other wait.
struct tenant_data {
  std::shared_mutex mutex; ///< Guards everything below.
  std::optional<versioned_rules> rules;
  std::map<std::uint32_t, versioned_rules> versions;
  std::map<std::string, sdk_key, std::less<>> sdk_keys;
  std::map<std::string, video_ptr, std::less<>> videos;
  std::unordered_map<std::string, record_ptr, text_hash, std::equal_to<>> users;
  std::map<std::string, popularity_sum, std::less<>> popularity;
  std::unordered_map<std::string, wall_time, text_hash, std::equal_to<>> event_ids; ///< And when they came.
  std::deque<std::string> event_ids_by_age;                                         ///< The oldest first.
  std::map<stats_hour, feed_stats> stats;
};

using tenant_ptr = std::shared_ptr<tenant_data>;

/// What the ports of one engine share.
struct memory_data {
  explicit memory_data(const memory_limits& x) : limits{x} {}

  /// nullptr when there is none.
  tenant_ptr find(std::string_view id) {
    std::shared_lock lock{mutex};
    auto i = tenants.find(id);
    return i == tenants.end() ? nullptr : i->second;
  }

  tenant_ptr make(std::string_view id) {
    if (auto found = find(id))
      return found;
    std::unique_lock lock{mutex};
    auto& out = tenants[std::string{id}];
    if (!out)
      out = std::make_shared<tenant_data>();
    return out;
  }

  const memory_limits limits;
  std::atomic<std::size_t> users{0};  ///< Of all tenants together.
  std::atomic<std::size_t> events{0}; ///< Ids that are remembered, of all tenants together.
  std::shared_mutex mutex;            ///< Guards everything below; held for a look-up only.
  std::optional<global_flags> flags;
  std::map<std::string, tenant_ptr, std::less<>> tenants;
  std::vector<std::string> secrets;
  std::map<std::string, access_token, std::less<>> tokens;
  std::mutex audit_mutex;        ///< Guards what follows.
  std::deque<audit_entry> audit; ///< The oldest first.
  std::uint64_t audit_first = 1; ///< Number of the first.

  /// Keeps what goes with a change, if anything does.
  void note(const audit_entry* x) {
    if (x == nullptr)
      return;
    std::lock_guard lock{audit_mutex};
    audit.push_back(*x);
    if (audit.size() > limits.audit_entries_max) {
      audit.pop_front();
      ++audit_first;
    }
  }
};

using data_ptr = std::shared_ptr<memory_data>;

class memory_flags : public flag_store {
public:
  explicit memory_flags(data_ptr data) : data_{std::move(data)} {}

  result<std::optional<global_flags>> load() override {
    std::shared_lock lock{data_->mutex};
    return data_->flags;
  }

  result<void> save(const global_flags& x, const audit_entry* note) override {
    std::unique_lock lock{data_->mutex};
    data_->flags = x;
    data_->note(note);
    return {};
  }

private:
  data_ptr data_;
};

class memory_tenants : public tenant_store {
public:
  explicit memory_tenants(data_ptr data) : data_{std::move(data)} {}

  result<std::vector<std::string>> list() override {
    std::shared_lock lock{data_->mutex};
    std::vector<std::string> out;
    for (auto& [id, tenant] : data_->tenants)
      if (std::shared_lock inner{tenant->mutex}; tenant->rules)
        out.push_back(id);
    return out;
  }

  result<std::optional<versioned_rules>> load(std::string_view tenant) override {
    auto found = data_->find(tenant);
    if (!found)
      return std::optional<versioned_rules>{};
    std::shared_lock lock{found->mutex};
    return found->rules;
  }

  result<std::vector<versioned_rules>> versions(std::string_view tenant) override {
    std::vector<versioned_rules> out;
    if (auto found = data_->find(tenant)) {
      std::shared_lock lock{found->mutex};
      for (auto& [number, x] : found->versions)
        out.push_back(x);
    }
    return out;
  }

  result<void> save(std::string_view tenant, const versioned_rules& x, const audit_entry* note) override {
    auto target = data_->make(tenant);
    std::unique_lock lock{target->mutex};
    target->rules = x;
    target->versions.insert_or_assign(x.version, x);
    if (target->versions.size() > rules_versions_max)
      target->versions.erase(target->versions.begin());
    data_->note(note);
    return {};
  }

  result<void> erase(std::string_view tenant, const audit_entry* note) override {
    tenant_ptr gone; // freed without the lock
    data_->note(note);
    std::unique_lock lock{data_->mutex};
    auto i = data_->tenants.find(tenant);
    if (i == data_->tenants.end())
      return {};
    gone = std::move(i->second);
    data_->tenants.erase(i);
    lock.unlock();
    std::unique_lock inner{gone->mutex};
    data_->users -= gone->users.size();
    data_->events -= gone->event_ids.size();
    gone->rules.reset(); // whoever still holds it sees that it is gone
    return {};
  }

private:
  data_ptr data_;
};

class memory_videos : public video_store {
public:
  explicit memory_videos(data_ptr data) : data_{std::move(data)} {}

  result<std::vector<video_ptr>> load(std::string_view tenant) override {
    std::vector<video_ptr> out;
    if (auto found = data_->find(tenant)) {
      std::shared_lock lock{found->mutex};
      for (auto& [id, x] : found->videos)
        out.push_back(x);
    }
    return out;
  }

  result<void> upsert(std::string_view tenant, std::span<const video_ptr> videos,
                      const audit_entry* note) override {
    auto target = data_->make(tenant);
    data_->note(note);
    for (auto& x : videos) { // signals of the same tenant are read between two videos
      std::unique_lock lock{target->mutex};
      target->videos.insert_or_assign(x->id, x);
    }
    return {};
  }

  result<void> replace(std::string_view tenant, std::span<const video_ptr> videos,
                       const audit_entry* note) override {
    data_->note(note);
    std::map<std::string, video_ptr, std::less<>> all;
    for (auto& x : videos)
      all.insert_or_assign(x->id, x);
    auto target = data_->make(tenant);
    std::unique_lock lock{target->mutex};
    target->videos.swap(all);
    lock.unlock(); // what was there is freed without it
    return {};
  }

  result<void> erase(std::string_view tenant, std::string_view id, const audit_entry* note) override {
    data_->note(note);
    auto target = data_->find(tenant);
    if (!target)
      return {};
    std::unique_lock lock{target->mutex};
    if (auto i = target->videos.find(id); i != target->videos.end())
      target->videos.erase(i);
    return {};
  }

private:
  data_ptr data_;
};

failure no_room(const char* setting, const char* what) {
  return {errc::storage_full, setting, std::string{"the store holds as many "} + what + " as it may"};
}

class memory_signals : public signal_store {
public:
  explicit memory_signals(data_ptr data) : data_{std::move(data)} {}

  result<record_ptr> load(std::string_view tenant, std::string_view user) override {
    auto found = data_->find(tenant);
    if (!found)
      return record_ptr{};
    std::shared_lock lock{found->mutex};
    auto i = found->users.find(user);
    return i == found->users.end() ? record_ptr{} : i->second;
  }

  result<void> each(std::string_view tenant,
                    const std::function<result<void>(std::string_view, const user_record&)>& each) override {
    std::map<std::string, record_ptr> all;
    if (auto found = data_->find(tenant)) {
      std::shared_lock lock{found->mutex};
      all.insert(found->users.begin(), found->users.end());
    }
    for (auto& [user, record] : all)
      if (auto done = each(user, *record); !done)
        return done;
    return {};
  }

  result<void> save(std::string_view tenant, std::string_view user, const user_record& x,
                    const audit_entry* note) override {
    auto record = std::make_shared<const user_record>(x);
    auto target = data_->find(tenant);
    std::unique_lock<std::shared_mutex> lock;
    if (target)
      lock = std::unique_lock{target->mutex};
    if (!target || !target->rules)
      return failure{errc::not_found, "tenant", "there is no such tenant"};
    if (auto i = target->users.find(user); i != target->users.end()) {
      i->second = std::move(record);
      data_->note(note);
      return {};
    }
    if (data_->users >= data_->limits.users_max)
      return no_room("MAX_USERS", "users");
    ++data_->users;
    target->users.emplace(user, std::move(record));
    data_->note(note);
    return {};
  }

  result<void> erase(std::string_view tenant, std::string_view user, const audit_entry* note) override {
    data_->note(note);
    auto target = data_->find(tenant);
    if (!target)
      return {};
    std::unique_lock lock{target->mutex};
    if (auto i = target->users.find(user); i != target->users.end()) {
      target->users.erase(i);
      --data_->users;
    }
    return {};
  }

private:
  data_ptr data_;
};

class memory_events : public event_store {
public:
  explicit memory_events(data_ptr data) : data_{std::move(data)} {}

  result<std::vector<batch_outcome>> apply(std::span<const batch_ptr> batches, wall_time now) override {
    std::lock_guard order{mutex_}; // one at a time, so that room which was looked for is still there
    if (auto bad = check_room(batches))
      return *bad;
    std::vector<batch_outcome> out;
    for (auto& x : batches)
      out.push_back(apply(*x, now));
    return out;
  }

private:
  /// Counts generously: what is known already needs no room.
  std::optional<failure> check_room(std::span<const batch_ptr> batches) const {
    std::size_t events = 0;
    std::size_t attributions = 0;
    for (auto& x : batches) {
      events += x->size();
      for (auto& effect : x->effects)
        attributions += effect.attributed.has_value();
    }
    if (data_->users + events > data_->limits.users_max + users_spare(batches))
      return no_room("MAX_USERS", "users");
    if (data_->events + events + attributions > data_->limits.events_max)
      return no_room("STORE", "events of the last days");
    return std::nullopt;
  }

  /// How many of the events are of users that are known.
  std::size_t users_spare(std::span<const batch_ptr> batches) const {
    std::size_t out = 0;
    for (auto& x : batches)
      if (auto tenant = data_->find(x->tenant)) {
        std::shared_lock lock{tenant->mutex};
        for (auto& effect : x->effects)
          out += tenant->users.contains(effect.user);
        for (auto& part : x->users)
          out += tenant->users.contains(part.user);
        out += x->videos.size(); // they are of no user
      }
    return out;
  }

  batch_outcome apply(const event_batch& x, wall_time now) {
    batch_outcome out;
    auto tenant = data_->find(x.tenant);
    std::unique_lock<std::shared_mutex> lock;
    if (tenant)
      lock = std::unique_lock{tenant->mutex};
    out.tenant_gone = !tenant || !tenant->rules;
    if (out.tenant_gone)
      return out;
    forget_old(*tenant, now);
    for (auto& effect : x.effects) {
      auto is_new = remember(*tenant, effect.event_id, now);
      ++(is_new ? out.accepted : out.duplicates);
      if (!is_new)
        continue;
      add(*tenant, effect.user, record_of(effect, now));
      if (effect.amount != 0.0)
        add(*tenant, effect.video_id, {effect.amount, effect.at_ms, x.popularity_half_life.count()});
      if (effect.attributed && remember(*tenant, effect.attributed->key, now))
        count(*tenant, effect, out.attributed);
    }
    for (auto& part : x.users) {
      auto is_new = !stores_copy_of(*tenant, part) && remember(*tenant, part.id, now);
      ++(is_new ? out.parts_accepted : out.parts_duplicates);
      if (is_new)
        add(*tenant, part.user, part.record);
    }
    for (auto& part : x.videos) {
      auto stored = tenant->popularity.find(part.video_id);
      auto is_new = (stored == tenant->popularity.end() || stored->second != part.sum) &&
                    remember(*tenant, part.id, now);
      ++(is_new ? out.parts_accepted : out.parts_duplicates);
      if (is_new)
        add(*tenant, part.video_id, part.sum);
    }
    if (out.accepted + out.parts_accepted > 0)
      data_->note(x.note.get());
    return out;
  }

  /// False when the key, an event's id or an attribution's, is known.
  bool remember(tenant_data& tenant, const std::string& key, wall_time now) {
    if (!tenant.event_ids.emplace(key, now).second)
      return false;
    tenant.event_ids_by_age.push_back(key);
    ++data_->events;
    return true;
  }

  static bool stores_copy_of(const tenant_data& tenant, const user_part& x) {
    auto stored = tenant.users.find(x.user);
    return x.is_copy && stored != tenant.users.end() && *stored->second == x.record;
  }

  void forget_old(tenant_data& tenant, wall_time now) {
    auto& stats = tenant.stats;
    stats.erase(stats.begin(),
                std::ranges::find_if_not(stats, [now](auto& x) { return is_over(x.first, now); }));
    auto& ages = tenant.event_ids_by_age;
    for (; !ages.empty(); ages.pop_front()) {
      auto i = tenant.event_ids.find(ages.front());
      if (i->second + event_age_max + event_lead_max >= now)
        return;
      tenant.event_ids.erase(i);
      --data_->events;
    }
  }

  void add(tenant_data& tenant, const std::string& user, const user_record& x) {
    auto& stored = tenant.users[user];
    if (!stored)
      ++data_->users;
    auto record = stored ? *stored : x;
    if (stored)
      merge(record, x, data_->limits.signal_retention);
    stored = std::make_shared<const user_record>(std::move(record));
  }

  void add(tenant_data& tenant, const std::string& video, const popularity_sum& sum) {
    auto [i, is_new] = tenant.popularity.emplace(video, sum);
    if (!is_new)
      i->second = merged(i->second, sum);
  }

  void count(tenant_data& tenant, const event_effect& x, feed_stats& batch) {
    auto& [type, side, what, _] = *x.attributed;
    tenant.stats[hour_of(x)].at(type, side).add(what);
    batch.at(type, side).add(what);
  }

  data_ptr data_;
  std::mutex mutex_;
};

class memory_stats : public stats_store {
public:
  explicit memory_stats(data_ptr data) : data_{std::move(data)} {}

  result<std::vector<hourly_stats>> load(std::string_view tenant, stats_hour first, stats_hour end) override {
    std::vector<hourly_stats> out;
    if (auto found = data_->find(tenant)) {
      std::shared_lock lock{found->mutex};
      auto& stats = found->stats;
      for (auto i = stats.lower_bound(first); i != stats.end() && i->first < end; ++i)
        out.push_back({i->first, i->second});
    }
    return out;
  }

private:
  data_ptr data_;
};

class memory_popularity : public popularity_store {
public:
  explicit memory_popularity(data_ptr data) : data_{std::move(data)} {}

  result<std::vector<std::pair<std::string, popularity_sum>>> load(std::string_view tenant) override {
    std::vector<std::pair<std::string, popularity_sum>> out;
    if (auto found = data_->find(tenant)) {
      std::shared_lock lock{found->mutex};
      out.assign(found->popularity.begin(), found->popularity.end());
    }
    return out;
  }

  result<std::vector<std::optional<popularity_sum>>> load(std::string_view tenant,
                                                          std::span<const std::string> videos) override {
    std::vector<std::optional<popularity_sum>> out(videos.size());
    if (auto found = data_->find(tenant)) {
      std::shared_lock lock{found->mutex};
      for (std::size_t i = 0; i < videos.size(); ++i)
        if (auto sum = found->popularity.find(videos[i]); sum != found->popularity.end())
          out[i] = sum->second;
    }
    return out;
  }

private:
  data_ptr data_;
};

class memory_secrets : public secret_store {
public:
  explicit memory_secrets(data_ptr data) : data_{std::move(data)} {}

  result<std::vector<std::string>> load() override {
    std::shared_lock lock{data_->mutex};
    return data_->secrets;
  }

  result<void> save(const std::vector<std::string>& secrets) override {
    std::unique_lock lock{data_->mutex};
    data_->secrets = secrets;
    return {};
  }

private:
  data_ptr data_;
};

class memory_sdk_keys : public sdk_key_store {
public:
  explicit memory_sdk_keys(data_ptr data) : data_{std::move(data)} {}

  result<std::vector<sdk_key>> load(std::string_view tenant) override {
    std::vector<sdk_key> out;
    if (auto found = data_->find(tenant)) {
      std::shared_lock lock{found->mutex};
      for (auto& [id, x] : found->sdk_keys)
        out.push_back(x);
    }
    return out;
  }

  result<void> save(std::string_view tenant, const sdk_key& x, const audit_entry* note) override {
    auto target = data_->make(tenant);
    std::unique_lock lock{target->mutex};
    target->sdk_keys.insert_or_assign(x.id, x);
    data_->note(note);
    return {};
  }

  result<void> erase(std::string_view tenant, const std::vector<std::string>& ids,
                     const audit_entry* note) override {
    data_->note(note);
    auto target = data_->find(tenant);
    if (!target)
      return {};
    std::unique_lock lock{target->mutex};
    for (auto& id : ids)
      target->sdk_keys.erase(id);
    return {};
  }

private:
  data_ptr data_;
};

class memory_access : public access_store {
public:
  explicit memory_access(data_ptr data) : data_{std::move(data)} {}

  result<std::vector<access_token>> load() override {
    std::shared_lock lock{data_->mutex};
    std::vector<access_token> out;
    for (auto& [id, x] : data_->tokens)
      out.push_back(x);
    return out;
  }

  result<void> save(const access_token& x, const audit_entry* note) override {
    std::unique_lock lock{data_->mutex};
    data_->tokens.insert_or_assign(x.who.id, x);
    data_->note(note);
    return {};
  }

  result<void> erase(std::string_view id, const audit_entry* note) override {
    std::unique_lock lock{data_->mutex};
    if (auto i = data_->tokens.find(id); i != data_->tokens.end())
      data_->tokens.erase(i);
    data_->note(note);
    return {};
  }

private:
  data_ptr data_;
};

class memory_audit : public audit_store {
public:
  explicit memory_audit(data_ptr data) : data_{std::move(data)} {}

  result<void> append(const audit_entry& x) override {
    data_->note(&x);
    return {};
  }

  result<audit_page> list(const audit_query& x) override {
    std::lock_guard lock{data_->audit_mutex};
    const auto end = data_->audit_first + data_->audit.size();
    audit_page_filter out{x};
    for (auto number = x.before == 0 ? end : std::min(x.before, end); number > data_->audit_first;) {
      --number;
      if (!out.take(number, data_->audit[number - data_->audit_first]))
        break;
    }
    return std::move(out).page();
  }

private:
  data_ptr data_;
};

class memory_backups : public backup_store {
public:
  result<backup_report> make(const backup_order&) override {
    return failure{errc::conflict, "STORE", "STORE=memory keeps nothing that could be copied"};
  }
};

} // namespace

stores make_memory_stores(const memory_limits& limits) {
  auto data = std::make_shared<memory_data>(limits);
  return {std::make_shared<memory_flags>(data),    std::make_shared<memory_tenants>(data),
          std::make_shared<memory_videos>(data),   std::make_shared<memory_signals>(data),
          std::make_shared<memory_events>(data),   std::make_shared<memory_popularity>(data),
          std::make_shared<memory_stats>(data),    std::make_shared<memory_secrets>(data),
          std::make_shared<memory_sdk_keys>(data), std::make_shared<memory_access>(data),
          std::make_shared<memory_audit>(data),    std::make_shared<const store_health>(),
          std::make_shared<memory_backups>()};
}

} // namespace kinora
