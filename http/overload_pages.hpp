// What is answered when more feeds come than the actors can take: trending pages that are text already.
#pragma once

#include "domain/feed.hpp"
#include "domain/tenant_snapshot.hpp"
#include "http/feed_response.hpp"
#include "http/message.hpp"

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <shared_mutex>
#include <string>
#include <unordered_map>

namespace kinora::http {

/// Keeps the first page of each tenant's trending feed, as long as it is the right one: until the tenant's
/// snapshot or its rollout changes, or a second has passed, in which a video may have expired. Holds one page
/// a tenant, the one asked for last. Any thread.
class overload_pages {
public:
  /// Whether the answer is the same for everybody who asks the same: a first page, without exclusions and
  /// explanations.
  static bool covers(const feed_request& request);

  /// The answer to `request`, which is covered, of a user who would be personalized under `rollout_share`: as
  /// `feed_response` has it, but for the tracking tokens: they bind no user, and name a request that the page
  /// was made for, and not this one.
  response answer(const tenant_snapshot_ptr& tenant, const feed_request& request,
                  std::optional<std::uint32_t> rollout_share, std::string_view if_none_match,
                  const feed_format& format, std::chrono::nanoseconds took);

private:
  struct page {
    std::weak_ptr<const tenant_snapshot> of; ///< A page keeps no old catalogue in memory.
    std::chrono::seconds second;             ///< Since the epoch.
    std::size_t limit;
    std::optional<std::uint32_t> rollout_share;
    response text; ///< The body ends where the request's id goes.
  };

  using page_ptr = std::shared_ptr<const page>;

  page_ptr find(const tenant_snapshot_ptr& tenant, const feed_request& request,
                std::optional<std::uint32_t> rollout_share) const;
  page_ptr make(const tenant_snapshot_ptr& tenant, const feed_request& request,
                std::optional<std::uint32_t> rollout_share, const feed_format& format);

  mutable std::shared_mutex mutex_;
  std::unordered_map<std::string, page_ptr> pages_; ///< By tenant.
};

} // namespace kinora::http
