#pragma once

#include "domain/catalogue_snapshot.hpp"

#include <algorithm>
#include <cstddef>
#include <optional>
#include <vector>

namespace kinora {

/// How many of one creator and of one tag so many positions can show within a tenant's limits: a list that is
/// chosen by them has enough of others for each page to be diverse. Refers to the catalogue.
class diversity_shares {
public:
  diversity_shares(const catalogue_snapshot& catalogue, std::size_t positions)
      : nobody_{catalogue.creators->find("")},
        creator_max_{share_of(catalogue.rules->diversity.max_per_creator, catalogue.rules->diversity.window,
                              positions)},
        tag_max_{
            share_of(catalogue.rules->diversity.max_per_tag, catalogue.rules->diversity.window, positions)},
        creators_(creator_max_ ? catalogue.creators->size() : 0),
        tags_(tag_max_ ? catalogue.tags->size() : 0) {}

  /// Counts a video in, unless its creator or a tag of it has had its share.
  bool take(const video_facets& x) {
    auto counts_creator = creator_max_ && x.creator != nobody_;
    if (counts_creator && creators_[x.creator] >= *creator_max_)
      return false;
    if (tag_max_ &&
        std::any_of(x.tags.begin(), x.tags.end(), [&](auto tag) { return tags_[tag] >= *tag_max_; }))
      return false;
    if (counts_creator)
      ++creators_[x.creator];
    if (tag_max_)
      for (auto tag : x.tags)
        ++tags_[tag];
    return true;
  }

private:
  static std::optional<std::size_t> share_of(std::optional<std::uint32_t> limit, std::size_t window,
                                             std::size_t positions) {
    if (!limit)
      return std::nullopt;
    return *limit * ((positions + window - 1) / window);
  }

  std::optional<std::uint32_t> nobody_; ///< Symbol of "no creator", which has no limit.
  std::optional<std::size_t> creator_max_;
  std::optional<std::size_t> tag_max_;
  std::vector<std::size_t> creators_; ///< Taken, by symbol.
  std::vector<std::size_t> tags_;
};

} // namespace kinora
