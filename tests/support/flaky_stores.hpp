// Stores that pass everything on, until they are told to fail.
#pragma once

#include "storage/stores.hpp"

#include <functional>
#include <memory>
#include <utility>

namespace kinora::test {

inline failure disk_failure() {
  return {errc::storage_failed, {}, "disk on fire"};
}

class flaky_tenant_store : public tenant_store {
public:
  explicit flaky_tenant_store(std::shared_ptr<tenant_store> next) : next_{std::move(next)} {}

  result<std::vector<std::string>> list() override {
    if (fail)
      return disk_failure();
    return next_->list();
  }
  result<std::optional<versioned_rules>> load(std::string_view tenant) override {
    if (fail)
      return disk_failure();
    return next_->load(tenant);
  }
  result<std::vector<versioned_rules>> versions(std::string_view tenant) override {
    if (fail)
      return disk_failure();
    return next_->versions(tenant);
  }
  result<void> save(std::string_view tenant, const versioned_rules& x, const audit_entry* note) override {
    if (fail)
      return disk_failure();
    return next_->save(tenant, x, note);
  }
  result<void> erase(std::string_view tenant, const audit_entry* note) override {
    if (fail)
      return disk_failure();
    return next_->erase(tenant, note);
  }

  bool fail = false;

private:
  std::shared_ptr<tenant_store> next_;
};

class flaky_video_store : public video_store {
public:
  explicit flaky_video_store(std::shared_ptr<video_store> next) : next_{std::move(next)} {}

  result<std::vector<std::shared_ptr<const video>>> load(std::string_view tenant) override {
    if (fail)
      return disk_failure();
    return next_->load(tenant);
  }
  result<void> upsert(std::string_view tenant, std::span<const std::shared_ptr<const video>> videos,
                      const audit_entry* note) override {
    if (fail)
      return disk_failure();
    return next_->upsert(tenant, videos, note);
  }
  result<void> replace(std::string_view tenant, std::span<const std::shared_ptr<const video>> videos,
                       const audit_entry* note) override {
    if (fail)
      return disk_failure();
    return next_->replace(tenant, videos, note);
  }
  result<void> erase(std::string_view tenant, std::string_view id, const audit_entry* note) override {
    if (fail)
      return disk_failure();
    return next_->erase(tenant, id, note);
  }

  bool fail = false;

private:
  std::shared_ptr<video_store> next_;
};

/// Counts its reads, too.
class flaky_signal_store : public signal_store {
public:
  explicit flaky_signal_store(std::shared_ptr<signal_store> next) : next_{std::move(next)} {}

  result<std::shared_ptr<const user_record>> load(std::string_view tenant, std::string_view user) override {
    ++reads;
    if (on_read)
      on_read();
    if (fail)
      return disk_failure();
    return next_->load(tenant, user);
  }
  result<void> each(std::string_view tenant,
                    const std::function<result<void>(std::string_view, const user_record&)>& each) override {
    if (fail)
      return disk_failure();
    return next_->each(tenant, each);
  }
  result<void> save(std::string_view tenant, std::string_view user, const user_record& x,
                    const audit_entry* note) override {
    if (fail)
      return disk_failure();
    return next_->save(tenant, user, x, note);
  }
  result<void> erase(std::string_view tenant, std::string_view user, const audit_entry* note) override {
    if (fail)
      return disk_failure();
    return next_->erase(tenant, user, note);
  }

  bool fail = false;
  int reads = 0;
  std::function<void()> on_read; ///< Called by each read; may be empty.

private:
  std::shared_ptr<signal_store> next_;
};

} // namespace kinora::test
