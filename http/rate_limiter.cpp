#include "http/rate_limiter.hpp"

#include "domain/ids.hpp"
#include "domain/text.hpp"

#include <xxhash.h>

#include <algorithm>

namespace kinora::http {

namespace {

constexpr std::size_t length_prefixes_bytes = 8; ///< Of a tenant and a user.

} // namespace

rate_limiter::rate_limiter(const rate_limiter_options& options)
    : each_{options.each},
      secret_{options.secret},
      sets_(std::max<std::size_t>(1, (options.buckets + entry_set{}.entries.size() - 1) /
                                         entry_set{}.entries.size())) {}

rate_verdict rate_limiter::take(std::string_view tenant, std::string_view user, steady_time now) {
  const auto hash = hash_of(tenant, user);
  const auto at = (hash >> 32) * sets_.size() >> 32; // the upper half, scaled to 0..size-1
  auto& entries = sets_[at].entries;
  const std::lock_guard guard{locks_[at % locks_.size()].mutex};
  const auto known = std::ranges::find(entries, hash, &entry::user);
  if (known != entries.end())
    return known->bucket.take(each_, now);
  entry fresh{hash, {}};
  const auto verdict = fresh.bucket.take(each_, now);
  const auto fullest =
      std::ranges::min_element(entries, {}, [](const entry& x) { return x.bucket.full_at(); });
  if (fullest->bucket.full_at() <= fresh.bucket.full_at())
    *fullest = fresh;
  return verdict;
}

std::uint64_t rate_limiter::hash_of(std::string_view tenant, std::string_view user) const {
  std::string key;
  key.reserve(tenant.size() + user.size() + length_prefixes_bytes);
  append_length_prefixed(key, tenant);
  append_length_prefixed(key, user);
  return XXH3_64bits_withSecret(key.data(), key.size(), secret_.data(), secret_.size());
}

} // namespace kinora::http
