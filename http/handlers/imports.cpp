#include "http/caller.hpp"
#include "http/formats/import_format.hpp"
#include "http/ingestion.hpp"
#include "http/inputs.hpp"
#include "http/problem.hpp"

#include <memory>

namespace kinora::http {

namespace {

/// Reads rows with `parse`, has `put(ingestion, batch, row)` put each of them to one batch, and answers what
/// became of them.
template <class Parse, class Put>
void take_rows(api& x, const request& req, const route_params& params, const char* action, exchange_ptr out,
               Parse parse, Put put) {
  auto to = begin_ingestion(x, req, params.at("tenant"));
  if (!to) {
    out->complete(problem(req, to.error()));
    return;
  }
  auto sent = parse(req.body);
  if (!sent) {
    out->complete(problem(req, sent.error()));
    return;
  }
  auto batch = to->make_batch();
  for (auto& row : sent->rows)
    put(*to, batch, std::move(row));
  batch.note = note_of_import(req, params, action);
  auto rejected = std::make_shared<const std::vector<rejected_row>>(std::move(sent->rejected));
  ingest(x, req, std::move(out), std::move(batch), [rejected](const batch_outcome& done) {
    return json_response(200, write_rows_result(done.parts_accepted, done.parts_duplicates, *rejected));
  });
}

void take_signals(api& x, const request& req, const route_params& params, exchange_ptr out) {
  auto put = [now = req.now](ingestion& to, event_batch& batch, const signals_row& row) {
    for (auto& completion : completions_of(row))
      to.add(batch, std::move(completion));
    batch.users.push_back(part_of(row, now));
  };
  take_rows(x, req, params, "signals.import", std::move(out), parse_signals_rows, put);
}

void take_popularity(api& x, const request& req, const route_params& params, exchange_ptr out) {
  auto put = [](const ingestion&, event_batch& batch, popularity_part row) {
    batch.videos.push_back(std::move(row));
  };
  take_rows(x, req, params, "popularity.import", std::move(out), parse_popularity_rows, put);
}

} // namespace

void add_import_routes(router& routes, api& x) {
  auto options = admin_route(permission::administer);
  options.body_bytes_max = x.options.upload_bytes_max;
  routes.add("POST", "/admin/v1/tenants/{tenant}/signals", options,
             [&x](const request& req, const route_params& params, exchange_ptr out) {
               take_signals(x, req, params, std::move(out));
             });
  routes.add("POST", "/admin/v1/tenants/{tenant}/popularity", options,
             [&x](const request& req, const route_params& params, exchange_ptr out) {
               take_popularity(x, req, params, std::move(out));
             });
}

} // namespace kinora::http
