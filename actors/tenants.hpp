#pragma once

#include "actors/signal_cache.hpp"
#include "actors/supervision.hpp"
#include "actors/tenant.hpp"

#include <map>
#include <set>

namespace kinora {

struct tenants_options {
  std::size_t tenants_max = 1'000;
  tenant_options tenant; ///< For every tenant, with the id filled in.
  supervision_options supervision;
  port::place tenants_run = port::place::on_own_thread;
};

/// State and behaviour of TENANTS, the directory: owner of the list of tenants and supervisor of the tenant
/// actors. Supervised by the root; a new instance starts from the store. Blocks as long as its store does, so
/// it runs on a thread of its own.
class tenants_state {
public:
  static inline const char* name = "kinora.tenants";

  tenants_state(tenants_actor::pointer self, tenants_options options, stores from, boards_ptr out,
                registry_ptr slots, std::shared_ptr<signal_cache> cache);

  tenants_actor::behavior_type make_behavior();

private:
  caf::result<tenant_board_ptr> on_find(const std::string& tenant);
  caf::result<payload<put_outcome>> on_put(const payload<put_rules>& x);
  caf::result<payload<put_outcome>> create(const put_rules& x);
  caf::result<void> on_erase(const payload<erase_tenant>& x);
  void on_child(const std::string& tenant, bool up);

  void start(const std::string& tenant, tenant_board_ptr board);
  void publish(const std::string& tenant, tenant_board_ptr board);

  tenants_actor::pointer self_;
  tenants_options options_;
  stores stores_;
  boards_ptr boards_;
  std::uint64_t claim_; ///< On the board of tenants.
  registry_ptr slots_;
  std::shared_ptr<signal_cache> cache_;
  supervision supervision_;
  /// Tenants that are being made: their boards, published once there is something on them.
  std::map<std::string, tenant_board_ptr> unpublished_;
  /// Whom to answer when a tenant is made: the promise, and the outcome.
  std::map<std::string, std::pair<caf::typed_response_promise<payload<put_outcome>>, put_outcome>> creating_;
  std::set<std::string> erasing_;
};

} // namespace kinora
