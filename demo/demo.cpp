#include "demo/demo.hpp"

#include "demo/tenant.hpp"
#include "domain/revision.hpp"

#include <memory>
#include <vector>

namespace kinora::demo {

namespace {

result<void> save(const stores& out, const demo_tenant& x, wall_time now) {
  std::vector<std::shared_ptr<const video>> videos;
  for (auto& each : x.videos)
    videos.push_back(std::make_shared<const video>(each));
  if (auto done = out.videos->replace(x.id, videos); !done)
    return done;
  // The rules make the tenant exist: only what needs one comes after them.
  if (auto done = out.tenants->save(x.id, {x.rules, next_revision(0, now), 1, now, "demo"}); !done)
    return done;
  for (auto& user : x.users)
    if (auto done = out.signals->save(x.id, user.hash, record_of(user.signals, now)); !done)
      return done;
  return {};
}

} // namespace

std::optional<failure> load(const stores& out, wall_time now) {
  for (auto& tenant : {sports(now), news(now), showcase(now)}) {
    auto known = out.tenants->load(tenant.id);
    if (!known)
      return known.error();
    if (*known)
      continue;
    if (auto done = save(out, tenant, now); !done)
      return done.error();
  }
  return std::nullopt;
}

} // namespace kinora::demo
