#include "http/ask_owner.hpp"
#include "http/formats/stats_format.hpp"
#include "http/tenant_slot.hpp"

#include <algorithm>

namespace kinora::http {

namespace {

/// The first hour that is told of; compactions may take their time with what was before.
stats_hour oldest_kept(wall_time now) {
  return std::chrono::floor<std::chrono::hours>(now - stats_age_max);
}

void show_stats(api& x, const request& req, const std::string& tenant, const stats_range& range,
                exchange_ptr out) {
  auto& reach = *x.tree.reach();
  auto place = reach.stats_reads->enter();
  if (!place) {
    out->complete(problem(req, errc::overloaded, "too many reads of statistics are under way"));
    return;
  }
  auto job = std::make_shared<const stats_job>(
      stats_job{tenant, std::max(range.first, oldest_kept(req.now)), range.end,
                std::chrono::steady_clock::now() + x.options.admin_timeout, std::move(place)});
  auto answer = [range](const payload<std::vector<hourly_stats>>& found) {
    return json_response(200, write_stats(range, *found)).set("Cache-Control", "no-store");
  };
  ask_owner<stats_reader_actor, payload<std::vector<hourly_stats>>>(
      x, req, std::move(out), reach.stats, answer, fetch_atom_v, payload<stats_job>{job});
}

} // namespace

void add_stats_route(router& routes, api& x) {
  auto options = admin_route(permission::view);
  options.query = {"from", "to"};
  routes.add("GET", "/admin/v1/tenants/{tenant}/stats", options,
             [&x](const request& req, const route_params& path, exchange_ptr out) {
               auto slot = tenant_slot(x, path.at("tenant"));
               auto query = path.query();
               auto range = query ? read_stats_range(*query, req.now) : result<stats_range>{query.error()};
               if (!slot || !range)
                 out->complete(problem(req, slot ? range.error() : slot.error()));
               else
                 show_stats(x, req, path.at("tenant"), *range, std::move(out));
             });
}

} // namespace kinora::http
