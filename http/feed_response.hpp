#pragma once

#include "domain/cursor.hpp"
#include "domain/feed.hpp"
#include "domain/tracking.hpp"
#include "http/json_writer.hpp"
#include "http/message.hpp"

#include <chrono>

namespace kinora::http {

/// What a feed answer becomes on the wire.
struct feed_format {
  const cursor_codec& cursors;
  const tracking_codec& tracking;
  std::chrono::seconds cursor_ttl;
};

/// What an item says of its video, an `item_writer` (domain/catalogue.hpp): a JSON object without its end.
std::string write_item(const video& x, const tenant_rules& rules);

/// Writes the items of a page, an array, as the feed shows them. `rules` may be nullptr; so may `tokens`
/// where nobody is served: then the tracking tokens are empty.
void write_items(json_writer& out, const slate& page, const tenant_rules* rules, const page_tokens* tokens,
                 bool explain);

/// What Server-Timing says: the stages that were entered, and all of it; and of a ranking whether it was
/// reduced.
std::string server_timing(const stage_times& stages, bool is_reduced, std::chrono::nanoseconds took);

/// Who may keep a feed, and for whom. `by_key`: an SDK key named the tenant, so nothing shared may keep it.
void set_caching(response& out, bool depends_on_user, bool by_key);

/// The answer to `GET /v1/feed`: body, ETag, caching and X- headers; 304 when `if_none_match` (the request's
/// header, or empty) names the ETag. `took` is for Server-Timing.
response feed_response(const feed_answer& answer, const feed_request& request, std::string_view if_none_match,
                       const feed_format& format, std::chrono::nanoseconds took);

} // namespace kinora::http
