#include "commands/offline.hpp"

#include "commands/wiring.hpp"
#include "config/data_dir.hpp"
#include "storage/rocksdb/backup.hpp"
#include "storage/rocksdb/store_check.hpp"
#include "transfer/export.hpp"
#include "transfer/import.hpp"
#include "transfer/progress_display.hpp"
#include "transfer/server_backup.hpp"
#include "transfer/server_destination.hpp"
#include "transfer/store_destination.hpp"

#include <atomic>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <unistd.h>

namespace kinora {

namespace {

constexpr int exit_rejected = 1; ///< Some lines of an import were left out.

/// For people at a terminal: no log runs.
rocksdb_options make_offline_options(const settings& x) {
  return make_rocksdb_options(x, [](const std::string& text) { std::cerr << "kinora: " << text << '\n'; });
}

std::atomic<bool> stop_asked{false};

bool is_stopped() {
  return stop_asked;
}

/// SIGINT and SIGTERM end the work after what is under way.
void stop_on_signals() {
  std::signal(SIGINT, [](int) { stop_asked = true; });
  std::signal(SIGTERM, [](int) { stop_asked = true; });
  std::signal(SIGPIPE, SIG_IGN);
}

std::optional<failure> check_durable(const settings& x, const char* what) {
  return x.store == "rocksdb"
             ? std::nullopt
             : std::optional{
                   invalid("STORE", std::string{"only rocksdb keeps something that could be "} + what)};
}

/// A store that a server has open can be reached through that server.
failure with_way_out(failure x, const char* way) {
  if (x.code == errc::conflict)
    x.detail += way;
  return x;
}

result<server_client_options> make_client_options(const std::string& server, const settings& x) {
  auto address = parse_server(server);
  if (!address)
    return address.error();
  if (x.admin_token.empty())
    return invalid("--token-file", "is missing: the server's admin token, here or in ADMIN_TOKEN");
  return server_client_options{*address, x.admin_token, std::chrono::seconds{60}, is_stopped};
}

result<std::unique_ptr<destination>> open_destination(const import_data& asked) {
  if (!asked.server.empty()) {
    auto options = make_client_options(asked.server, asked.with);
    if (!options)
      return options.error();
    return std::make_unique<server_destination>(asked.tenant, *std::move(options));
  }
  auto bad = check_durable(asked.with, "imported into");
  if (!bad)
    bad = check_data_dir(asked.with.data_dir);
  if (bad)
    return *bad;
  auto opened = open_rocksdb_stores(make_offline_options(asked.with));
  if (!opened)
    return with_way_out(opened.error(), "; where that is a server, give --server with its admin port");
  return std::make_unique<store_destination>(store_destination_options{asked.tenant, asked.with.max_tenants,
                                                                       asked.with.max_videos_per_tenant,
                                                                       wall_clock},
                                             *std::move(opened));
}

std::vector<import_file> make_import_files(const std::map<std::string, std::string>& files) {
  std::vector<import_file> out;
  for (std::size_t i = 0; i < row_kind_names.size(); ++i)
    if (auto file = files.find(std::string{row_kind_names[i]}); file != files.end())
      out.push_back({static_cast<row_kind>(i), file->second});
  return out;
}

} // namespace

int check(const check_store& asked) {
  if (asked.with.store != "rocksdb")
    return fail(invalid("STORE", "only rocksdb keeps something that could be checked"));
  auto report = check_rocksdb_store(make_offline_options(asked.with));
  if (!report)
    return fail(report.error());
  std::cout << to_text(*report);
  return EXIT_SUCCESS;
}

int import_rows(const import_data& asked) {
  stop_on_signals();
  import_options options{asked.tenant,
                         asked.server.empty() ? std::filesystem::absolute(asked.with.data_dir).string()
                                              : asked.server,
                         make_import_files(asked.files),
                         asked.shift_to_now,
                         asked.rejected,
                         wall_clock,
                         std::chrono::steady_clock::now,
                         is_stopped};
  if (auto checked = check_import(options); !checked)
    return fail(checked.error());
  auto to = open_destination(asked);
  if (!to)
    return fail(to.error());
  progress_display display{std::cerr, ::isatty(STDERR_FILENO) != 0, std::chrono::steady_clock::now()};
  auto done = run_import(options, **to, display);
  if (!done)
    return fail(done.error());
  std::cout << to_text(options, *done);
  return done->rejected() > 0 ? exit_rejected : EXIT_SUCCESS;
}

int export_rows(const export_data& asked) {
  stop_on_signals();
  export_options options;
  options.tenant = asked.tenant;
  for (auto& x : make_import_files(asked.files))
    options.files.push_back({x.kind, x.path});
  options.signal_retention = std::chrono::days{asked.with.signal_retention_days};
  options.now = wall_clock();
  options.is_stopped = is_stopped;
  auto bad = check_durable(asked.with, "exported");
  if (auto checked = check_export(options); !bad && !checked)
    bad = checked.error();
  const auto store = std::filesystem::weakly_canonical(std::filesystem::absolute(asked.with.data_dir));
  for (auto& x : options.files)
    if (!bad && std::filesystem::weakly_canonical(std::filesystem::absolute(x.path)).parent_path() == store)
      bad = invalid("--" + std::string{to_string_view(x.kind)}, "is in the folder of the store: " + x.path);
  if (bad)
    return fail(*bad);
  auto from = read_rocksdb_stores(make_offline_options(asked.with));
  if (!from)
    return fail(with_way_out(from.error(), "; where that is a server, kinora store backup --server makes a "
                                           "copy to export from"));
  auto rows = run_export(options, *from);
  if (!rows)
    return fail(rows.error());
  for (std::size_t i = 0; i < rows->size(); ++i)
    std::cerr << to_string_view(options.files[i].kind) << ": " << (*rows)[i] << " rows\n";
  return EXIT_SUCCESS;
}

int back_up(const make_backup& asked) {
  stop_on_signals();
  if (!asked.server.empty()) {
    auto options = make_client_options(asked.server, asked.with);
    auto done = options ? back_up_server(*std::move(options)) : result<server_backup>{options.error()};
    if (!done)
      return fail(done.error());
    std::cout << done->path << ": " << done->bytes << " bytes\n";
    return EXIT_SUCCESS;
  }
  if (auto bad = check_durable(asked.with, "backed up"))
    return fail(*bad);
  auto made =
      backup_rocksdb_store(make_offline_options(asked.with),
                           {backup_folder(asked.with), asked.with.backups_kept, wall_clock(), is_stopped});
  if (!made)
    return fail(with_way_out(made.error(), "; where that is a server, give --server with its admin port"));
  std::cout << made->path << ": " << made->bytes << " bytes\n";
  return EXIT_SUCCESS;
}

int restore(const restore_store& asked) {
  stop_on_signals();
  if (auto bad = check_durable(asked.with, "restored"))
    return fail(*bad);
  if (auto done = restore_rocksdb_store(make_offline_options(asked.with), asked.from, is_stopped); !done)
    return fail(done.error());
  std::cout << asked.with.data_dir << ": restored from " << asked.from << '\n';
  return EXIT_SUCCESS;
}

} // namespace kinora
