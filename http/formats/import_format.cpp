#include "http/formats/import_format.hpp"

#include "http/formats/json_reader.hpp"
#include "http/formats/ndjson.hpp"
#include "http/formats/signals_format.hpp"
#include "http/json_text.hpp"
#include "http/json_writer.hpp"

#include <boost/json/array.hpp>

#include <algorithm>
#include <cmath>
#include <utility>

namespace kinora::http {

namespace {

namespace json = boost::json;

/// 9999-12-31 and 0001-01-01, the years that times have.
constexpr std::int64_t ms_max = 253'402'300'799'999;
constexpr std::int64_t ms_min = -62'135'596'800'000;

/// Reads a whole number of milliseconds of `min`..`max`.
struct ms_between {
  std::int64_t min = ms_min;
  std::int64_t max = ms_max;

  result<std::int64_t> operator()(const json::value& value) const {
    if (const auto* x = value.if_int64(); x && *x >= min && *x <= max)
      return *x;
    if (const auto* x = value.if_double(); // however it is written, as other whole numbers
        x && std::trunc(*x) == *x && *x >= static_cast<double>(min) && *x <= static_cast<double>(max))
      return static_cast<std::int64_t>(*x);
    return invalid("", "must be a whole number of milliseconds from " + std::to_string(min) + " to " +
                           std::to_string(max));
  }
};

constexpr ms_between unix_ms;
constexpr ms_between moved_ms{-ms_max + ms_min, ms_max - ms_min};
constexpr ms_between half_life_ms{1, 366LL * 24 * 3'600'000};

/// What events of a century add up to stays far below, and any number of such sums is still finite.
constexpr number_between sum_number{-1e18, 1e18};

/// Reads an array of at most `entries_max` objects, each read by `parse`, into the order of their keys. Of a
/// key that repeats the last one counts.
template <class Parse>
struct list_of {
  using entry_type = typename std::invoke_result_t<Parse, const json::value&>::value_type;

  std::size_t entries_max;
  Parse parse;

