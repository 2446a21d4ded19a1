#include "http/overload_pages.hpp"

#include "http/inputs.hpp"
#include "http/request_id.hpp"

#include <mutex>

namespace kinora::http {

namespace {

constexpr std::size_t tenants_max =
    10'000; ///< Tenants come and go; pages of those that went stay until then.
constexpr std::string_view after_id = "\"}";

std::chrono::seconds second_of(wall_time x) {
  return std::chrono::floor<std::chrono::seconds>(x.time_since_epoch());
}

} // namespace

bool overload_pages::covers(const feed_request& request) {
  return request.page.served.empty() && request.page.excluded.empty() && !request.page.explain &&
         !request.session_binds_user;
}

response overload_pages::answer(const tenant_snapshot_ptr& tenant, const feed_request& request,
                                std::optional<std::uint32_t> rollout_share, std::string_view if_none_match,
                                const feed_format& format, std::chrono::nanoseconds took) {
  auto ready = find(tenant, request, rollout_share);
  if (!ready)
    ready = make(tenant, request, rollout_share, format);
  response out;
  out.is_shed = true;
  out.headers = ready->text.headers;
  if (request.by_key) // the page is the same for everybody, but only who has a key gets it
    set_caching(out, false, true);
  out.set("Server-Timing", server_timing({}, false, took));
  if (names_etag(if_none_match, *ready->text.header("ETag"))) {
    out.status = 304;
    std::erase_if(out.headers, [](const auto& x) { return x.first == "Content-Type"; });
    return out;
  }
  out.body.reserve(ready->text.body.size() + request.request_id.size() + after_id.size());
  out.body += ready->text.body;
  out.body += request.request_id;
  out.body += after_id;
  return out;
}

overload_pages::page_ptr overload_pages::find(const tenant_snapshot_ptr& tenant, const feed_request& request,
                                              std::optional<std::uint32_t> rollout_share) const {
  const std::shared_lock lock{mutex_};
  const auto found = pages_.find(request.tenant);
  if (found == pages_.end() || found->second->of.lock() != tenant ||
      found->second->limit != request.page.limit || found->second->rollout_share != rollout_share ||
      found->second->second != second_of(request.now))
    return nullptr;
  return found->second;
}

overload_pages::page_ptr overload_pages::make(const tenant_snapshot_ptr& tenant, const feed_request& request,
                                              std::optional<std::uint32_t> rollout_share,
                                              const feed_format& format) {
  auto shared = request;
  shared.request_id = new_request_id();
  shared.by_key = false;
  auto trending = trending_answer(*tenant, shared, personalization::on, nullptr, degraded_reason::overload);
  trending.rollout_share = rollout_share;
  auto out = std::make_shared<page>(page{tenant, second_of(request.now), request.page.limit, rollout_share,
                                         feed_response(trending, shared, {}, format, {})});
  auto& body = out->text.body;
  body.resize(body.size() - shared.request_id.size() - after_id.size());
  const std::unique_lock lock{mutex_};
  if (pages_.size() >= tenants_max)
    pages_.clear();
  pages_[request.tenant] = out;
  return out;
}

} // namespace kinora::http
