#pragma once

#include "domain/catalogue_snapshot.hpp"
#include "domain/id_set.hpp"
#include "domain/tenant_rules.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace kinora {

enum class diversity_rule : std::uint8_t { max_per_creator, max_per_tag };

/// The limit that a video would break at some position.
struct diversity_breach {
  diversity_rule rule;
  std::size_t tag = 0; ///< Index of the video's tag that is one too many, when it is a tag's limit.
  bool operator==(const diversity_breach&) const = default;
};

/// Creators and tags that no window around some position has room for, as symbols.
struct full_symbols {
  std::vector<std::uint32_t> creators;
  std::vector<std::uint32_t> tags;
};

/// The positions around a page, and what a tenant's limits leave room for at one of them. A limit holds in
/// every `window` consecutive positions, so what comes behind (pins) counts like what came before. Refers to
/// the catalogue and the facets it is given.
class diversity_line {
public:
  /// `limits` without any: everything fits everywhere.
  diversity_line(const diversity_limits& limits, const catalogue_snapshot& catalogue);

  /// Appends the last positions of a session: what the catalogue still holds of it. Call it first. It is
  /// looked for in `likely`, some of the catalogue, before.
  void recall(const catalogue_snapshot& catalogue, std::span<const std::uint64_t> served,
              const catalogue_snapshot* likely = nullptr);

  /// Makes room for so many positions more.
  void reserve(std::size_t positions) { line_.reserve(line_.size() + positions); }

  /// Appends a position: nullopt is open.
  void append(std::optional<video_facets> x) { line_.push_back(x); }

  /// Positions so far.
  std::size_t size() const noexcept { return line_.size(); }

  /// Positions before and behind one that share a window with it; 0 without limits.
  std::size_t reach() const noexcept { return limits_.any() ? limits_.window - 1 : 0; }

  void fill(std::size_t position, const video_facets& x) { line_[position] = x; }

  /// Turns to an open position.
  void aim(std::size_t position);

  /// Why `x` does not fit where the line is aimed; nullopt when it fits.
  std::optional<diversity_breach> breach(const video_facets& x) const noexcept;

  /// What there is no room for where the line is aimed.
  const full_symbols& full() const noexcept { return full_; }

  /// Whether everything in `other` is full where the line is aimed: then what fits here was let through
  /// there.
  bool is_full_of(const full_symbols& other) const noexcept;

private:
  /// How often each symbol stands in one window, and which have reached their limit in one.
  struct tally {
    std::optional<std::uint32_t> limit;
    std::vector<std::uint16_t> count; ///< By symbol.
    std::vector<std::uint8_t> is_full;

    tally(std::optional<std::uint32_t> at_most, std::size_t symbols);
    bool has_room(std::uint32_t symbol) const noexcept { return !limit || !is_full[symbol]; }
    void add(std::uint32_t symbol, std::vector<std::uint32_t>& full);
    void remove(std::uint32_t symbol);
    void forget(std::vector<std::uint32_t>& full);
  };

  bool counts(std::uint32_t creator) const noexcept { return creator != nobody_; }
  std::size_t recall_from(const catalogue_snapshot& catalogue, std::span<const std::uint64_t> served,
                          const id_set& wanted);
  void enter(std::size_t position);
  void leave(std::size_t position);

  diversity_limits limits_;
  std::optional<std::uint32_t> nobody_; ///< Symbol of "no creator", which has no limit.
  tally creators_;
  tally tags_;
  full_symbols full_;
  std::vector<std::optional<video_facets>> line_;
};

} // namespace kinora
