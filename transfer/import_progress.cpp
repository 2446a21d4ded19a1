#include "transfer/import_progress.hpp"

#include "http/formats/json_reader.hpp"
#include "http/json_text.hpp"
#include "http/json_writer.hpp"
#include "transfer/durable_file.hpp"

#include <boost/json/array.hpp>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>

namespace kinora {

namespace {

namespace json = boost::json;

/// Of the file's layout; another one is not read.
constexpr std::uint64_t version = 1;

constexpr http::text_between any_text{0, 4'096};

result<std::uint64_t> parse_number(const json::value& value) {
  if (value.is_uint64())
    return value.get_uint64();
  if (value.is_int64() && value.get_int64() >= 0)
    return static_cast<std::uint64_t>(value.get_int64());
  return invalid("", "must be a whole number that is not below 0");
}

result<std::chrono::milliseconds> parse_moved(const json::value& value) {
  if (value.is_int64())
    return std::chrono::milliseconds{value.get_int64()};
  return invalid("", "must be a whole number");
}

result<row_kind> parse_kind(const json::value& value) {
  for (std::size_t i = 0; i < row_kind_names.size(); ++i)
    if (value.is_string() && row_kind_names[i] == value.get_string())
      return static_cast<row_kind>(i);
  return invalid("", "is no kind of rows");
}

result<input_identity> parse_identity(const json::value& value) {
  input_identity out;
  http::object_reader in{value};
  in.require("bytes");
  in.read("bytes", out.bytes, parse_number);
  in.require("head_hash");
  in.read("head_hash", out.head_hash, parse_number);
  return in.finish(out);
}

result<import_progress::file> parse_file(const json::value& value) {
  import_progress::file out;
  http::object_reader in{value};
  in.require("kind");
  in.read("kind", out.kind, parse_kind);
  in.require("path");
  in.read("path", out.path, any_text);
  in.read("input", out.input, parse_identity);
  in.require("lines_done");
  in.read("lines_done", out.lines_done, parse_number);
  in.read("accepted", out.counts.accepted, parse_number);
  in.read("duplicates", out.counts.duplicates, parse_number);
  in.read("rejected", out.counts.rejected, parse_number);
  return in.finish(std::move(out));
}

result<std::vector<import_progress::file>> parse_files(const json::value& value) {
  const auto* items = value.if_array();
  if (!items || items->size() > row_kind_names.size())
    return invalid("", "must be an array with at most one file of each kind");
  std::vector<import_progress::file> out;
  for (const auto& item : *items) {
    auto x = parse_file(item);
    if (!x)
      return http::at_index(out.size(), x.error());
    out.push_back(*std::move(x));
  }
  return out;
}

result<import_progress> parse_progress(const json::value& value) {
  import_progress out;
  std::uint64_t of_version = 0;
  http::object_reader in{value};
  in.read("version", of_version, parse_number);
  if (of_version != version)
    return invalid("version", "is not " + std::to_string(version));
  in.read("tenant", out.tenant, any_text);
  in.read("target", out.target, any_text);
  in.read("shifts", out.shifts, http::parse_bool);
  in.read("moved_ms", out.moved_by, parse_moved);
  in.read("files", out.files, parse_files);
  in.read("rejected_listed", out.rejected_listed, parse_number);
  in.read("rejected_bytes", out.rejected_bytes, parse_number);
  return in.finish(std::move(out));
}

std::string to_json(const import_progress& x) {
  http::json_writer out;
  out.begin_object().member("version", version).member("tenant", x.tenant).member("target", x.target);
  out.member("shifts", x.shifts);
  if (x.moved_by)
    out.member("moved_ms", std::int64_t{x.moved_by->count()});
  out.key("files").begin_array();
  for (const auto& file : x.files) {
    out.begin_object().member("kind", to_string_view(file.kind)).member("path", file.path);
    if (file.input)
      out.key("input")
          .begin_object()
          .member("bytes", file.input->bytes)
          .member("head_hash", file.input->head_hash)
          .end_object();
    out.member("lines_done", file.lines_done)
        .member("accepted", file.counts.accepted)
        .member("duplicates", file.counts.duplicates)
        .member("rejected", file.counts.rejected)
        .end_object();
  }
  out.end_array().member("rejected_listed", x.rejected_listed).member("rejected_bytes", x.rejected_bytes);
  return out.end_object().take() + '\n';
}

} // namespace

bool import_progress::is_same_import(const import_progress& x) const {
  return tenant == x.tenant && target == x.target && shifts == x.shifts &&
         std::ranges::equal(files, x.files, [](auto& a, auto& b) {
           return a.kind == b.kind && a.path == b.path && a.input == b.input;
         });
}

result<std::optional<import_progress>> load_progress(const std::string& path) {
  std::error_code error;
  if (!std::filesystem::exists(path, error))
    return std::optional<import_progress>{};
  std::ifstream file{path, std::ios::binary};
  const std::string text{std::istreambuf_iterator<char>{file}, {}};
  auto value = http::parse_json(text, "the file");
  auto out = value ? parse_progress(*value) : result<import_progress>{value.error()};
  if (!out)
    return invalid(path, "is no progress of an import: " + out.error().field + ' ' + out.error().detail);
  return std::optional{*std::move(out)};
}

result<void> save_progress(const std::string& path, const import_progress& x) {
  const auto draft = path + ".tmp";
  output_file file;
  auto done = file.open(draft);
  if (done)
    done = file.write(to_json(x));
  if (done)
    done = file.sync();
  return done ? move_into_place(draft, path) : done;
}

} // namespace kinora
