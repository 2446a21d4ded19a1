// What travels between actors besides plain values. Everything is immutable but the marks that say how far
// the work has come.
#pragma once

#include "actors/load_bound.hpp"
#include "domain/access.hpp"
#include "domain/audit.hpp"
#include "domain/feed.hpp"
#include "domain/flags.hpp"
#include "domain/ranking_signals.hpp"
#include "domain/sdk_key.hpp"
#include "domain/tenant_rules.hpp"
#include "domain/tenant_snapshot.hpp"
#include "domain/user_record.hpp"
#include "storage/event_store.hpp"

#include <atomic>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace kinora {

/// How most payloads travel: shared, never copied, never changed.
template <class T>
using payload = std::shared_ptr<const T>;

/// The way back for one feed request. Completed exactly once, by compare-exchange, by whichever comes first:
/// an answer, or the destruction of the slot (a dropped message, a dead actor). The deadline of the request
/// is kept by whoever waits behind the callback. `on_answer` runs in the thread of whoever completes it and
/// gets nothing when nobody answered.
class reply_slot {
public:
  using callback = std::function<void(std::optional<feed_answer>)>;

  explicit reply_slot(callback on_answer) : on_answer_{std::move(on_answer)} {}

  reply_slot(const reply_slot&) = delete;
  reply_slot& operator=(const reply_slot&) = delete;

  ~reply_slot() { finish(std::nullopt); }

  /// Answers; false when somebody has done so already.
  bool complete(feed_answer answer) { return finish(std::move(answer)); }

private:
  bool finish(std::optional<feed_answer> answer) {
    bool open = true;
    if (!open_.compare_exchange_strong(open, false))
      return false;
    on_answer_(std::move(answer));
    return true;
  }

  callback on_answer_;
  std::atomic<bool> open_{true};
};

/// When a worker took up a piece of work: what waited in a mailbox until its deadline says something about
/// our load, not about the dependency.
class work_mark {
public:
  void set(steady_time now) noexcept { at_.store(now.time_since_epoch().count()); }

  /// nullopt: nobody has taken it up yet.
  std::optional<steady_time> get() const noexcept {
    auto at = at_.load();
    return at == 0 ? std::nullopt : std::optional{steady_time{steady_time::duration{at}}};
  }

private:
  std::atomic<steady_time::rep> at_{0};
};

struct feed_job {
  feed_job(feed_request x, reply_slot::callback on_answer,
           std::optional<payload<ranking_signals>> at_hand = std::nullopt, std::function<void()> on_read = {})
      : request{std::move(x)},
        signals{std::move(at_hand)},
        has_read{std::move(on_read)},
        reply{std::move(on_answer)} {}

  feed_request request;
  std::optional<payload<ranking_signals>> signals; ///< Where nobody needs to read them.
  std::function<void()> has_read; ///< Told once nothing is to be read any more. May be empty.
  mutable reply_slot reply;
  mutable work_mark taken_up;
};

struct signals_job {
  std::string tenant;
  std::string user;
  steady_time deadline;
  std::optional<load_bound::place> place{};     ///< Among the reads under way.
  std::optional<load_bound::place> at_worker{}; ///< Among those of its fetcher.
  std::optional<steady_time> asked_at{};        ///< Absent: it is read however long it has waited.
  mutable work_mark taken_up{};
};

/// The statistics of a tenant, from one hour up to, not including, another one.
struct stats_job {
  std::string tenant;
  stats_hour first;
  stats_hour end;
  steady_time deadline;                     ///< Nobody waits for an answer past this instant.
  std::optional<load_bound::place> place{}; ///< Among the reads under way.
};

struct rank_job {
  tenant_snapshot_ptr tenant;
  payload<ranking_signals> signals; ///< nullptr: cold start.
  page_request page;
  wall_time now;
  steady_time deadline;
  mutable work_mark taken_up;
};

/// How a call of a dependency ended, for its breaker.
struct call_outcome {
  std::string tenant; ///< Whose breaker, where there is one per tenant.
  bool success = false;
  bool probe = false; ///< It was made with a permit.
  steady_time began;
};

struct patch_flags {
  flags_patch patch;
  std::optional<std::uint64_t> if_revision; ///< Of If-Match.
  author by{};
};

struct put_rules {
  std::string tenant;
  tenant_rules rules;
  std::optional<std::uint64_t> if_revision;
  bool may_create = true; ///< Otherwise an unknown tenant is `forbidden`.
  author by{};
};

/// Makes the rules what they were in an earlier version.
struct rollback_rules {
  author by;
  std::uint32_t version = 0;
  std::optional<std::uint64_t> if_revision;
};

struct erase_tenant {
  author by;
  std::string tenant;
  std::optional<std::uint64_t> if_revision;
};

struct put_outcome {
  bool created = false;
  std::uint64_t revision = 0;
};

struct upsert_videos {
  std::vector<video_ptr> videos;
  bool replace = false; ///< They become the whole catalogue.
  author by{};
};

struct upsert_outcome {
  std::vector<std::size_t> refused; ///< Indices of new videos for which the catalogue has no room.
};

struct erase_video {
  author by;
  std::string id;
};

/// A command about one user's record.
struct put_signals {
  std::string tenant;
  std::string user;
  user_signals signals;
  author by{};
};

struct erase_user {
  std::string tenant;
  std::string user;
  author by{};
};

/// Events on their way into the store.
struct ingest_job {
  std::shared_ptr<const event_batch> batch;
  std::optional<load_bound::place> place; ///< Among the events under way.
};

struct put_sdk_key {
  author by;
  sdk_key key;
  change_text change; ///< For the audit log.
};

struct erase_sdk_keys {
  author by;
  std::string id; ///< Empty: all of the tenant.
};

struct put_token {
  author by;
  access_token token;
  change_text change; ///< For the audit log.
};

struct erase_token {
  author by;
  std::string id;
  change_text change;
};

/// A feed that nobody is served: whatever the flags say, under draft rules if there are any.
struct preview_job {
  payload<ranking_signals> signals; ///< nullptr: cold start.
  std::optional<tenant_rules> rules;
  std::size_t limit = 20;
  wall_time now;
  steady_time deadline = steady_time::max(); ///< Nobody waits for it past this instant.
};

} // namespace kinora
