// A believable tenant in memory, for what is measured without a server: as bench/serve/world.py uploads it.
#pragma once

#include "domain/catalogue.hpp"
#include "domain/ranking_signals.hpp"
#include "domain/slate.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace kinora::bench {

/// When the benchmarks take place.
inline constexpr wall_time noon{std::chrono::seconds{1'700'000'000}};

inline constexpr std::size_t tags_in_use = 200;
inline constexpr std::size_t users = 64; ///< Taken in turns, so that no branch learns one user by heart.

std::string video_id(std::size_t index);

/// Video `index` of a catalogue of `count`: three tags of `tags_in_use`, some far more common than others.
/// The same for the same arguments; `title_suffix` makes another version of it.
video make_video(std::size_t index, std::size_t count, const std::string& title_suffix = {});

/// `count` videos, published in the weeks before `noon`.
catalogue make_catalogue(std::size_t count);

/// Every rule that costs ranking something but diversity; the filters let about four videos in five pass.
tenant_rules make_rules();

/// `make_rules` with at most 2 of a creator and 4 of a tag in any 10 positions.
tenant_rules make_diverse_rules();

/// `users` users with 40 watched videos and affinities to so many tags and to 3 creators.
std::vector<ranking_signals> make_users(std::size_t videos, std::size_t tags_known = 8);

/// The catalogue of `count` videos under `make_rules` or `make_diverse_rules`; built once, then shared.
catalogue_snapshot_ptr snapshot_of(std::size_t count, bool diverse = false);

/// A page of `items` for a user of that catalogue, after `served` items, which is what the pages before it
/// held.
page_request make_page(const catalogue_snapshot_ptr& from, const ranking_signals& user, std::size_t items,
                       std::size_t served);

} // namespace kinora::bench
