#include "storage/rocksdb/events_write.hpp"

#include "storage/rocksdb/database.hpp"
#include "storage/rocksdb/engine.hpp"
#include "storage/rocksdb/keys.hpp"
#include "storage/rocksdb/values.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <map>
#include <mutex>
#include <set>
#include <shared_mutex>
#include <string>

namespace kinora {

namespace {

using batch_ptr = std::shared_ptr<const event_batch>;

/// The write of several batches: look-up of their ids and attributions, then one operand a key. Keys are
/// written in order, which halves the work of a write.
class events_write {
public:
  events_write(engine& to, std::span<const batch_ptr> batches, wall_time now)
      : engine_{to}, batches_{batches}, now_{now}, outcomes_(batches.size()) {}

  result<std::vector<batch_outcome>> run() {
    lock();
    list_ids();
    if (auto looked_up = look_up(); !looked_up)
      return looked_up.error();
    for (auto& x : ids_) {
      auto is_known = known_.contains(x.key) ? result<bool>{true} : stores_copy_of(x);
      if (!is_known)
        return is_known.error();
      if (*is_known)
        count_duplicate(x);
      else
        take(x);
    }
    if (marks_.empty())
      return outcomes_;
    if (auto written = write(); !written)
      return written.error();
    return outcomes_;
  }

private:
  enum class kind : std::uint8_t { effect, user, video };

  /// What counts once, by its key in the store, and where it stands.
  struct marked {
    std::string key;
    std::string attribution; ///< Its key; empty: there is none.
    std::size_t batch;
    kind what;
    std::size_t index; ///< Among its kind in the batch.
  };

  /// Every tenant once, in order, so that two writes never wait for each other.
  void lock() {
    for (auto& x : batches_)
      if (!tenants_.contains(x->tenant))
        tenants_.emplace(x->tenant, engine_.find(x->tenant));
    for (auto& [id, tenant] : tenants_) {
      if (!tenant)
        continue;
      lives_.emplace_back(tenant->life);
      events_.emplace_back(tenant->events);
    }
  }

  /// Lists every id once, in order of the keys, with its first place.
  void list_ids() {
    for (std::size_t i = 0; i < batches_.size(); ++i) {
      auto& batch = *batches_[i];
      auto& tenant = tenants_.find(batch.tenant)->second;
      outcomes_[i].tenant_gone = !tenant || tenant->gone;
      if (outcomes_[i].tenant_gone)
        continue;
      for (std::size_t j = 0; j < batch.effects.size(); ++j) {
        auto& effect = batch.effects[j];
        ids_.push_back({event_key(batch.tenant, effect.event_id),
                        effect.attributed ? event_key(batch.tenant, effect.attributed->key) : "", i,
                        kind::effect, j});
      }
      for (std::size_t j = 0; j < batch.users.size(); ++j)
        ids_.push_back({event_key(batch.tenant, batch.users[j].id), {}, i, kind::user, j});
      for (std::size_t j = 0; j < batch.videos.size(); ++j)
        ids_.push_back({event_key(batch.tenant, batch.videos[j].id), {}, i, kind::video, j});
    }
    std::stable_sort(ids_.begin(), ids_.end(), [](auto& a, auto& b) { return a.key < b.key; });
    auto end = std::unique(ids_.begin(), ids_.end(), [this](auto& a, auto& b) {
      if (a.key != b.key)
        return false;
      count_duplicate(b);
      return true;
    });
    ids_.erase(end, ids_.end());
  }

  /// Finds out which of the keys are known.
  result<void> look_up() {
    std::vector<std::string> keys;
    for (auto& x : ids_) {
      keys.push_back(x.key);
      if (!x.attribution.empty())
        keys.push_back(x.attribution);
    }
    std::sort(keys.begin(), keys.end());
    keys.erase(std::unique(keys.begin(), keys.end()), keys.end());
    auto found = engine_.db->get(family::events, keys);
    if (!found)
      return found.error();
    for (std::size_t i = 0; i < keys.size(); ++i)
      if ((*found)[i])
        known_.insert(std::move(keys[i]));
    return {};
  }

  void count_duplicate(const marked& x) {
    auto& outcome = outcomes_[x.batch];
    ++(x.what == kind::effect ? outcome.duplicates : outcome.parts_duplicates);
  }

