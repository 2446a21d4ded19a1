#include "storage/memory/memory_stores.hpp"

#include <atomic>
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

/// Everything of one tenant, under a lock of its own: a large upload of one makes no other wait.
struct tenant_data {
  std::shared_mutex mutex; ///< Guards everything below.
  std::optional<versioned_rules> rules;
  std::map<std::string, video_ptr, std::less<>> videos;
  std::unordered_map<std::string, signals_ptr, text_hash, std::equal_to<>> users;
};

using tenant_ptr = std::shared_ptr<tenant_data>;

/// What the ports of one engine share.
struct memory_data {
  explicit memory_data(std::size_t limit) : users_max{limit} {}

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

  const std::size_t users_max;
  std::atomic<std::size_t> users{0}; ///< Of all tenants together.
  std::shared_mutex mutex;           ///< Guards everything below; held for a look-up only.
  std::optional<global_flags> flags;
  std::map<std::string, tenant_ptr, std::less<>> tenants;
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

  result<void> save(std::string_view tenant, const versioned_rules& x) override {
    auto target = data_->make(tenant);
    std::unique_lock lock{target->mutex};
    target->rules = x;
    return {};
  }

  result<void> erase(std::string_view tenant) override {
    tenant_ptr gone; // freed without the lock
    std::unique_lock lock{data_->mutex};
    auto i = data_->tenants.find(tenant);
    if (i == data_->tenants.end())
      return {};
    gone = std::move(i->second);
    data_->tenants.erase(i);
    lock.unlock();
    std::unique_lock inner{gone->mutex};
    data_->users -= gone->users.size();
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

  result<void> upsert(std::string_view tenant, std::span<const video_ptr> videos) override {
    auto target = data_->make(tenant);
    for (auto& x : videos) { // signals of the same tenant are read between two videos
      std::unique_lock lock{target->mutex};
      target->videos.insert_or_assign(x->id, x);
    }
    return {};
  }

  result<void> replace(std::string_view tenant, std::span<const video_ptr> videos) override {
    std::map<std::string, video_ptr, std::less<>> all;
    for (auto& x : videos)
      all.insert_or_assign(x->id, x);
    auto target = data_->make(tenant);
    std::unique_lock lock{target->mutex};
    target->videos.swap(all);
    lock.unlock(); // what was there is freed without it
    return {};
  }

  result<void> erase(std::string_view tenant, std::string_view id) override {
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

  result<signals_ptr> load(std::string_view tenant, std::string_view user) override {
    auto found = data_->find(tenant);
    if (!found)
      return signals_ptr{};
    std::shared_lock lock{found->mutex};
    auto i = found->users.find(user);
    return i == found->users.end() ? signals_ptr{} : i->second;
  }

  result<void> save(std::string_view tenant, std::string_view user, const user_signals& x) override {
    auto signals = std::make_shared<const user_signals>(x);
    auto target = data_->make(tenant);
    std::unique_lock lock{target->mutex};
    if (auto i = target->users.find(user); i != target->users.end()) {
      i->second = std::move(signals);
      return {};
    }
    if (data_->users.fetch_add(1) >= data_->users_max) {
      data_->users.fetch_sub(1);
      return failure{errc::storage_full, "MAX_USERS", "the store holds as many users as it may"};
    }
    target->users.emplace(user, std::move(signals));
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
