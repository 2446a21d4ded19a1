#include "transfer/export.hpp"

#include "http/formats/import_format.hpp"
#include "http/formats/rules_format.hpp"
#include "http/formats/video_format.hpp"
#include "http/json_text.hpp"
#include "transfer/byte_source.hpp"
#include "transfer/durable_file.hpp"

#include <algorithm>

namespace kinora {

namespace {

/// The rows of one file.
class row_writer {
public:
  row_writer(const export_options& x, output_file& to) : options_{x}, to_{to} {}

  result<void> write(const std::string& row) {
    if (options_.is_stopped())
      return failure{errc::unavailable, {}, "interrupted; what was not whole is not kept"};
    ++count_;
    return to_.write(row + '\n');
  }

  std::uint64_t count() const noexcept { return count_; }

private:
  const export_options& options_;
  output_file& to_;
  std::uint64_t count_ = 0;
};

result<void> write_rules(const export_options& x, const stores& from, row_writer& to) {
  auto rules = from.tenants->load(x.tenant);
  if (!rules)
    return rules.error();
  return to.write(http::to_text(http::write_rules((*rules)->rules)));
}

result<void> write_videos(const export_options& x, const stores& from, row_writer& to) {
  auto videos = from.videos->load(x.tenant);
  if (!videos)
    return videos.error();
  for (auto& video : *videos)
    if (auto written = to.write(http::to_text(http::write_video(*video))); !written)
      return written;
  return {};
}

result<void> write_signals(const export_options& x, const stores& from, row_writer& to) {
  return from.signals->each(x.tenant, [&](std::string_view user, const user_record& record) -> result<void> {
    if (wall_time{std::chrono::milliseconds{record.touched_ms}} + x.signal_retention < x.now)
      return {};
    return to.write(http::write_record_row(std::string{user}, record));
  });
}

result<void> write_popularity(const export_options& x, const stores& from, row_writer& to) {
  auto sums = from.popularity->load(x.tenant);
  if (!sums)
    return sums.error();
  for (auto& [id, sum] : *sums)
    if (auto written = to.write(http::write_popularity_row(id, sum)); !written)
      return written;
  return {};
}

result<void> write_rows(const export_options& x, const stores& from, row_kind kind, row_writer& to) {
  switch (kind) {
  case row_kind::rules: return write_rules(x, from, to);
  case row_kind::videos: return write_videos(x, from, to);
  case row_kind::signals: return write_signals(x, from, to);
  case row_kind::popularity: return write_popularity(x, from, to);
  case row_kind::events: break;
  }
  return {};
}

result<std::uint64_t> write_file(const export_options& x, const stores& from, const export_file& to) {
  const auto draft = to.path == standard_stream ? to.path : to.path + ".tmp";
  output_file file;
  auto done = file.open(draft);
  row_writer rows{x, file};
  if (done)
    done = write_rows(x, from, to.kind, rows);
  if (done)
    done = file.sync();
  if (done && draft != to.path)
    done = move_into_place(draft, to.path);
  return done ? result<std::uint64_t>{rows.count()} : done.error();
}

} // namespace

result<void> check_export(const export_options& x) {
  if (x.files.empty())
    return invalid("export", "nothing to export: give at least one of --rules, --videos, --signals and "
                             "--popularity");
  if (std::ranges::count(x.files, standard_stream, &export_file::path) > 1)
    return invalid("export", "standard output can be one file only");
  std::vector<std::string> others;
  for (auto& file : x.files) {
    if (auto bad = check_output("--" + std::string{to_string_view(file.kind)}, file.path, others))
      return *bad;
    others.push_back(file.path);
  }
  return {};
}

result<export_counts> run_export(const export_options& x, const stores& from) {
  auto known = from.tenants->load(x.tenant);
  if (!known)
    return known.error();
  if (!*known)
    return failure{errc::not_found, "--tenant", "there is no tenant '" + x.tenant + "' in the store"};
  export_counts out;
  for (auto& file : x.files) {
    auto rows = write_file(x, from, file);
    if (!rows)
      return rows.error();
    out.push_back(*rows);
  }
  return out;
}

} // namespace kinora
