#include "storage/memory/memory_stores.hpp"

#include "storage/audit_page_filter.hpp"
#include "storage/memory/engine_data.hpp"
#include "storage/memory/events.hpp"

#include <algorithm>
#include <utility>

namespace kinora {

namespace memory {

namespace {

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

} // namespace memory

stores make_memory_stores(const memory_limits& limits) {
  auto data = std::make_shared<memory::engine_data>(limits);
  return {std::make_shared<memory::memory_flags>(data),
          std::make_shared<memory::memory_tenants>(data),
          std::make_shared<memory::memory_videos>(data),
          std::make_shared<memory::memory_signals>(data),
          memory::make_events(data),
          std::make_shared<memory::memory_popularity>(data),
          std::make_shared<memory::memory_stats>(data),
          std::make_shared<memory::memory_secrets>(data),
          std::make_shared<memory::memory_sdk_keys>(data),
          std::make_shared<memory::memory_access>(data),
          std::make_shared<memory::memory_audit>(data),
          std::make_shared<const store_health>(),
          std::make_shared<memory::memory_backups>()};
}

} // namespace kinora
