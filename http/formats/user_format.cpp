#include "http/formats/user_format.hpp"

#include "domain/timestamp.hpp"
#include "http/formats/signals_format.hpp"

#include <boost/json/array.hpp>
#include <boost/json/value_from.hpp>

#include <algorithm>
#include <chrono>
#include <tuple>
#include <vector>

namespace kinora::http {

namespace {

namespace json = boost::json;

std::string write_time(std::int64_t unix_ms) {
  return to_rfc3339(wall_time{std::chrono::milliseconds{unix_ms}});
}

json::array write_ids(std::vector<user_record::timed_id> ids) {
  std::ranges::sort(ids, {}, [](auto& x) { return std::tie(x.at_ms, x.key); });
  json::array out;
  for (auto& x : ids)
    out.push_back({{"id", x.key}, {"at", write_time(x.at_ms)}});
  return out;
}

/// Of sums, or of affinities.
template <class Entry>
json::object write_values(const std::vector<Entry>& entries) {
  json::object out;
  for (auto& x : entries)
    out[x.key] = x.value;
  return out;
}

json::value write_set(const std::optional<user_record::set_part>& x) {
  if (!x)
    return nullptr;
  return {{"at", write_time(x->at_ms)},
          {"affinities", write_values(x->tags)},
          {"creator_affinities", write_values(x->creators)}};
}

} // namespace

json::object write_user(std::string_view user, const user_record& x, wall_time now) {
  json::object out;
  out["user_hash"] = json::string_view{user.data(), user.size()};
  out["last_active"] = x.last_active_ms ? json::value(write_time(*x.last_active_ms)) : json::value();
  out["updated_at"] = write_time(x.touched_ms);
  out["watched"] = write_ids(x.watched);
  out["disliked"] = write_ids(x.disliked);
  out["tag_sums"] = write_values(x.tags);
  out["creator_sums"] = write_values(x.creators);
  const auto has_sums = !x.tags.empty() || !x.creators.empty();
  out["sums_as_of"] = has_sums ? json::value(write_time(x.reference_ms)) : json::value();
  out["set"] = write_set(x.set);
  out["signals"] = write_signals(signals_at(x, now));
  return out;
}

} // namespace kinora::http
