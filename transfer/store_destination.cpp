#include "transfer/store_destination.hpp"

#include "domain/revision.hpp"
#include "http/formats/events_format.hpp"
#include "http/formats/import_format.hpp"
#include "http/formats/ndjson.hpp"
#include "http/formats/rules_format.hpp"
#include "http/formats/video_format.hpp"
#include "http/json_text.hpp"

#include <utility>

namespace kinora {

namespace {

using video_ptr = std::shared_ptr<const video>;

/// What events teach of a video.
video_ptr lesson_of(const video& x) {
  video out;
  out.id = x.id;
  out.tags = x.tags;
  out.creator_id = x.creator_id;
  out.duration_seconds = x.duration_seconds;
  return std::make_shared<const video>(std::move(out));
}

std::string name_of(http::event_fault x) {
  return std::string{http::event_fault_names[static_cast<std::size_t>(x)]};
}

piece_outcome outcome_of(const std::vector<http::rejected_row>& rejected, const batch_outcome& done) {
  piece_outcome out;
  out.accepted = done.parts_accepted;
  out.duplicates = done.parts_duplicates;
  for (auto& x : rejected)
    out.rejected.push_back({x.index, name_of(x.code), x.detail});
  return out;
}

} // namespace

store_destination::store_destination(store_destination_options options, stores to)
    : options_{std::move(options)}, stores_{std::move(to)} {}

result<bool> store_destination::open_tenant() {
  auto known = stores_.tenants->load(options_.tenant);
  if (!known)
    return known.error();
  if (*known) {
    rules_ = **std::move(known);
    auto videos = stores_.videos->load(options_.tenant);
    if (!videos)
      return videos.error();
    for (auto& x : *videos)
      videos_.emplace(x->id, lesson_of(*x));
    return false;
  }
  auto all = stores_.tenants->list();
  if (!all)
    return all.error();
  if (all->size() >= options_.tenants_max)
    return failure{errc::conflict, "MAX_TENANTS",
                   "the store has as many tenants as it may: " + std::to_string(options_.tenants_max)};
  if (auto saved = save_rules({}); !saved)
    return saved.error();
  return true;
}

/// Makes them the next version of the tenant's rules.
result<void> store_destination::save_rules(tenant_rules x) {
  const auto now = options_.wall_clock();
  const author by{{}, "kinora import", {}};
  versioned_rules next{std::move(x), next_revision(rules_.revision, now), rules_.version + 1, now, by.name};
  const auto note = make_audit_entry(now, by, "rules.import", options_.tenant);
  if (auto saved = stores_.tenants->save(options_.tenant, next, &note); !saved)
    return saved;
  rules_ = std::move(next);
  return {};
}

result<piece_outcome> store_destination::take(row_kind kind, std::string_view piece) {
  switch (kind) {
  case row_kind::rules: return take_rules(piece);
  case row_kind::videos: return take_videos(piece);
  case row_kind::signals: return take_signals(piece);
  case row_kind::popularity: return take_popularity(piece);
  case row_kind::events: return take_events(piece);
  }
  return piece_outcome{};
}

result<piece_outcome> store_destination::take_rules(std::string_view piece) {
  piece_outcome out;
  http::ndjson_lines lines{piece};
  for (std::size_t index = 0; auto line = lines.next(); ++index) {
    auto body = http::parse_json(line->text, "the line");
    auto rules = body ? http::parse_rules(*body) : result<tenant_rules>{body.error()};
    if (!rules) {
      out.rejected.push_back(
          {index, "invalid_argument", rules.error().field + ' ' + std::string{rules.error().detail}});
    } else if (*rules == rules_.rules) {
      ++out.duplicates;
    } else {
      if (auto saved = save_rules(*std::move(rules)); !saved)
        return saved.error();
      ++out.accepted;
    }
  }
  return out;
}

result<piece_outcome> store_destination::take_videos(std::string_view piece) {
  auto parsed = http::parse_videos_ndjson(piece);
  piece_outcome out;
  for (auto& x : parsed.rejected)
    out.rejected.push_back(
        {x.line - 1, "invalid_argument", x.field + (x.field.empty() ? "" : " ") + x.detail});
  std::vector<video_ptr> accepted;
  for (std::size_t i = 0; i < parsed.videos.size(); ++i) {
    auto& x = parsed.videos[i];
    if (!videos_.contains(x->id) && videos_.size() >= options_.videos_max) {
      out.rejected.push_back({parsed.lines[i] - 1, "invalid_argument",
                              "id the catalogue holds as many videos as MAX_VIDEOS_PER_TENANT allows"});
      continue;
    }
    videos_.insert_or_assign(x->id, lesson_of(*x));
    accepted.push_back(x);
  }
  if (auto saved = stores_.videos->upsert(options_.tenant, accepted); !saved)
    return saved.error();
  out.accepted = accepted.size();
  return out;
}

result<piece_outcome> store_destination::take_signals(std::string_view piece) {
  auto sent = http::parse_signals_rows(piece);
  if (!sent)
    return sent.error();
  auto batch = make_batch();
  const auto now = options_.wall_clock();
  for (auto& row : sent->rows) {
    for (auto& x : completions_of(row))
      add_effect(batch, std::move(x));
    batch.users.push_back(part_of(row, now));
  }
  auto done = apply(std::move(batch));
  return done ? result<piece_outcome>{outcome_of(sent->rejected, *done)} : done.error();
}

result<piece_outcome> store_destination::take_popularity(std::string_view piece) {
  auto sent = http::parse_popularity_rows(piece);
  if (!sent)
    return sent.error();
  auto batch = make_batch();
  batch.videos = std::move(sent->rows);
  auto done = apply(std::move(batch));
  return done ? result<piece_outcome>{outcome_of(sent->rejected, *done)} : done.error();
}

result<piece_outcome> store_destination::take_events(std::string_view piece) {
  auto sent = http::parse_events_ndjson(piece, options_.wall_clock(), http::event_ages::any);
  if (!sent)
    return sent.error();
  auto batch = make_batch();
  batch.effects.reserve(sent->events.size());
  for (auto& x : sent->events)
    add_effect(batch, std::move(x));
  auto done = apply(std::move(batch));
  if (!done)
    return done.error();
  piece_outcome out;
  out.accepted = done->accepted;
  out.duplicates = done->duplicates;
  for (auto& x : sent->rejected)
    out.rejected.push_back({x.index, name_of(x.code), x.detail});
  return out;
}

event_batch store_destination::make_batch() const {
  event_batch out;
  out.tenant = options_.tenant;
  out.popularity_half_life = popularity_half_life(rules_.rules.learning);
  return out;
}

void store_destination::add_effect(event_batch& to, event x) const {
  auto about = videos_.find(x.video_id);
  to.effects.push_back(
      effect_of(std::move(x), about == videos_.end() ? nullptr : about->second, rules_.rules.learning));
}

result<batch_outcome> store_destination::apply(event_batch batch) {
  if (batch.size() == 0)
    return batch_outcome{};
  const std::vector batches{std::make_shared<const event_batch>(std::move(batch))};
  auto done = stores_.events->apply(batches, options_.wall_clock());
  return done ? result<batch_outcome>{done->front()} : done.error();
}

} // namespace kinora
