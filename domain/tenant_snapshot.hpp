#pragma once

#include "domain/catalogue_snapshot.hpp"
#include "domain/tenant_rules.hpp"
#include "domain/trending.hpp"

#include <cstdint>
#include <memory>
#include <string>

namespace kinora {

/// One consistent view of a tenant: what a request works on from start to end.
struct tenant_snapshot {
  std::string id;
  std::shared_ptr<const tenant_rules> rules; ///< The same as `catalogue->rules`.
  std::uint64_t revision = 0;                ///< Of the rules; the ETag.
  catalogue_snapshot_ptr catalogue;
  trending_list_ptr trending;
  catalogue_snapshot_ptr best_candidates; ///< Of `trending`; nullptr where they are all there is to rank.
};

using tenant_snapshot_ptr = std::shared_ptr<const tenant_snapshot>;

} // namespace kinora
