#include "domain/stats.hpp"

namespace kinora {

namespace {

std::optional<double> share(std::uint64_t part, std::uint64_t whole) {
  if (whole == 0 || part > whole)
    return std::nullopt;
  return static_cast<double>(part) / static_cast<double>(whole);
}

} // namespace

std::optional<engagement> engagement_of(event_type x) {
  switch (x) {
  case event_type::impression: return engagement::impression;
  case event_type::view: return engagement::play;
  case event_type::complete: return engagement::completion;
  default: return std::nullopt;
  }
}

attribution attribute(const served_position& to, engagement what) {
  std::string key{'\0', static_cast<char>(what)};
  key += to.key;
  return {to.type, to.side, what, std::move(key)};
}

void engagement_counts::add(engagement what, std::uint64_t count) noexcept {
  switch (what) {
  case engagement::impression: impressions += count; break;
  case engagement::play: plays += count; break;
  case engagement::completion: completions += count; break;
  }
}

engagement_counts& engagement_counts::operator+=(const engagement_counts& x) noexcept {
  impressions += x.impressions;
  plays += x.plays;
  completions += x.completions;
  return *this;
}

std::optional<double> click_through(const engagement_counts& x) noexcept {
  return share(x.plays, x.impressions);
}

std::optional<double> completion_rate(const engagement_counts& x) noexcept {
  return share(x.completions, x.plays);
}

std::optional<estimate> difference_of_click_through(const engagement_counts& a,
                                                    const engagement_counts& b) noexcept {
  if (!click_through(a) || !click_through(b))
    return std::nullopt;
  return difference_of({a.plays, a.impressions}, {b.plays, b.impressions});
}

engagement_counts feed_stats::of(feed_type type) const noexcept {
  engagement_counts out;
  for (const auto side : sides)
    out += at(type, side);
  return out;
}

engagement_counts feed_stats::of(rollout_side side) const noexcept {
  engagement_counts out;
  for (const auto type : types)
    out += at(type, side);
  return out;
}

feed_stats& feed_stats::operator+=(const feed_stats& x) noexcept {
  for (std::size_t i = 0; i < cells.size(); ++i)
    cells[i] += x.cells[i];
  return *this;
}

} // namespace kinora
