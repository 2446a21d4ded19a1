#include "commands/wiring.hpp"

#include "config/command_line.hpp"

#include <chrono>
#include <cstddef>
#include <filesystem>
#include <iostream>
#include <utility>

namespace kinora {

namespace {

constexpr int exit_usage = 2;

} // namespace

wall_time wall_clock() {
  return std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now());
}

std::string backup_folder(const settings& x) {
  return !x.backup_dir.empty() ? x.backup_dir
                               : (std::filesystem::path{x.data_dir} / "").parent_path().string() + "-backups";
}

rocksdb_options make_rocksdb_options(const settings& x, std::function<void(const std::string&)> on_note) {
  rocksdb_options out;
  out.path = x.data_dir;
  out.cache_bytes = std::size_t{x.store_cache_mb} << 20;
  out.write_buffer_bytes = std::size_t{x.store_write_buffer_mb} << 20;
  out.signal_retention = std::chrono::days{x.signal_retention_days};
  out.audit_entries_max = x.audit_entries_max;
  out.wall_clock = wall_clock;
  out.on_note = std::move(on_note);
  return out;
}

int fail(const failure& x) {
  std::cerr << to_line(x) << '\n';
  return exit_usage;
}

} // namespace kinora
