#pragma once

#include "actors/board.hpp"
#include "actors/touched_videos.hpp"
#include "actors/video_index.hpp"
#include "domain/access.hpp"
#include "domain/circuit_breaker.hpp"
#include "domain/flags.hpp"
#include "domain/sdk_key.hpp"
#include "domain/tenant_snapshot.hpp"

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>

namespace kinora {

/// A breaker as its owner publishes it.
struct breaker_view {
  breaker_state state = breaker_state::closed;
  std::uint32_t consecutive_failures = 0;
  steady_time retry_at; ///< When an open one lets probes through.

  /// The state a caller meets at `now`: open past its recovery time is half-open.
  breaker_state state_at(steady_time now) const noexcept {
    return state == breaker_state::open && now >= retry_at ? breaker_state::half_open : state;
  }
};

using breaker_board = board<breaker_view>;

/// The boards of one tenant, and what events share with it.
struct tenant_board {
  board<tenant_snapshot> snapshot; ///< The safety board too: it holds the trending list. Owner: the tenant.
  breaker_board ranking{std::make_shared<const breaker_view>()}; ///< Owner: breakers/ranking.
  board<sdk_keys> keys;   ///< Owner: the tenant, with its claim on `snapshot`.
  video_index videos;     ///< Written by the tenant.
  touched_videos touched; ///< Filled by ingesters, emptied by the tenant.
};

using tenant_board_ptr = std::shared_ptr<tenant_board>;

struct text_hash {
  using is_transparent = void;
  std::size_t operator()(std::string_view x) const noexcept { return std::hash<std::string_view>{}(x); }
};

using tenant_map = std::unordered_map<std::string, tenant_board_ptr, text_hash, std::equal_to<>>;

/// All boards. They outlive every actor.
struct boards {
  board<global_flags> flags{std::make_shared<const global_flags>()};    ///< Owner: flags.
  board<tenant_map> tenants{std::make_shared<const tenant_map>()};      ///< Owner: tenants.
  breaker_board signals{std::make_shared<const breaker_view>()};        ///< Owner: breakers/signals.
  board<access_tokens> access{std::make_shared<const access_tokens>()}; ///< Owner: access.

  /// The boards of a tenant; nullptr when it is not on the board.
  tenant_board_ptr find(std::string_view tenant) const {
    auto map = tenants.load();
    auto i = map->find(tenant);
    return i == map->end() ? nullptr : i->second;
  }

  /// The last snapshot of a tenant; nullptr when there is none.
  tenant_snapshot_ptr snapshot_of(std::string_view tenant) const {
    auto found = find(tenant);
    return found ? found->snapshot.load() : nullptr;
  }
};

using boards_ptr = std::shared_ptr<boards>;

} // namespace kinora
