#pragma once

#include "storage/access_store.hpp"
#include "storage/audit_store.hpp"
#include "storage/backup_store.hpp"
#include "storage/event_store.hpp"
#include "storage/flag_store.hpp"
#include "storage/popularity_store.hpp"
#include "storage/sdk_key_store.hpp"
#include "storage/secret_store.hpp"
#include "storage/signal_store.hpp"
#include "storage/stats_store.hpp"
#include "storage/store_health.hpp"
#include "storage/tenant_store.hpp"
#include "storage/video_store.hpp"

#include <memory>

namespace kinora {

/// Every port of one engine. The engine lives as long as any of them.
struct stores {
  std::shared_ptr<flag_store> flags;
  std::shared_ptr<tenant_store> tenants;
  std::shared_ptr<video_store> videos;
  std::shared_ptr<signal_store> signals;
  std::shared_ptr<event_store> events;
  std::shared_ptr<popularity_store> popularity;
  std::shared_ptr<stats_store> stats;
  std::shared_ptr<secret_store> secrets;
  std::shared_ptr<sdk_key_store> sdk_keys;
  std::shared_ptr<access_store> access;
  std::shared_ptr<audit_store> audit;
  std::shared_ptr<const store_health> health;
  std::shared_ptr<backup_store> backups;
};

} // namespace kinora
