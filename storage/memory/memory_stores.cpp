#include "storage/memory/memory_stores.hpp"

#include <functional>
#include <map>
#include <mutex>
#include <shared_mutex>
#include <unordered_map>

namespace kinora {

namespace {

using video_ptr = std::shared_ptr<const video>;
using signals_ptr = std::shared_ptr<const user_signals>;

struct text_hash {
  using is_transparent = void;
  std::size_t operator()(std::string_view x) const noexcept { return std::hash<std::string_view>{}(x); }
};

/// Everything of one tenant.
struct tenant_data {
  std::optional<versioned_rules> rules;
  std::map<std::string, video_ptr, std::less<>> videos;
  std::unordered_map<std::string, signals_ptr, text_hash, std::equal_to<>> users;
};

/// What the ports of one engine share.
struct memory_data {
  explicit memory_data(std::size_t limit) : users_max{limit} {}

  tenant_data& tenant(std::string_view id) {
    auto i = tenants.find(id);
    return i != tenants.end() ? i->second : tenants[std::string{id}];
  }

  const std::size_t users_max;
  std::shared_mutex mutex; ///< Guards everything below.
  std::optional<global_flags> flags;
  std::map<std::string, tenant_data, std::less<>> tenants;
  std::size_t users = 0; ///< Of all tenants together.
  std::vector<std::string> secrets;
};

using data_ptr = std::shared_ptr<memory_data>;

class memory_flags : public flag_store {
public:
  explicit memory_flags(data_ptr data) : data_{std::move(data)} {}

  result<std::optional<global_flags>> load() override {
    std::shared_lock lock{data_->mutex};
    return data_->flags;
  }

  result<void> save(const global_flags& x) override {
    std::unique_lock lock{data_->mutex};
    data_->flags = x;
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
      if (tenant.rules)
        out.push_back(id);
    return out;
  }

  result<std::optional<versioned_rules>> load(std::string_view tenant) override {
    std::shared_lock lock{data_->mutex};
    auto i = data_->tenants.find(tenant);
    return i == data_->tenants.end() ? std::nullopt : i->second.rules;
  }

  result<void> save(std::string_view tenant, const versioned_rules& x) override {
    std::unique_lock lock{data_->mutex};
    data_->tenant(tenant).rules = x;
    return {};
  }

  result<void> erase(std::string_view tenant) override {
    std::unique_lock lock{data_->mutex};
    if (auto i = data_->tenants.find(tenant); i != data_->tenants.end()) {
      data_->users -= i->second.users.size();
      data_->tenants.erase(i);
    }
    return {};
  }

private:
  data_ptr data_;
};

class memory_videos : public video_store {
public:
  explicit memory_videos(data_ptr data) : data_{std::move(data)} {}

  result<std::vector<video_ptr>> load(std::string_view tenant) override {
    std::shared_lock lock{data_->mutex};
    std::vector<video_ptr> out;
    if (auto i = data_->tenants.find(tenant); i != data_->tenants.end())
      for (auto& [id, x] : i->second.videos)
        out.push_back(x);
    return out;
  }

  result<void> upsert(std::string_view tenant, std::span<const video_ptr> videos) override {
    std::unique_lock lock{data_->mutex};
    for (auto& target = data_->tenant(tenant).videos; auto& x : videos)
      target.insert_or_assign(x->id, x);
    return {};
  }

  result<void> replace(std::string_view tenant, std::span<const video_ptr> videos) override {
    std::map<std::string, video_ptr, std::less<>> all;
    for (auto& x : videos)
      all.insert_or_assign(x->id, x);
    std::unique_lock lock{data_->mutex};
    data_->tenant(tenant).videos.swap(all);
    return {};
  }

  result<void> erase(std::string_view tenant, std::string_view id) override {
    std::unique_lock lock{data_->mutex};
    auto& target = data_->tenant(tenant).videos;
    if (auto i = target.find(id); i != target.end())
      target.erase(i);
    return {};
  }

private:
  data_ptr data_;
};

class memory_signals : public signal_store {
public:
  explicit memory_signals(data_ptr data) : data_{std::move(data)} {}

  result<signals_ptr> load(std::string_view tenant, std::string_view user) override {
    std::shared_lock lock{data_->mutex};
    auto i = data_->tenants.find(tenant);
    if (i == data_->tenants.end())
      return signals_ptr{};
    auto j = i->second.users.find(user);
    return j == i->second.users.end() ? signals_ptr{} : j->second;
  }

  result<void> save(std::string_view tenant, std::string_view user, const user_signals& x) override {
    std::unique_lock lock{data_->mutex};
    auto& users = data_->tenant(tenant).users;
    if (auto i = users.find(user); i != users.end()) {
      i->second = std::make_shared<const user_signals>(x);
      return {};
    }
    if (data_->users >= data_->users_max)
      return failure{errc::storage_full, {}, "the store holds as many users as MAX_USERS allows"};
    users.emplace(user, std::make_shared<const user_signals>(x));
    ++data_->users;
    return {};
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

} // namespace

stores make_memory_stores(std::size_t users_max) {
  auto data = std::make_shared<memory_data>(users_max);
  return {std::make_shared<memory_flags>(data), std::make_shared<memory_tenants>(data),
          std::make_shared<memory_videos>(data), std::make_shared<memory_signals>(data),
          std::make_shared<memory_secrets>(data)};
}

} // namespace kinora