  result<std::vector<entry_type>> operator()(const json::value& value) const {
    const auto* items = value.if_array();
    if (!items)
      return invalid("", "must be an array of objects");
    if (items->size() > entries_max)
      return too_many(entries_max, items->size());
    std::vector<entry_type> out;
    for (const auto& item : *items) {
      auto x = parse(item);
      if (!x)
        return at_index(out.size(), x.error());
      out.push_back(*std::move(x));
    }
    std::ranges::reverse(out);
    std::ranges::stable_sort(out, {}, &entry_type::key);
    const auto repeated = std::ranges::unique(out, {}, &entry_type::key);
    out.erase(repeated.begin(), repeated.end());
    return out;
  }
};

template <class Parse>
list_of(std::size_t, Parse) -> list_of<Parse>;

result<user_record::sum> parse_sum(const json::value& value) {
  user_record::sum out;
  object_reader in{value};
  in.require("key");
  in.read("key", out.key, name_text);
  in.require("sum");
  in.read("sum", out.value, sum_number);
  in.require("first_ms");
  in.read("first_ms", out.first_ms, unix_ms);
  in.refuse_unknown();
  return in.finish(std::move(out));
}

result<user_record::timed_id> parse_timed(const json::value& value) {
  user_record::timed_id out;
  object_reader in{value};
  in.require("key");
  in.read("key", out.key, name_text);
  in.require("at_ms");
  in.read("at_ms", out.at_ms, unix_ms);
  in.refuse_unknown();
  return in.finish(std::move(out));
}

result<user_record::set_affinity> parse_set_affinity(const json::value& value) {
  user_record::set_affinity out;
  object_reader in{value};
  in.require("key");
  in.read("key", out.key, name_text);
  in.require("value");
  in.read("value", out.value, number_between{0.0, 1.0});
  in.refuse_unknown();
  return in.finish(std::move(out));
}

result<user_record::set_part> parse_set(const json::value& value) {
  const list_of affinities{affinities_max, parse_set_affinity};
  user_record::set_part out;
  object_reader in{value};
  in.require("at_ms");
  in.read("at_ms", out.at_ms, unix_ms);
  in.read("tags", out.tags, affinities);
  in.read("creators", out.creators, affinities);
  in.refuse_unknown();
  return in.finish(std::move(out));
}

result<user_record> parse_record(const json::value& value) {
  const list_of sums{user_record::sums_max, parse_sum};
  user_record out;
  object_reader in{value};
  in.read("reference_ms", out.reference_ms, unix_ms);
  in.read("tags", out.tags, sums);
  in.read("creators", out.creators, sums);
  in.read("watched", out.watched, list_of{user_signals::watched_max, parse_timed});
  in.read("disliked", out.disliked, list_of{user_record::disliked_max, parse_timed});
  in.read("set", out.set, parse_set);
  in.read("last_active_ms", out.last_active_ms, unix_ms);
  in.require("touched_ms");
  in.read("touched_ms", out.touched_ms, unix_ms);
  in.read("since_ms", out.since_ms, unix_ms);
  in.refuse_unknown();
  return in.finish(std::move(out));
}

result<std::chrono::milliseconds> parse_moved(const json::value& value) {
  const auto out = moved_ms(value);
  return out ? result<std::chrono::milliseconds>{std::chrono::milliseconds{*out}} : out.error();
}

template <class Row, class Parse>
result<rows_upload<Row>> parse_rows(std::string_view body, Parse parse) {
  rows_upload<Row> out;
  ndjson_lines lines{body};
  std::size_t index = 0;
  while (const auto line = lines.next()) {
    if (index == rows_per_upload_max)
      return failure{errc::payload_too_large, "body",
                     "there are more than " + std::to_string(rows_per_upload_max) +
                         " rows; send them in parts"};
    if (const auto value = parse_json(line->text, "the line"); !value)
      out.rejected.push_back(
          {index, event_fault::invalid_json, value.error().field + ' ' + value.error().detail});
    else if (auto row = parse(*value); !row)
      out.rejected.push_back(
          {index, event_fault::invalid_argument,
           (row.error().field.empty() ? "the row" : row.error().field) + ' ' + row.error().detail});
    else
      out.rows.push_back(*std::move(row));
    ++index;
  }
  return out;
}

/// -0 is written as 0: as a whole number it would be read back as that.
double without_sign_of_zero(double x) {
  return x + 0.0;
}

void write_sums(json_writer& out, std::string_view name, const std::vector<user_record::sum>& sums) {
  out.key(name).begin_array();
  for (const auto& x : sums)
    out.begin_object()
        .member("key", x.key)
        .member("sum", without_sign_of_zero(x.value))
        .member("first_ms", x.first_ms)
        .end_object();
  out.end_array();
}

void write_times(json_writer& out, std::string_view name, const std::vector<user_record::timed_id>& ids) {
  out.key(name).begin_array();
  for (const auto& x : ids)
    out.begin_object().member("key", x.key).member("at_ms", x.at_ms).end_object();
  out.end_array();
}

void write_affinities(json_writer& out, std::string_view name,
                      const std::vector<user_record::set_affinity>& all) {
  out.key(name).begin_array();
  for (const auto& x : all)
    out.begin_object().member("key", x.key).member("value", without_sign_of_zero(x.value)).end_object();
  out.end_array();
}

} // namespace

result<signals_row> parse_signals_row(const json::value& value) {
  constexpr map_of affinities{affinities_max, number_between{0.0, 1.0}};
  signals_row out;
  object_reader in{value};
  in.require("user_hash");
  in.read("user_hash", out.user, parse_user_hash);
  in.read("record", out.record, parse_record);
  if (out.record) {
    in.refuse_unknown();
    return in.finish(std::move(out));
  }
  in.require("last_active");
  in.read("last_active", out.signals.last_active, parse_time);
  in.read("watched_ids", out.signals.watched_ids, latest_ids{user_signals::watched_max});
  in.read("long_watched_ids", out.long_watched, latest_ids{user_signals::watched_max});
  in.read("disliked_ids", out.signals.disliked_ids, latest_ids{user_record::disliked_max});
  in.read("affinities", out.signals.affinities, affinities);
  in.read("creator_affinities", out.signals.creator_affinities, affinities);
  in.read("moved_ms", out.moved, parse_moved);
  in.refuse_unknown();
  return in.finish(std::move(out));
}

result<popularity_part> parse_popularity_row(const json::value& value) {
  std::string video_id;
  popularity_sum sum;
  object_reader in{value};
  in.require("video_id");
  in.read("video_id", video_id, parse_video_id);
  in.require("value");
  in.read("value", sum.value, sum_number);
  in.require("at_ms");
  in.read("at_ms", sum.at_ms, unix_ms);
  in.require("half_life_ms");
  in.read("half_life_ms", sum.half_life_ms, half_life_ms);
  in.refuse_unknown();
  return in.finish(part_of(std::move(video_id), sum));
}

result<rows_upload<signals_row>> parse_signals_rows(std::string_view body) {
  return parse_rows<signals_row>(body, parse_signals_row);
}

result<rows_upload<popularity_part>> parse_popularity_rows(std::string_view body) {
  return parse_rows<popularity_part>(body, parse_popularity_row);
}

std::string write_rows_result(std::size_t accepted, std::size_t duplicates,
                              const std::vector<rejected_row>& rejected) {
  json_writer out;
  out.begin_object().member("accepted", accepted).member("duplicates", duplicates);
  out.key("rejected").begin_array();
  for (const auto& x : rejected)
    out.begin_object()
        .member("index", x.index)
        .member("code", event_fault_names[static_cast<std::size_t>(x.code)])
        .member("detail", x.detail)
        .end_object();
  return out.end_array().end_object().take();
}

std::string write_record_row(const std::string& user, const user_record& x) {
  json_writer out{1024};
  out.begin_object().member("user_hash", user).key("record").begin_object();
  out.member("reference_ms", x.reference_ms);
  write_sums(out, "tags", x.tags);
  write_sums(out, "creators", x.creators);
  write_times(out, "watched", x.watched);
  write_times(out, "disliked", x.disliked);
  out.key("set");
  if (x.set) {
    out.begin_object().member("at_ms", x.set->at_ms);
    write_affinities(out, "tags", x.set->tags);
    write_affinities(out, "creators", x.set->creators);
    out.end_object();
  } else {
    out.value(nullptr);
  }
  out.key("last_active_ms");
  if (x.last_active_ms)
    out.value(*x.last_active_ms);
  else
    out.value(nullptr);
  return out.member("touched_ms", x.touched_ms)
      .member("since_ms", x.since_ms)
      .end_object()
      .end_object()
      .take();
}

std::string write_popularity_row(const std::string& video_id, const popularity_sum& x) {
  json_writer out;
  return out.begin_object()
      .member("video_id", video_id)
      .member("value", without_sign_of_zero(x.value))
      .member("at_ms", x.at_ms)
      .member("half_life_ms", x.half_life_ms)
      .end_object()
      .take();
}

} // namespace kinora::http
