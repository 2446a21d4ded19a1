#include "http/formats/signals_format.hpp"

#include "domain/timestamp.hpp"
#include "domain/user_record.hpp"
#include "http/formats/json_reader.hpp"

#include <boost/json/value_from.hpp>

#include <algorithm>
#include <unordered_set>

namespace kinora::http {

namespace json = boost::json;

result<std::vector<std::string>> latest_ids::operator()(const json::value& value) const {
  const auto sent = text_list{ids_sent_max, name_text}(value);
  if (!sent)
    return sent;
  std::vector<std::string> out;
  std::unordered_set<std::string> seen;
  for (auto i = sent->rbegin(); i != sent->rend() && out.size() < kept; ++i)
    if (seen.insert(*i).second)
      out.push_back(*i);
  std::ranges::reverse(out);
  return out;
}

result<user_signals> parse_signals(const json::value& value) {
  constexpr map_of affinities{affinities_max, number_between{0.0, 1.0}};
  user_signals out;
  object_reader in{value};
  in.read("watched_ids", out.watched_ids, latest_ids{user_signals::watched_max});
  in.read("disliked_ids", out.disliked_ids, latest_ids{user_record::disliked_max});
  in.read("affinities", out.affinities, affinities);
  in.read("creator_affinities", out.creator_affinities, affinities);
  in.read("last_active", out.last_active, parse_time);
  in.refuse_unknown();
  return in.finish(std::move(out));
}

json::object write_signals(const user_signals& x) {
  json::object out;
  out["watched_ids"] = json::value_from(x.watched_ids);
  if (!x.disliked_ids.empty())
    out["disliked_ids"] = json::value_from(x.disliked_ids);
  out["affinities"] = json::value_from(x.affinities);
  out["creator_affinities"] = json::value_from(x.creator_affinities);
  out["last_active"] = x.last_active ? json::value(to_rfc3339(*x.last_active)) : json::value();
  return out;
}

} // namespace kinora::http
