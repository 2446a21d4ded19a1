#include "storage/memory/events.hpp"

#include <algorithm>
#include <utility>

namespace kinora::memory {

namespace {

using batch_ptr = std::shared_ptr<const event_batch>;

class memory_events : public event_store {
public:
  explicit memory_events(data_ptr data) : data_{std::move(data)} {}

  result<std::vector<batch_outcome>> apply(std::span<const batch_ptr> batches, wall_time now) override {
    std::lock_guard order{mutex_}; // one at a time, so that room which was looked for is still there
    if (auto bad = check_room(batches))
      return *bad;
    std::vector<batch_outcome> out;
    for (auto& x : batches)
      out.push_back(apply(*x, now));
    return out;
  }

private:
  /// Counts generously: what is known already needs no room.
  std::optional<failure> check_room(std::span<const batch_ptr> batches) const {
    std::size_t events = 0;
    std::size_t attributions = 0;
    for (auto& x : batches) {
      events += x->size();
      for (auto& effect : x->effects)
        attributions += effect.attributed.has_value();
    }
    if (data_->users + events > data_->limits.users_max + users_spare(batches))
      return no_room("MAX_USERS", "users");
    if (data_->events + events + attributions > data_->limits.events_max)
      return no_room("STORE", "events of the last days");
    return std::nullopt;
  }

  /// How many of the events are of users that are known.
  std::size_t users_spare(std::span<const batch_ptr> batches) const {
    std::size_t out = 0;
    for (auto& x : batches)
      if (auto tenant = data_->find(x->tenant)) {
        std::shared_lock lock{tenant->mutex};
        for (auto& effect : x->effects)
          out += tenant->users.contains(effect.user);
        for (auto& part : x->users)
          out += tenant->users.contains(part.user);
        out += x->videos.size(); // they are of no user
      }
    return out;
  }

  batch_outcome apply(const event_batch& x, wall_time now) {
    batch_outcome out;
    auto tenant = data_->find(x.tenant);
    std::unique_lock<std::shared_mutex> lock;
    if (tenant)
      lock = std::unique_lock{tenant->mutex};
    out.tenant_gone = !tenant || !tenant->rules;
    if (out.tenant_gone)
      return out;
    forget_old(*tenant, now);
    for (auto& effect : x.effects) {
      auto is_new = remember(*tenant, effect.event_id, now);
      ++(is_new ? out.accepted : out.duplicates);
      if (!is_new)
        continue;
      add(*tenant, effect.user, record_of(effect, now));
      if (effect.amount != 0.0)
        add(*tenant, effect.video_id, {effect.amount, effect.at_ms, x.popularity_half_life.count()});
      if (effect.attributed && remember(*tenant, effect.attributed->key, now))
        count(*tenant, effect, out.attributed);
    }
    for (auto& part : x.users) {
      auto is_new = !stores_copy_of(*tenant, part) && remember(*tenant, part.id, now);
      ++(is_new ? out.parts_accepted : out.parts_duplicates);
      if (is_new)
        add(*tenant, part.user, part.record);
    }
    for (auto& part : x.videos) {
      auto stored = tenant->popularity.find(part.video_id);
      auto is_new = (stored == tenant->popularity.end() || stored->second != part.sum) &&
                    remember(*tenant, part.id, now);
      ++(is_new ? out.parts_accepted : out.parts_duplicates);
      if (is_new)
        add(*tenant, part.video_id, part.sum);
    }
    if (out.accepted + out.parts_accepted > 0)
      data_->note(x.note.get());
    return out;
  }

  /// False when the key, an event's id or an attribution's, is known.
  bool remember(tenant_data& tenant, const std::string& key, wall_time now) {
    if (!tenant.event_ids.emplace(key, now).second)
      return false;
    tenant.event_ids_by_age.push_back(key);
    ++data_->events;
    return true;
  }

  static bool stores_copy_of(const tenant_data& tenant, const user_part& x) {
    auto stored = tenant.users.find(x.user);
    return x.is_copy && stored != tenant.users.end() && *stored->second == x.record;
  }

  void forget_old(tenant_data& tenant, wall_time now) {
    auto& stats = tenant.stats;
    stats.erase(stats.begin(),
                std::ranges::find_if_not(stats, [now](auto& x) { return is_over(x.first, now); }));
    auto& ages = tenant.event_ids_by_age;
    for (; !ages.empty(); ages.pop_front()) {
      auto i = tenant.event_ids.find(ages.front());
      if (i->second + event_age_max + event_lead_max >= now)
        return;
      tenant.event_ids.erase(i);
      --data_->events;
    }
  }

  void add(tenant_data& tenant, const std::string& user, const user_record& x) {
    auto& stored = tenant.users[user];
    if (!stored)
      ++data_->users;
    auto record = stored ? *stored : x;
    if (stored)
      merge(record, x, data_->limits.signal_retention);
    stored = std::make_shared<const user_record>(std::move(record));
  }

  void add(tenant_data& tenant, const std::string& video, const popularity_sum& sum) {
    auto [i, is_new] = tenant.popularity.emplace(video, sum);
    if (!is_new)
      i->second = merged(i->second, sum);
  }

  void count(tenant_data& tenant, const event_effect& x, feed_stats& batch) {
    auto& [type, side, what, _] = *x.attributed;
    tenant.stats[hour_of(x)].at(type, side).add(what);
    batch.at(type, side).add(what);
  }

  data_ptr data_;
  std::mutex mutex_;
};

} // namespace

std::shared_ptr<event_store> make_events(data_ptr data) {
  return std::make_shared<memory_events>(std::move(data));
}

} // namespace kinora::memory
