#include "domain/placement.hpp"

#include <algorithm>

namespace kinora {

page_layout lay_out_pins(std::size_t open, std::vector<pinned_candidate> pinned, std::size_t session_position,
                         std::size_t length) {
  std::stable_sort(pinned.begin(), pinned.end(), [](auto& a, auto& b) { return a.position < b.position; });
  page_layout out(std::min(open, length));
  auto group = pinned.begin();
  auto insert_until = [&](auto last, std::size_t at) {
    page_layout candidates;
    for (auto i = group; i != last; ++i)
      candidates.emplace_back(i->candidate);
    auto where = out.begin() + static_cast<std::ptrdiff_t>(std::min(at, out.size()));
    out.insert(where, candidates.begin(), candidates.end());
    // What is past the page stays past it: later pins go in behind earlier ones, or push to the right.
    out.resize(std::min(out.size(), length));
    group = last;
  };
  insert_until(std::find_if(group, pinned.end(), [&](auto& x) { return x.position >= session_position; }), 0);
  while (group != pinned.end() && (out.size() < length || group->position - session_position < length)) {
    auto position = group->position;
    insert_until(std::find_if(group, pinned.end(), [&](auto& x) { return x.position != position; }),
                 position - session_position);
  }
  return out;
}

diversity_note explain_placement(const placement_note& note, const video& held_back) {
  auto& value = note.breach.rule == diversity_rule::max_per_creator ? held_back.creator_id
                                                                    : held_back.tags[note.breach.tag];
  return {note.move, note.breach.rule, value, note.exceeded};
}

namespace {

/// The candidates that wait for an open position, best-ranked first.
class queue {
public:
  queue(const std::vector<std::size_t>& ranked, candidate_pool& pool)
      : ranked_{ranked}, pool_{pool}, places_(ranked.size()) {}

  /// Takes whoever comes next where `line` is aimed.
  placement take(const diversity_line& line) {
    auto open_before = taken_++;
    for (auto i = front_; i < ranked_.size(); ++i) {
      if (places_[i].taken)
        continue;
      auto breach = line.breach(pool_.facets(ranked_[i]));
      if (!breach)
        return {leave(i), false, note_of(i, open_before)};
      places_[i].held_back_by = breach;
    }
    auto& best = places_[front_];
    if (auto found = pool_.search(line))
      return {*found, false, placement_note{diversity_move::up, false, *best.held_back_by, ranked_[front_]}};
    auto move = move_of(front_, open_before);
    auto at = leave(front_);
    return {at, false, placement_note{move, true, *best.held_back_by, at}};
  }

private:
  struct place {
    bool taken = false;
    std::optional<diversity_breach> held_back_by; ///< The last limit that it had to wait for.
  };

  std::size_t leave(std::size_t i) {
    places_[i].taken = true;
    while (front_ < places_.size() && places_[front_].taken)
      ++front_;
    return ranked_[i];
  }

  /// Without limits the candidate at index i comes after i others.
  static diversity_move move_of(std::size_t i, std::size_t open_before) {
    return i > open_before   ? diversity_move::up
           : i < open_before ? diversity_move::down
                             : diversity_move::none;
  }

  /// Who moved down was held back at its own place; who moved up passed a better one that is held back still.
  std::optional<placement_note> note_of(std::size_t i, std::size_t open_before) const {
    auto move = move_of(i, open_before);
    if (move == diversity_move::none)
      return std::nullopt;
    auto cause = move == diversity_move::down ? i : front_;
    return placement_note{move, false, *places_[cause].held_back_by, ranked_[cause]};
  }

  const std::vector<std::size_t>& ranked_;
  candidate_pool& pool_;
  std::vector<place> places_; ///< By index into `ranked_`.
  std::size_t front_ = 0;     ///< The first that is not taken.
  std::size_t taken_ = 0;     ///< Open positions filled so far.
};

} // namespace

std::vector<placement> fill_places(const page_layout& layout, const std::vector<std::size_t>& ranked,
                                   std::size_t length, diversity_line& line, candidate_pool& pool) {
  auto start = line.size();
  line.reserve(layout.size());
  for (auto& pin : layout)
    line.append(pin ? std::optional{pool.facets(*pin)} : std::nullopt);
  queue waiting{ranked, pool};
  std::vector<placement> out;
  out.reserve(std::min(length, layout.size()));
  for (std::size_t i = 0; i < std::min(length, layout.size()); ++i) {
    if (layout[i]) {
      out.push_back({*layout[i], true, std::nullopt});
      continue;
    }
    line.aim(start + i);
    out.push_back(waiting.take(line));
    line.fill(start + i, pool.facets(out.back().candidate));
  }
  return out;
}

} // namespace kinora
