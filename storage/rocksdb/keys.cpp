#include "storage/rocksdb/keys.hpp"

#define XXH_INLINE_ALL
#include <xxhash.h>

namespace kinora {

std::string event_key(std::string_view tenant, std::string_view event_id) {
  XXH128_canonical_t hash;
  XXH128_canonicalFromHash(&hash, XXH3_128bits(event_id.data(), event_id.size()));
  return tenant_key(tenant, {reinterpret_cast<const char*>(hash.digest), sizeof hash.digest});
}

} // namespace kinora
