#include "domain/ranking_signals.hpp"

#include "domain/ids.hpp"

#include <algorithm>
#include <map>
#include <string>

namespace kinora {

namespace {

std::vector<ranking_signals::affinity> pack(const std::map<std::string, double>& affinities) {
  std::vector<ranking_signals::affinity> out;
  out.reserve(affinities.size());
  for (auto& [name, value] : affinities)
    if (value > 0.0)
      out.push_back({name_hash(name), std::min(value, 1.0)});
  return out;
}

} // namespace

ranking_signals::ranking_signals(const user_signals& x)
    : tags{pack(x.affinities)}, creators{pack(x.creator_affinities)} {
  hidden.reserve(x.watched_ids.size() + x.disliked_ids.size());
  for (auto* ids : {&x.watched_ids, &x.disliked_ids})
    for (auto& id : *ids)
      hidden.push_back(video_hash(id));
}

double ranking_signals::affinity_to_tag(std::string_view tag) const noexcept {
  const auto name = name_hash(tag);
  const auto found = std::find_if(tags.begin(), tags.end(), [&](auto& x) { return x.name == name; });
  return found == tags.end() ? 0.0 : found->value;
}

} // namespace kinora
