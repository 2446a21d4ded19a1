#include "domain/filters.hpp"

#include <algorithm>
#include <string_view>

namespace kinora {

namespace {

std::string lower_case(std::string_view text) {
  std::string out{text};
  std::transform(out.begin(), out.end(), out.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  return out;
}

/// Basic filtering of RFC 4647, section 3.3.1: the range "en" matches "en" and "en-US". Both in lower case.
bool matches_language(std::string_view range, std::string_view tag) {
  return tag.starts_with(range) && (tag.size() == range.size() || tag[range.size()] == '-');
}

} // namespace

video_filter::video_filter(const catalogue_filters& filters)
    : exclude_tags_{filters.exclude_tags.begin(), filters.exclude_tags.end()} {
  if (filters.max_maturity)
    max_maturity_ = parse_maturity(*filters.max_maturity);
  for (auto& language : filters.languages)
    languages_.push_back(lower_case(language));
}

bool video_filter::passes(const video& x) const {
  if (!exclude_tags_.empty() &&
      std::any_of(x.tags.begin(), x.tags.end(), [&](auto& tag) { return exclude_tags_.contains(tag); }))
    return false;
  if (max_maturity_ && !allows(*max_maturity_, parse_maturity(x.maturity_rating)))
    return false;
  if (languages_.empty())
    return true;
  auto tag = lower_case(x.language);
  return !tag.empty() && std::any_of(languages_.begin(), languages_.end(),
                                     [&](auto& range) { return matches_language(range, tag); });
}

} // namespace kinora
