#include "domain/base64url.hpp"
#include "domain/ids.hpp"
#include "http/ask_owner.hpp"
#include "http/caller.hpp"
#include "http/formats/video_format.hpp"
#include "http/json_text.hpp"
#include "http/tenant_slot.hpp"

#include <boost/json/array.hpp>

namespace kinora::http {

namespace {

namespace json = boost::json;

constexpr std::size_t list_limit_default = 100;
constexpr std::size_t list_limit_max = 1'000;

struct list_request {
  std::string after; ///< The last id of the page before.
  std::size_t limit = list_limit_default;
};

result<list_request> read_list(const route_params& params) {
  list_request out;
  auto query = params.query();
  if (!query)
    return query.error();
  if (auto text = query->find("limit")) {
    auto limit = parse_count(*text, "limit", list_limit_max);
    if (!limit)
      return limit.error();
    out.limit = *limit;
  }
  if (auto text = query->find("cursor")) {
    auto after = base64url_decode(*text);
    if (!after || check_video_id(*after, "cursor"))
      return invalid("cursor", "is none that a list of videos returned");
    out.after = std::move(*after);
  }
  return out;
}

void list_videos(api& x, const request& req, const route_params& params, const record_ptr& slot,
                 exchange_ptr out) {
  auto wanted = read_list(params);
  if (!wanted) {
    out->complete(problem(req, wanted.error()));
    return;
  }
  auto answer = [limit = wanted->limit](const payload<std::vector<video_ptr>>& found) {
    json::array videos;
    for (std::size_t i = 0; i < std::min(limit, found->size()); ++i)
      videos.emplace_back(write_video(*(*found)[i]));
    json::object body;
    body["videos"] = std::move(videos);
    body["next_cursor"] = nullptr;
    if (found->size() > limit)
      body["next_cursor"] = base64url_encode((*found)[limit - 1]->id);
    return json_response(200, to_text(body));
  };
  ask_owner<tenant_actor, payload<std::vector<video_ptr>>>(x, req, std::move(out), slot, answer, list_atom_v,
                                                           wanted->after, std::uint64_t{wanted->limit + 1});
}

/// What `PUT …/videos` answers: the lines that were bad, and those for which the catalogue has no room.
response upload_response(const ndjson_outcome& parsed, const upsert_outcome& done) {
  json::array rejected;
  for (auto& line : parsed.rejected)
    rejected.push_back(
        {{"line", line.line}, {"id", line.id}, {"field", line.field}, {"detail", line.detail}});
  for (auto i : done.refused)
    if (rejected.size() < rejected_lines_max)
      rejected.push_back({{"line", parsed.lines[i]},
                          {"id", parsed.videos[i]->id},
                          {"field", "id"},
                          {"detail", "the catalogue holds as many videos as MAX_VIDEOS_PER_TENANT allows"}});
  json::object body;
  body["accepted"] = parsed.videos.size() - done.refused.size();
  body["rejected"] = std::move(rejected);
  body["rejected_count"] = parsed.rejected_count + done.refused.size();
  return json_response(200, to_text(body));
}

void upload(api& x, const request& req, const route_params& params, const record_ptr& slot,
            exchange_ptr out) {
  auto query = params.query();
  auto replace = result<bool>{false};
  if (query && query->find("replace"))
    replace = parse_switch(*query->find("replace"), "replace");
  if (!query || !replace) {
    out->complete(problem(req, query ? replace.error() : query.error()));
    return;
  }
  auto parsed = std::make_shared<const ndjson_outcome>(parse_videos_ndjson(req.body, x.options.videos_max));
  if (*replace && parsed->videos.empty()) {
    auto why = parsed->rejected.empty() ? std::string{"; there is none"}
                                        : "; line " + std::to_string(parsed->rejected.front().line) + ": " +
                                              parsed->rejected.front().detail;
    out->complete(problem(req, invalid("body", "no line is a good video, so nothing was replaced" + why)));
    return;
  }
  auto command =
      std::make_shared<const upsert_videos>(upsert_videos{parsed->videos, *replace, author_of(req, params)});
  auto answer = [parsed](const payload<upsert_outcome>& done) { return upload_response(*parsed, *done); };
  ask_owner<tenant_actor, payload<upsert_outcome>>(x, req, std::move(out), slot, answer, upsert_atom_v,
                                                   payload<upsert_videos>{command});
}

void show_video(api& x, const request& req, const record_ptr& slot, const std::string& id, exchange_ptr out) {
  ask_owner<tenant_actor, video_ptr>(
      x, req, std::move(out), slot,
      [](const video_ptr& found) { return json_response(200, to_text(write_video(*found))); }, find_atom_v,
      id);
}

void delete_video(api& x, const request& req, const route_params& params, const record_ptr& slot,
                  exchange_ptr out) {
  auto command = std::make_shared<const erase_video>(erase_video{author_of(req, params), params.at("id")});
  ask_owner<tenant_actor, void>(
      x, req, std::move(out), slot,
      [] {
        return response{204, {}, {}};
      },
      erase_atom_v, payload<erase_video>{command});
}

/// Runs `handle` with the slot of the tenant in the path. Videos have no ETag.
template <class Handle>
route_handler for_videos(api& x, Handle handle) {
  return [&x, handle](const request& req, const route_params& path, exchange_ptr out) {
    auto slot = tenant_slot(x, path.at("tenant"));
    auto unmet = check_if_match(req);
    if (!slot || unmet)
      out->complete(problem(req, slot ? *unmet : slot.error()));
    else
      handle(x, req, *slot, path, std::move(out));
  };
}

} // namespace

void add_video_routes(router& routes, api& x) {
  const auto reads = admin_route(permission::view);
  const auto edits = admin_route(permission::edit);
  auto uploads = edits;
  uploads.body_bytes_max = x.options.upload_bytes_max;
  uploads.query = {"replace"};
  auto lists = reads;
  lists.query = {"limit", "cursor"};
  constexpr auto all = "/admin/v1/tenants/{tenant}/videos";
  constexpr auto one = "/admin/v1/tenants/{tenant}/videos/{id}";
  routes.add("GET", all, lists, for_videos(x, [](auto& api, auto& req, auto& slot, auto& params, auto out) {
               list_videos(api, req, params, slot, std::move(out));
             }));
  routes.add("PUT", all, uploads, for_videos(x, [](auto& api, auto& req, auto& slot, auto& params, auto out) {
               upload(api, req, params, slot, std::move(out));
             }));
  routes.add("GET", one, reads, for_videos(x, [](auto& api, auto& req, auto& slot, auto& path, auto out) {
               show_video(api, req, slot, path.at("id"), std::move(out));
             }));
  routes.add("DELETE", one, edits,
             for_videos(x, [](auto& api, auto& req, auto& slot, auto& params, auto out) {
               delete_video(api, req, params, slot, std::move(out));
             }));
}

} // namespace kinora::http
