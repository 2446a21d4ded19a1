#include "http/ingestion.hpp"

#include "http/ask_owner.hpp"
#include "http/tenant_slot.hpp"

#include <memory>

namespace kinora::http {

event_batch ingestion::make_batch() const {
  event_batch out;
  out.tenant = tenant;
  out.popularity_half_life = popularity_half_life(snapshot->rules->learning);
  return out;
}

void ingestion::add(event_batch& to, event x) {
  std::optional<attribution> attributed;
  if (auto what = x.tracking_token.empty() ? std::nullopt : engagement_of(x.type)) {
    if (auto position = tracking->read(x.tracking_token, tenant, x.user, now))
      attributed = attribute(*position, *what);
    else
      ++invalid_tokens;
  }
  auto about = board->videos.find(x.video_id);
  to.effects.push_back(effect_of(std::move(x), std::move(about), snapshot->rules->learning));
  to.effects.back().attributed = std::move(attributed);
}

result<ingestion> begin_ingestion(const api& x, const request& req, std::string tenant) {
  if (x.stage.load() == phase::starting)
    return failure{errc::unavailable, {}, "the server is starting"};
  if (auto slot = tenant_slot(x, tenant); !slot)
    return slot.error();
  auto board = x.tree.boards()->find(tenant);
  auto snapshot = board ? board->snapshot.load() : nullptr;
  if (!snapshot)
    return failure{errc::unavailable, {}, "the tenant is starting"};
  return ingestion{std::move(tenant), std::move(board), std::move(snapshot), &x.tracking, req.now};
}

void ingest(api& x, const request& req, exchange_ptr out, event_batch batch,
            std::function<response(const batch_outcome&)> on_done) {
  if (batch.size() == 0) {
    out->complete(on_done({}));
    return;
  }
  auto& reach = *x.tree.reach();
  auto place = reach.events_waiting->enter(batch.size());
  if (!place) {
    out->complete(problem(req, errc::too_many_requests, "too many events are on their way into the store"));
    return;
  }
  auto& slot = reach.ingester_of(batch.tenant);
  auto job = std::make_shared<const ingest_job>(std::make_shared<const event_batch>(std::move(batch)),
                                                std::move(place));
  auto answer = [on_done = std::move(on_done)](const payload<batch_outcome>& done) { return on_done(*done); };
  ask_owner<ingester_actor, payload<batch_outcome>>(x, req, std::move(out), slot, answer, apply_atom_v,
                                                    payload<ingest_job>{job});
}

} // namespace kinora::http
