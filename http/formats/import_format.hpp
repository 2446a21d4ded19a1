// What imports send beside videos, events and rules, one JSON object a line: signals of users that were
// gathered elsewhere, and what exports write of users and of popularity.
#pragma once

#include "domain/imported.hpp"
#include "domain/result.hpp"
#include "http/formats/events_format.hpp"

#include <boost/json/value.hpp>

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace kinora::http {

inline constexpr std::size_t rows_per_upload_max = 1'000;

/// A row that is left out, and why: `invalid_json` or `invalid_argument`.
struct rejected_row {
  std::size_t index; ///< From 0, of the lines that are not blank.
  event_fault code;
  std::string detail; ///< Names the field at fault.
  bool operator==(const rejected_row&) const = default;
};

template <class Row>
struct rows_upload {
  std::vector<Row> rows; ///< The good ones, in the order sent.
  std::vector<rejected_row> rejected;
};

/// Reads a row `{user_hash, last_active, watched_ids, long_watched_ids, disliked_ids, affinities,
/// creator_affinities, moved_ms}`, of which all but the first two may be absent or null, and unknown keys are
/// refused. Ids may repeat, of which the last place counts; otherwise as `parse_signals` has them. `moved_ms`
/// says by how much `last_active` was moved before it was sent. Or a row of an export, `{user_hash, record}`.
result<signals_row> parse_signals_row(const boost::json::value& value);

/// Reads a row of an export: `{video_id, value, at_ms, half_life_ms}`.
result<popularity_part> parse_popularity_row(const boost::json::value& value);

/// Reads one row a line; a bad one is rejected and the others are kept. Fails with `payload_too_large` past
/// `rows_per_upload_max` only.
result<rows_upload<signals_row>> parse_signals_rows(std::string_view body);
result<rows_upload<popularity_part>> parse_popularity_rows(std::string_view body);

/// The answer to rows.
std::string write_rows_result(std::size_t accepted, std::size_t duplicates,
                              const std::vector<rejected_row>& rejected);

/// Writes all there is of a user as a row that `parse_signals_row` reads back bit by bit (-0 as 0).
std::string write_record_row(const std::string& user, const user_record& x);

/// The same of a video's popularity.
std::string write_popularity_row(const std::string& video_id, const popularity_sum& x);

} // namespace kinora::http
