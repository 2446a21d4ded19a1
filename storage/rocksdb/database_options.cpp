#include "storage/rocksdb/database_options.hpp"

#include "storage/rocksdb/expiry.hpp"
#include "storage/rocksdb/merge.hpp"

#include <rocksdb/cache.h>
#include <rocksdb/convenience.h>
#include <rocksdb/env.h>
#include <rocksdb/file_checksum.h>
#include <rocksdb/filter_policy.h>
#include <rocksdb/table.h>

#include <algorithm>
#include <cstdarg>
#include <memory>

namespace kinora {

namespace {

constexpr std::size_t mebibyte = std::size_t{1} << 20;
constexpr std::uint64_t day_s = 24 * 3'600;

/// The best that this RocksDB was built with for data that is read often.
rocksdb::CompressionType pick_compression() {
  auto built_with = rocksdb::GetSupportedCompressions();
  auto has = [&](auto x) { return std::find(built_with.begin(), built_with.end(), x) != built_with.end(); };
  return has(rocksdb::kLZ4Compression) ? rocksdb::kLZ4Compression : rocksdb::kNoCompression;
}

rocksdb::ColumnFamilyOptions make_family(const std::shared_ptr<rocksdb::Cache>& cache) {
  rocksdb::ColumnFamilyOptions out;
  rocksdb::BlockBasedTableOptions table;
  table.block_cache = cache;
  table.cache_index_and_filter_blocks = true; // so that the cache's size bounds them too
  // In pieces: a large file's filter as a whole would not fit into a shard of the cache.
  table.index_type = rocksdb::BlockBasedTableOptions::kTwoLevelIndexSearch;
  table.partition_filters = true;
  table.filter_policy.reset(rocksdb::NewBloomFilterPolicy(10));
  table.format_version = 5;
  out.table_factory.reset(rocksdb::NewBlockBasedTableFactory(table));
  out.compression = pick_compression();
  out.write_buffer_size = 16 * mebibyte;
  return out;
}

/// Takes the place of RocksDB's LOG, a file in the folder that RocksDB goes on writing after the disk refused
/// a write of it, and then aborts. What goes wrong is known by the status of whatever failed.
class silent_logger : public rocksdb::Logger {
public:
  void Logv(rocksdb::InfoLogLevel, const char*, std::va_list) override {}
};

} // namespace

rocksdb::DBOptions make_db_options(const rocksdb_options& x, rocksdb::Env* env) {
  rocksdb::DBOptions out;
  out.env = env;
  out.create_if_missing = true;
  out.create_missing_column_families = true;
  out.paranoid_checks = true;
  out.wal_recovery_mode = rocksdb::WALRecoveryMode::kAbsoluteConsistency;
  out.track_and_verify_wals_in_manifest = true;
  out.file_checksum_gen_factory = rocksdb::GetFileChecksumGenCrc32cFactory();
  out.db_write_buffer_size = x.write_buffer_bytes;
  out.max_total_wal_size = 2 * x.write_buffer_bytes;
  out.max_background_jobs = 2;
  out.max_open_files = 512;
  out.bytes_per_sync = mebibyte; // files are written back as they grow, not all at once at their end
  out.info_log = std::make_shared<silent_logger>();
  return out;
}

std::vector<rocksdb::ColumnFamilyDescriptor> make_families(const rocksdb_options& x) {
  auto cache = rocksdb::NewLRUCache(x.cache_bytes);
  std::array<rocksdb::ColumnFamilyOptions, family_count> out;
  out.fill(make_family(cache));
  auto& settings = out[static_cast<std::size_t>(family::settings)];
  settings.write_buffer_size = mebibyte;
  auto& users = out[static_cast<std::size_t>(family::users)];
  users.merge_operator = make_record_merge(x.signal_retention);
  users.compaction_filter_factory = make_record_expiry(x.wall_clock, x.signal_retention);
  users.periodic_compaction_seconds = 7 * day_s;
  auto& popularity = out[static_cast<std::size_t>(family::popularity)];
  popularity.merge_operator = make_popularity_merge();
  popularity.compaction_filter_factory = make_popularity_expiry(x.wall_clock);
  popularity.periodic_compaction_seconds = 7 * day_s;
  auto& events = out[static_cast<std::size_t>(family::events)];
  events.compaction_filter_factory = make_event_expiry(x.wall_clock);
  events.periodic_compaction_seconds = day_s;
  events.memtable_whole_key_filtering = true;
  events.memtable_prefix_bloom_size_ratio = 0.1;
  auto& stats = out[static_cast<std::size_t>(family::stats)];
  stats.write_buffer_size = mebibyte; // few keys, and each write adds to one: a flush joins what a read would
  stats.merge_operator = make_stats_merge();
  stats.compaction_filter_factory = make_stats_expiry(x.wall_clock);
  stats.periodic_compaction_seconds = day_s;
  std::vector<rocksdb::ColumnFamilyDescriptor> families;
  for (std::size_t i = 0; i < family_count; ++i)
    families.emplace_back(family_names[i], out[i]);
  return families;
}

} // namespace kinora
