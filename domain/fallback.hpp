#pragma once

#include "domain/ranking_signals.hpp"
#include "domain/slate.hpp"
#include "domain/trending.hpp"

namespace kinora {

/// A page of the trending feed: what is answered when personalization is off or something behind it failed.
/// Obeys what the ranked feed obeys: filters (they shaped the list), due and expiry times, excluded and
/// served ids, pins, limits of diversity, and the watched ids when `signals` are known (else nullptr). Cannot
/// fail.
slate trending_page(const trending_list& trending, const page_request& page, const ranking_signals* signals,
                    wall_time now);

} // namespace kinora
