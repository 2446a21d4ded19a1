#include "http/formats/stats_format.hpp"

#include "domain/timestamp.hpp"
#include "http/inputs.hpp"
#include "http/json_writer.hpp"

namespace kinora::http {

namespace {

/// Of the parameter; `otherwise` without it.
result<wall_time> time_in(const query_params& query, std::string_view field, wall_time otherwise) {
  const auto text = query.find(field);
  return text ? parse_time_text(*text, field) : otherwise;
}

void write_share(json_writer& out, const std::optional<double>& x) {
  if (x)
    out.value(*x);
  else
    out.value(nullptr);
}

/// An array with an entry for each kind of page.
void write_cells(json_writer& out, const feed_stats& x) {
  out.begin_array();
  for (const auto type : feed_stats::types)
    for (const auto side : feed_stats::sides) {
      const auto& cell = x.at(type, side);
      if (cell.is_empty())
        continue;
      out.begin_object()
          .member("feed_type", to_string_view(type))
          .member("rollout", to_string_view(side))
          .member("impressions", cell.impressions)
          .member("plays", cell.plays)
          .member("completions", cell.completions);
      write_share(out.key("click_through"), click_through(cell));
      write_share(out.key("completion_rate"), completion_rate(cell));
      out.end_object();
    }
  out.end_array();
}

void write_difference(json_writer& out, const engagement_counts& a, const engagement_counts& b) {
  const auto x = difference_of_click_through(a, b);
  if (!x) {
    out.value(nullptr);
    return;
  }
  out.begin_object()
      .member("value", x->value)
      .member("low", x->low)
      .member("high", x->high)
      .member("confidence", interval_confidence)
      .end_object();
}

} // namespace

result<stats_range> read_stats_range(const query_params& query, wall_time now) {
  const auto given = time_in(query, "from", now);
  if (!given)
    return given.error();
  const auto to = time_in(query, "to", query.find("from") ? *given + stats_age_max : now);
  if (!to)
    return to.error();
  const auto from = time_in(query, "from", *to - stats_range_default);
  if (*from >= *to)
    return invalid("from", "must be before to, which is " + to_rfc3339(*to));
  if (*to - *from > stats_age_max)
    return invalid("from", "must be at most " + std::to_string(stats_age_max.count()) +
                               " days before to, which is " + to_rfc3339(*to));
  return stats_range{std::chrono::floor<std::chrono::hours>(*from),
                     std::chrono::ceil<std::chrono::hours>(*to)};
}

std::string write_stats(const stats_range& range, const std::vector<hourly_stats>& hours) {
  feed_stats totals;
  for (const auto& x : hours)
    totals += x.counts;
  json_writer out;
  out.begin_object().member("from", to_rfc3339(range.first)).member("to", to_rfc3339(range.end));
  write_cells(out.key("totals"), totals);
  out.key("hours").begin_array();
  for (const auto& x : hours) {
    out.begin_object().member("hour", to_rfc3339(x.hour)).key("cells");
    write_cells(out, x.counts);
    out.end_object();
  }
  out.end_array().key("difference").begin_object();
  write_difference(out.key("in_minus_out"), totals.of(rollout_side::in), totals.of(rollout_side::out));
  write_difference(out.key("personalized_minus_trending"), totals.of(feed_type::personalized),
                   totals.of(feed_type::trending));
  return out.end_object().end_object().take();
}

} // namespace kinora::http
