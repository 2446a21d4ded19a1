// How often each user of each tenant asks, in memory whose size is fixed.
#pragma once

#include "domain/token_bucket.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

namespace kinora::http {

struct rate_limiter_options {
  rate_limit each; ///< Of one user of one tenant.
  std::size_t buckets = 262'144;
  /// Random bytes, the longest secret that XXH3 makes use of: nobody who does not know them can choose names
  /// that meet in one place.
  std::array<unsigned char, 192> secret{};
};

/// A token bucket for every user that was here lately, as many as there is room for; all of it is allocated
/// at once. A bucket has a few places where it may be, by the hash of tenant and user. When all of them are
/// taken, the fullest of them and the new one is forgotten: who is forgotten has a full bucket again, so
/// that a flood of made-up users may give somebody more, and never less. Any thread.
///
/// Two users share a bucket when 64 bits of their hashes are the same; the chance that a request meets such
/// a bucket is `buckets` / 2^64.
class rate_limiter {
public:
  explicit rate_limiter(const rate_limiter_options& options);

  /// Takes a token from the user's bucket, if there is one.
  rate_verdict take(std::string_view tenant, std::string_view user, steady_time now);

  const rate_limit& each() const noexcept { return each_; }

private:
  struct entry {
    std::uint64_t user = 0;
    token_bucket bucket;
  };
  static_assert(sizeof(entry) == 16); // as the help text of RATE_LIMIT_USERS has it

  static constexpr std::size_t cache_line_bytes = 64;

  /// The places where one bucket may be: two cache lines.
  struct alignas(cache_line_bytes) entry_set {
    std::array<entry, 8> entries;
  };

  struct alignas(cache_line_bytes) lock {
    std::mutex mutex;
  };

  std::uint64_t hash_of(std::string_view tenant, std::string_view user) const;

  const rate_limit each_;
  const std::array<unsigned char, 192> secret_;
  std::vector<entry_set> sets_;
  std::array<lock, 64> locks_; ///< Each of every 64th set.
};

} // namespace kinora::http
