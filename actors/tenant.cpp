#include "actors/tenant.hpp"

#include "domain/best_candidates.hpp"
#include "domain/revision.hpp"

#include <algorithm>
#include <stdexcept>

namespace kinora {

namespace {

/// The shortest time between two trending lists that are made because something fell due or expired; what is
/// shown obeys those instants anyway.
constexpr std::chrono::milliseconds trending_interval_min{100};

/// Videos that one piece of work may go through before others get their turn.
constexpr std::size_t videos_per_turn = 20'000;

/// Between two pieces of work, and between two attempts to get a turn.
constexpr std::chrono::milliseconds turn_interval{1};

/// From the first event that touches a video to the look at all those touched since.
constexpr std::chrono::milliseconds learn_delay{1'500};

/// For the breaker to take on that the rules are new.
constexpr std::chrono::milliseconds breaker_timeout{500};

/// Pieces of work that may wait; past that the tenant is overloaded.
constexpr std::size_t work_max = 64;

caf::error to_error(const failure& x) {
  return caf::make_error(x.code, x.detail);
}

/// `videos` but those at the `refused` indices, which rise.
std::vector<video_ptr> without(const std::vector<video_ptr>& videos,
                               const std::vector<std::size_t>& refused) {
  std::vector<video_ptr> out;
  out.reserve(videos.size() - refused.size());
  auto next = refused.begin();
  for (std::size_t i = 0; i < videos.size(); ++i)
    if (next != refused.end() && *next == i)
      ++next;
    else
      out.push_back(videos[i]);
  return out;
}

} // namespace

tenant_state::tenant_state(tenant_actor::pointer self, tenant_options options, stores from,
                           tenant_board_ptr out)
    : self_{self},
      options_{std::move(options)},
      stores_{std::move(from)},
      board_{std::move(out)},
      claim_{board_->snapshot.claim()},
      catalogue_{options_.videos_max, options_.write_item} {
  load_rules();
  load_keys();
  board_->touched.take(); // what is read now holds it all
  load_catalogue();
  load_popularity();
  publish();
  learn_later(); // whoever touched a video meanwhile had nobody to tell
}

tenant_actor::behavior_type tenant_state::make_behavior() {
  return {
      [](ping_atom) {},
      [this](put_atom, const payload<put_rules>& x) { return on_put_rules(*x); },
      [this](versions_atom) { return on_versions(); },
      [this](rollback_atom, const payload<rollback_rules>& x) { return on_rollback(*x); },
      [this](put_atom, const payload<put_sdk_key>& x) { return on_put_key(*x); },
      [this](erase_atom, const payload<erase_sdk_keys>& x) { return on_erase_keys(*x); },
      [this](upsert_atom, const payload<upsert_videos>& x) { return on_upsert(x); },
      [this](erase_atom, const payload<erase_video>& x) { return on_erase(*x); },
      [this](find_atom, const std::string& id) { return on_find(id); },
      [this](list_atom, const std::string& after, std::uint64_t limit) {
        return std::make_shared<const std::vector<video_ptr>>(catalogue_.list(after, limit));
      },
      [this](preview_atom, const payload<preview_job>& x) { return on_preview(x); },
      [this](work_atom) { on_work(); },
      [this](learn_atom) { on_learn(); },
      [this](tick_atom) { on_tick(); },
  };
}

void tenant_state::load_rules() {
  auto stored = stores_.tenants->load(options_.id);
  if (!stored || !*stored)
    throw std::runtime_error{"cannot load the tenant's rules: " +
                             (stored ? "there are none" : stored.error().detail)};
  auto& found = **stored;
  if (found.version == 0) { // of a store from before versions: where it cannot be written, they begin later
    found.version = 1;
    found.saved_at = wall_time{std::chrono::milliseconds{found.revision}}; // revisions start from the clock
    static_cast<void>(stores_.tenants->save(options_.id, found));
  }
  rules_ = std::make_shared<const tenant_rules>(std::move(found.rules));
  revision_ = found.revision;
  version_ = found.version;
}

void tenant_state::load_keys() {
  auto keys = stores_.sdk_keys->load(options_.id);
  if (!keys)
    throw std::runtime_error{"cannot load the tenant's SDK keys: " + keys.error().detail};
  board_->keys.publish(std::make_shared<const sdk_keys>(sdk_keys{std::move(*keys)}));
}

void tenant_state::load_catalogue() {
  auto videos = stores_.videos->load(options_.id);
  if (!videos)
    throw std::runtime_error{"cannot load the tenant's videos: " + videos.error().detail};
  board_->videos.replace(*videos);
  add(std::move(*videos));
}

void tenant_state::load_popularity() {
  auto sums = stores_.popularity->load(options_.id);
  if (!sums)
    throw std::runtime_error{"cannot load the popularity of the tenant's videos: " + sums.error().detail};
  for (auto& [id, sum] : *sums)
    catalogue_.set_popularity(id, sum);
}

/// Takes on what events have made of these; where the store cannot be read, it is tried again later.
void tenant_state::read_popularity(const std::vector<std::string>& ids) {
  if (ids.empty())
    return;
  auto sums = stores_.popularity->load(options_.id, ids);
  if (!sums) {
    board_->touched.add(ids);
    learn_later();
    return;
  }
  for (std::size_t i = 0; i < ids.size(); ++i)
    if ((*sums)[i])
      catalogue_.set_popularity(ids[i], *(*sums)[i]);
  repriced_ = true;
}

void tenant_state::learn_later() {
  if (!std::exchange(learn_scheduled_, true))
    port::tell_later(self_, learn_delay, learn_atom_v);
}

/// Takes on videos that are stored already.
void tenant_state::add(std::vector<video_ptr> videos) {
  for (auto& x : videos) {
    board_->videos.put(x);
    if (!catalogue_.upsert(std::move(x)))
      throw std::runtime_error{"the store holds more videos than MAX_VIDEOS_PER_TENANT allows"};
  }
}

// -- changes ------------------------------------------------------------------------------------------------

caf::result<payload<put_outcome>> tenant_state::on_put_rules(const put_rules& x) {
  if (x.if_revision && *x.if_revision != revision_)
    return caf::make_error(errc::precondition_failed);
  if (auto bad = set_rules(x.rules, x.by, "rules.put", {}))
    return std::move(*bad);
  auto promise = self_->make_response_promise<payload<put_outcome>>();
  answer_with_new_rules([promise, revision = revision_]() mutable {
    promise.deliver(payload<put_outcome>{std::make_shared<const put_outcome>(put_outcome{false, revision})});
  });
  return promise;
}

caf::result<payload<std::vector<versioned_rules>>> tenant_state::on_versions() {
  auto found = stores_.tenants->versions(options_.id);
  if (!found)
    return to_error(found.error());
  return std::make_shared<const std::vector<versioned_rules>>(std::move(*found));
}

caf::result<payload<versioned_rules>> tenant_state::on_rollback(const rollback_rules& x) {
  if (x.if_revision && *x.if_revision != revision_)
    return caf::make_error(errc::precondition_failed);
  auto known = stores_.tenants->versions(options_.id);
  if (!known)
    return to_error(known.error());
  auto to = std::find_if(known->begin(), known->end(), [&](auto& y) { return y.version == x.version; });
  if (to == known->end())
    return caf::make_error(errc::not_found,
                           "there is no version " + std::to_string(x.version) + " of these rules (any more)");
  if (auto bad = set_rules(to->rules, x.by, "rules.rollback", std::to_string(x.version)))
    return std::move(*bad);
  auto promise = self_->make_response_promise<payload<versioned_rules>>();
  answer_with_new_rules([promise, now = versioned_rules{*rules_, revision_, version_, {}, {}}]() mutable {
    promise.deliver(payload<versioned_rules>{std::make_shared<const versioned_rules>(std::move(now))});
  });
  return promise;
}

/// Stores rules as the next version; they are in feeds with the next snapshot.
std::optional<caf::error> tenant_state::set_rules(const tenant_rules& next, const author& by,
                                                  const char* action, const std::string& target) {
  board_->snapshot.require(claim_);
  auto now = options_.wall_clock();
  versioned_rules to{next, next_revision(revision_, now), version_ + 1, now, by.name};
  auto note =
      make_audit_entry(now, by, action, options_.id, target, options_.describe.rules(rules_.get(), &next));
  if (auto saved = stores_.tenants->save(options_.id, to, &note); !saved)
    return to_error(saved.error());
  rules_ = std::make_shared<const tenant_rules>(std::move(to.rules));
  revision_ = to.revision;
  version_ = to.version;
  return std::nullopt;
}

/// Once the rules are in feeds, and their ranking is tried: that it failed under the rules before says
/// nothing about these.
void tenant_state::answer_with_new_rules(std::function<void()> answer) {
  answer_when_published([this, answer = std::move(answer)] {
    auto breaker = options_.ranking_breaker
                       ? caf::actor_cast<breaker_actor>(options_.ranking_breaker->handle())
                       : breaker_actor{};
    if (!breaker) { // a new one starts from its board
      answer();
      return;
    }
    port::ask(self_, breaker, breaker_timeout, reset_atom_v, options_.id)
        .then([answer] { answer(); }, [answer](const caf::error&) { answer(); });
  });
}

// -- SDK keys -----------------------------------------------------------------------------------------------

caf::result<void> tenant_state::on_put_key(const put_sdk_key& x) {
  auto next = *board_->keys.load();
  if (next.all.size() >= sdk_keys_max)
    return caf::make_error(errc::conflict, "the tenant has as many SDK keys as it may have, " +
                                               std::to_string(sdk_keys_max) + "; revoke one first");
  board_->snapshot.require(claim_);
  auto note = make_audit_entry(options_.wall_clock(), x.by, "key.create", options_.id, x.key.id, x.change);
  if (auto saved = stores_.sdk_keys->save(options_.id, x.key, &note); !saved)
    return to_error(saved.error());
  next.all.push_back(x.key);
  board_->keys.publish(std::make_shared<const sdk_keys>(std::move(next)));
  return caf::unit;
}

caf::result<void> tenant_state::on_erase_keys(const erase_sdk_keys& x) {
  auto next = *board_->keys.load();
  std::vector<std::string> ids;
  for (auto& key : next.all)
    if (x.id.empty() || key.id == x.id)
      ids.push_back(key.id);
  if (ids.empty() && !x.id.empty())
    return caf::make_error(errc::not_found, std::string{"the tenant has no SDK key with this id"});
  board_->snapshot.require(claim_);
  auto note = make_audit_entry(options_.wall_clock(), x.by, x.id.empty() ? "keys.delete" : "key.delete",
                               options_.id, x.id);
  if (auto erased = stores_.sdk_keys->erase(options_.id, ids, &note); !erased)
    return to_error(erased.error());
  std::erase_if(next.all, [&](auto& key) { return x.id.empty() || key.id == x.id; });
  board_->keys.publish(std::make_shared<const sdk_keys>(std::move(next)));
  return caf::unit;
}

caf::result<payload<upsert_outcome>> tenant_state::on_upsert(const payload<upsert_videos>& x) {
  using promise_type = caf::typed_response_promise<payload<upsert_outcome>>;
  return later<payload<upsert_outcome>>(x->videos.size(), [this, x](promise_type promise) {
    auto done = upsert(*x);
    if (!done)
      promise.deliver(std::move(done.error()));
    else
      answer_when_published([promise, outcome = *done]() mutable { promise.deliver(outcome); });
  });
}

caf::expected<payload<upsert_outcome>> tenant_state::upsert(const upsert_videos& x) {
  board_->snapshot.require(claim_);
  auto outcome =
      std::make_shared<const upsert_outcome>(upsert_outcome{catalogue_.without_room(x.videos, x.replace)});
  auto accepted = without(x.videos, outcome->refused);
  auto& store = *stores_.videos;
  auto note = note_of_upload(x, accepted);
  auto saved =
      x.replace ? store.replace(options_.id, accepted, &note) : store.upsert(options_.id, accepted, &note);
  if (!saved)
    return to_error(saved.error());
  if (x.replace) {
    catalogue_.clear();
    board_->videos.replace(accepted);
  }
  std::vector<std::string> added;
  for (auto& each : accepted)
    if (!catalogue_.find(each->id))
      added.push_back(each->id);
  add(std::move(accepted));
  read_popularity(added);
  return outcome;
}

/// One video as it was and is; of more than one, how many.
audit_entry tenant_state::note_of_upload(const upsert_videos& x,
                                         const std::vector<video_ptr>& accepted) const {
  auto now = options_.wall_clock();
  if (accepted.size() == 1 && !x.replace) {
    auto& only = *accepted.front();
    return make_audit_entry(now, x.by, "video.put", options_.id, only.id,
                            options_.describe.video(catalogue_.find(only.id).get(), &only));
  }
  auto count = [](std::size_t videos) { return "{\"videos\":" + std::to_string(videos) + "}"; };
  if (x.replace)
    return make_audit_entry(now, x.by, "videos.replace", options_.id, {},
                            {count(catalogue_.size()), count(accepted.size())});
  return make_audit_entry(now, x.by, "videos.put", options_.id, {}, {{}, count(accepted.size())});
}

caf::result<void> tenant_state::on_erase(const erase_video& x) {
  auto known = catalogue_.find(x.id);
  if (!known)
    return caf::make_error(errc::not_found);
  board_->snapshot.require(claim_);
  auto note = make_audit_entry(options_.wall_clock(), x.by, "video.delete", options_.id, x.id,
                               options_.describe.video(known.get(), nullptr));
  if (auto saved = stores_.videos->erase(options_.id, x.id, &note); !saved)
    return to_error(saved.error());
  catalogue_.erase(x.id);
  board_->videos.erase(x.id);
  auto promise = self_->make_response_promise();
  answer_when_published([promise]() mutable { promise.deliver(caf::unit); });
  return promise;
}

caf::result<video_ptr> tenant_state::on_find(const std::string& id) {
  if (auto found = catalogue_.find(id))
    return found;
  return caf::make_error(errc::not_found);
}

// -- snapshots ----------------------------------------------------------------------------------------------

/// Puts work off until it is this tenant's turn; `work` fulfils the promise. errc::overloaded when too much
/// waits already.
template <class Result>
caf::result<Result> tenant_state::later(std::size_t cost,
                                        std::function<void(caf::typed_response_promise<Result>)> work) {
  if (todo_.size() == work_max)
    return caf::make_error(errc::overloaded, std::string{"too many changes of this tenant are under way"});
  auto promise = self_->template make_response_promise<Result>();
  todo_.push_back({cost, [promise, work = std::move(work)] { work(promise); }});
  schedule_work(std::chrono::milliseconds{0});
  return promise;
}

void tenant_state::answer_when_published(std::function<void()> answer) {
  waiting_.push_back(std::move(answer));
  schedule_work(std::chrono::milliseconds{0});
}

/// What is already in the mailbox gets in before: changes that arrive together share one snapshot.
void tenant_state::schedule_work(std::chrono::milliseconds delay) {
  if (std::exchange(work_scheduled_, true))
    return;
  if (delay.count() == 0)
    port::tell(caf::actor_cast<tenant_actor>(self_), work_atom_v);
  else
    port::tell_later(self_, delay, work_atom_v);
}

/// One turn: a piece of the work that waits, and once there is none left, the snapshot and its answers.
void tenant_state::on_work() {
  work_scheduled_ = false;
  auto turn = options_.turns->try_enter();
  if (!turn) {
    schedule_work(turn_interval);
    return;
  }
  for (std::size_t cost = 0; !todo_.empty() && cost < videos_per_turn;) {
    auto work = std::move(todo_.front());
    todo_.pop_front();
    cost += work.cost;
    work.run();
  }
  if (!todo_.empty()) {
    schedule_work(turn_interval);
  } else if (!waiting_.empty() || repriced_) {
    publish();
    for (auto& answer : std::exchange(waiting_, {}))
      answer();
  }
}

/// The first event after a while starts the clock; then all that were touched meanwhile are read at once.
void tenant_state::on_learn() {
  if (!learn_scheduled_) {
    learn_later();
    return;
  }
  learn_scheduled_ = false;
  read_popularity(board_->touched.take());
  if (repriced_)
    schedule_work(std::chrono::milliseconds{0});
}

void tenant_state::publish() {
  repriced_ = false;
  auto out = std::make_shared<tenant_snapshot>();
  out->id = options_.id;
  out->rules = rules_;
  out->revision = revision_;
  auto now = options_.wall_clock();
  out->catalogue = catalogue_.snapshot(rules_, now);
  out->trending = make_trending(out->catalogue, now);
  out->best_candidates = best_candidates(*out->trending);
  auto trending = out->trending;
  board_->snapshot.publish_as(claim_, std::move(out));
  schedule_tick(*trending);
}

/// Comes back when something falls due or expires, but at the latest when the list gets too old.
void tenant_state::schedule_tick(const trending_list& trending) {
  auto delay = options_.trending_ttl;
  if (trending.next_change)
    delay = std::clamp(*trending.next_change - trending.made_at, trending_interval_min, delay);
  auto now = self_->clock().now();
  if (now + delay >= next_tick_)
    return;
  next_tick_ = now + delay;
  port::tell_later(self_, delay, tick_atom_v);
}

void tenant_state::on_tick() {
  if (self_->clock().now() < next_tick_)
    return; // an earlier tick took its place
  next_tick_ = steady_time::max();
  publish();
}

// -- previews -----------------------------------------------------------------------------------------------

caf::result<payload<slate>> tenant_state::on_preview(const payload<preview_job>& x) {
  using promise_type = caf::typed_response_promise<payload<slate>>;
  auto cost = x->rules ? catalogue_.size() : 0;
  return later<payload<slate>>(cost, [this, x](promise_type promise) {
    if (self_->clock().now() >= x->deadline) {
      promise.deliver(caf::make_error(errc::timeout));
      return;
    }
    caf::expected<payload<slate>> page{caf::make_error(errc::work_failed)};
    try {
      page = preview(*x);
    } catch (const std::exception& ex) {
      page = caf::make_error(errc::work_failed, std::string{ex.what()});
    }
    if (page)
      promise.deliver(std::move(*page));
    else
      promise.deliver(std::move(page.error()));
  });
}

caf::expected<payload<slate>> tenant_state::preview(const preview_job& x) {
  auto under = board_->snapshot.load()->catalogue;
  if (x.rules)
    under = catalogue_.draft(std::make_shared<const tenant_rules>(*x.rules), options_.wall_clock());
  page_request page;
  page.limit = x.limit;
  page.explain = true;
  auto ranked = ranking_.run({under, x.signals.get(), page, x.now, {}});
  if (!ranked)
    return to_error(ranked.error());
  return std::make_shared<const slate>(std::move(*ranked));
}

} // namespace kinora
