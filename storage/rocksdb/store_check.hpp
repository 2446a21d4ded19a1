#pragma once

#include "domain/result.hpp"
#include "storage/rocksdb/rocksdb_stores.hpp"

#include <cstdint>
#include <string>

namespace kinora {

/// What a store holds.
struct store_report {
  std::uint64_t tenants = 0;
  std::uint64_t videos = 0;
  std::uint64_t users = 0;
  std::uint64_t popularities = 0; ///< Videos with popularity from events.
  std::uint64_t events = 0;       ///< Ids that are remembered, and attributions.
  std::uint64_t stats = 0;        ///< Hours of tenants.
  std::uint64_t audit_entries = 0;
  std::uint64_t bytes = 0; ///< Of the folder's files.
};

/// Reads and decodes all of a store that nobody has open, and changes nothing. The failure names what is
/// damaged.
result<store_report> check_rocksdb_store(const rocksdb_options& options);

/// The report as lines for people.
std::string to_text(const store_report& x);

} // namespace kinora
