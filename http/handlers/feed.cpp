#include "domain/feed.hpp"
#include "domain/ids.hpp"
#include "http/api.hpp"
#include "http/feed_flight.hpp"
#include "http/inputs.hpp"
#include "http/problem.hpp"
#include "http/rate_limit.hpp"
#include "http/tenant_identity.hpp"

namespace kinora::http {

namespace {

constexpr std::size_t exclude_ids_max = 200;
constexpr std::size_t exclude_bytes_max = 2048; ///< As sent.

result<std::string> read_user(const request& req, const query_params& query) {
  auto header = single_header(req, "X-User-Hash");
  if (!header)
    return header.error();
  auto param = query.find("user_hash");
  if (param && *header && *param != **header)
    return invalid("user_hash", "the parameter and the X-User-Hash header name different users");
  if (!param && !*header)
    return invalid("user_hash", "is missing: send the parameter user_hash or the header X-User-Hash");
  std::string user{param ? *param : **header};
  if (auto bad = check_user_hash(user))
    return *bad;
  return user;
}

/// "a,b\,c" → "a", "b,c"; empty pieces are skipped.
result<std::vector<std::uint64_t>> read_exclude(std::string_view list) {
  std::vector<std::uint64_t> out;
  std::string id;
  auto finish = [&]() -> std::optional<failure> {
    if (id.empty())
      return std::nullopt;
    if (auto bad = check_video_id(id, "exclude"))
      return bad;
    if (out.size() == exclude_ids_max)
      return invalid("exclude", "names more than " + std::to_string(exclude_ids_max) + " ids");
    out.push_back(video_hash(id));
    id.clear();
    return std::nullopt;
  };
  for (std::size_t i = 0; i < list.size(); ++i) {
    if (list[i] == '\\' && i + 1 < list.size() && list[i + 1] == ',') {
      id += list[++i];
    } else if (list[i] != ',') {
      id += list[i];
    } else if (auto bad = finish()) {
      return *bad;
    }
  }
  if (auto bad = finish())
    return *bad;
  return out;
}

std::optional<failure> read_page(const request& req, const query_params& query, const api& x,
                                 feed_request& out) {
  out.page.limit = x.options.feed_limit_default;
  if (auto text = query.find("limit")) {
    auto limit = parse_count(*text, "limit", x.options.feed_limit_max);
    if (!limit)
      return limit.error();
    out.page.limit = *limit;
  }
  if (auto text = query.find("explain")) {
    auto explain = parse_switch(*text, "explain");
    if (!explain)
      return explain.error();
    out.page.explain = *explain;
  }
  if (auto text = query.find("exclude")) {
    if (query.bytes_sent("exclude") > exclude_bytes_max)
      return invalid("exclude", "is longer than " + std::to_string(exclude_bytes_max) + " bytes");
    auto excluded = read_exclude(*text);
    if (!excluded)
      return excluded.error();
    out.page.excluded = std::move(*excluded);
  }
  if (auto text = query.find("cursor")) {
    auto found = x.cursors.decode(*text, out.tenant, out.user, req.now);
    if (!found)
      return found.error();
    out.session_binds_user = found->binds_user;
    out.page.served = std::move(found->served);
  }
  return std::nullopt;
}

result<feed_request> read_request(const request& req, const route_params& params, const api& x) {
  feed_request out;
  if (x.stage.load() == phase::starting)
    return failure{errc::unavailable, {}, "the server is starting"};
  auto identity = identify_tenant(x, req);
  if (!identity)
    return identity.error();
  out.tenant = std::move(identity->tenant);
  out.by_key = identity->by_key;
  auto query = params.query();
  if (!query)
    return query.error();
  auto user = read_user(req, *query);
  if (!user)
    return user.error();
  out.user = std::move(*user);
  if (auto bad = read_page(req, *query, x, out))
    return *bad;
  out.request_id = req.request_id;
  out.now = req.now;
  out.deadline = req.received_at + x.options.feed_budget;
  return out;
}

} // namespace

void add_feed_route(router& routes, api& x) {
  route_options options;
  options.query = {"user_hash", "limit", "cursor", "exclude", "explain"};
  routes.add("GET", "/v1/feed", options,
             [&x](const request& req, const route_params& params, exchange_ptr out) {
               auto parsed = read_request(req, params, x);
               if (!parsed)
                 out->complete(problem(req, parsed.error()));
               else if (admit_user(x, req, parsed->tenant, parsed->user, out))
                 std::make_shared<feed_flight>(x, std::move(*parsed), req, std::move(out))->start();
             });
}

} // namespace kinora::http