  /// Whether a copy of what was exported is what is stored now.
  result<bool> stores_copy_of(const marked& x) const {
    auto& batch = *batches_[x.batch];
    if (x.what == kind::effect || (x.what == kind::user && !batch.users[x.index].is_copy))
      return false;
    if (x.what == kind::user) {
      auto& part = batch.users[x.index];
      auto found = load_value<user_record>(*engine_.db, family::users, tenant_key(batch.tenant, part.user),
                                           "a user's record");
      return found ? result<bool>{*found == part.record} : found.error();
    }
    auto& part = batch.videos[x.index];
    auto found = load_value<popularity_sum>(*engine_.db, family::popularity,
                                            tenant_key(batch.tenant, part.video_id), "a video's popularity");
    return found ? result<bool>{*found == part.sum} : found.error();
  }

  void take(const marked& x) {
    auto& batch = *batches_[x.batch];
    auto& outcome = outcomes_[x.batch];
    marks_.push_back(x.key);
    ++(x.what == kind::effect ? outcome.accepted : outcome.parts_accepted);
    if (x.what == kind::user) {
      auto& part = batch.users[x.index];
      add(batch, part.user, part.record);
    } else if (x.what == kind::video) {
      auto& part = batch.videos[x.index];
      add(batch, part.video_id, part.sum);
    } else {
      auto& effect = batch.effects[x.index];
      if (!x.attribution.empty() && known_.insert(x.attribution).second) {
        marks_.push_back(x.attribution);
        auto& [type, side, what, _] = *effect.attributed;
        stats_[stats_key(batch.tenant, hour_of(effect))].at(type, side).add(what);
        outcome.attributed.at(type, side).add(what);
      }
      add(batch, effect.user, record_of(effect, now_));
      if (effect.amount != 0.0)
        add(batch, effect.video_id,
            popularity_sum{effect.amount, effect.at_ms, batch.popularity_half_life.count()});
    }
  }

  void add(const event_batch& batch, const std::string& user, user_record record) {
    auto [i, is_new] = users_.try_emplace(tenant_key(batch.tenant, user));
    if (is_new)
      i->second = std::move(record);
    else
      merge(i->second, record);
  }

  void add(const event_batch& batch, const std::string& video, const popularity_sum& sum) {
    auto [i, is_new] = popularity_.try_emplace(tenant_key(batch.tenant, video), sum);
    if (!is_new)
      i->second = merged(i->second, sum);
  }

  result<void> write() {
    std::sort(marks_.begin(), marks_.end());
    const auto mark = encode(event_mark{now_.time_since_epoch().count()});
    for (auto& key : marks_)
      out_.put(family::events, key, mark);
    for (auto& [key, record] : users_)
      out_.merge(family::users, key, encode(record));
    for (auto& [key, sum] : popularity_)
      out_.merge(family::popularity, key, encode(sum));
    for (auto& [key, counts] : stats_)
      out_.merge(family::stats, key, encode(counts));
    for (std::size_t i = 0; i < batches_.size(); ++i)
      if (outcomes_[i].accepted + outcomes_[i].parts_accepted > 0)
        engine_.note(out_, batches_[i]->note.get());
    return engine_.db->write(out_);
  }

  engine& engine_;
  std::span<const batch_ptr> batches_;
  wall_time now_;
  std::vector<batch_outcome> outcomes_;
  std::map<std::string, tenant_lock_ptr, std::less<>> tenants_;
  std::vector<std::shared_lock<std::shared_mutex>> lives_;
  std::vector<std::unique_lock<std::mutex>> events_;
  std::vector<marked> ids_;
  std::set<std::string> known_;    ///< Keys of events and attributions that do not count any more.
  std::vector<std::string> marks_; ///< Keys that are new.
  std::map<std::string, user_record> users_;
  std::map<std::string, popularity_sum> popularity_;
  std::map<std::string, feed_stats> stats_;
  change_set out_;
};

} // namespace

result<std::vector<batch_outcome>> write_events(engine& to, std::span<const batch_ptr> batches,
                                                wall_time now) {
  return events_write{to, batches, now}.run();
}

} // namespace kinora
