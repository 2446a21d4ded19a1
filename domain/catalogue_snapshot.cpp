#include "domain/catalogue_snapshot.hpp"

#include <utility>

namespace kinora {

void catalogue_block::index() {
  std::vector<posting_lists::posting> by_tag, by_creator;
  by_tag.reserve(tags.size());
  by_creator.reserve(size());
  for (std::uint16_t row = 0; row < size(); ++row) {
    by_creator.push_back({creator[row], row});
    for (auto tag : tags_of(row))
      by_tag.push_back({tag, row});
  }
  with_tag = posting_lists{std::move(by_tag)};
  with_creator = posting_lists{std::move(by_creator)};
}

} // namespace kinora
