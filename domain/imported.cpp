#include "domain/imported.hpp"

#include "domain/text.hpp"

#include <bit>
#include <cstdint>

#define XXH_INLINE_ALL
#include <xxhash.h>

namespace kinora {

namespace {

std::int64_t unix_ms(wall_time x) {
  return x.time_since_epoch().count();
}

/// Gathers what a name is made of. Event ids are printable, names begin with a control character: an event
/// can never take one.
class name_maker {
public:
  explicit name_maker(std::string_view kind) : kind_{kind} {}

  name_maker& add(std::string_view x) {
    append_length_prefixed(facts_, x);
    return *this;
  }

  name_maker& add(std::int64_t x) { return add(std::to_string(x)); }
  name_maker& add(double x) { return add(std::bit_cast<std::int64_t>(x)); }

  template <class List, class Each>
  name_maker& list(const List& x, Each each) {
    add(static_cast<std::int64_t>(x.size()));
    for (auto& entry : x)
      each(entry);
    return *this;
  }

  std::string take() const {
    constexpr auto digits = "0123456789abcdef";
    XXH128_canonical_t hash;
    XXH128_canonicalFromHash(&hash, XXH3_128bits(facts_.data(), facts_.size()));
    auto out = '\1' + kind_ + ':';
    for (auto byte : hash.digest) {
      out += digits[byte >> 4];
      out += digits[byte & 15];
    }
    return out;
  }

private:
  std::string kind_;
  std::string facts_;
};

std::string name_of(const std::string& user, const user_record& x) {
  name_maker out{"record"};
  auto sum = [&](auto& y) { out.add(y.key).add(y.value).add(y.first_ms); };
  auto timed = [&](auto& y) { out.add(y.key).add(y.at_ms); };
  auto set = [&](auto& y) { out.add(y.key).add(y.value); };
  out.add(user).add(x.reference_ms).list(x.tags, sum).list(x.creators, sum);
  out.list(x.watched, timed).list(x.disliked, timed).add(x.touched_ms).add(x.since_ms);
  out.add(x.last_active_ms ? std::to_string(*x.last_active_ms) : "");
  if (x.set)
    out.add(x.set->at_ms).list(x.set->tags, set).list(x.set->creators, set);
  return out.take();
}

std::int64_t original_ms(const signals_row& x) {
  return unix_ms(*x.signals.last_active - x.moved);
}

std::string name_of(const signals_row& x) {
  name_maker out{"signals"};
  auto id = [&](auto& y) { out.add(y); };
  auto affinity = [&](auto& y) { out.add(y.first).add(y.second); };
  out.add(x.user).add(original_ms(x)).list(x.signals.watched_ids, id).list(x.signals.disliked_ids, id);
  out.list(x.long_watched, id).list(x.signals.affinities, affinity);
  return out.list(x.signals.creator_affinities, affinity).take();
}

} // namespace

user_part part_of(const signals_row& x, wall_time now) {
  if (x.record)
    return {name_of(x.user, *x.record), x.user, *x.record, true};
  auto record = record_of(x.signals, *x.signals.last_active);
  record.reference_ms = unix_ms(*x.signals.last_active);
  record.touched_ms = unix_ms(now);
  record.since_ms = record.touched_ms;
  if (x.signals.affinities.empty() && x.signals.creator_affinities.empty())
    record.set.reset();
  return {name_of(x), x.user, std::move(record), false};
}

std::vector<event> completions_of(const signals_row& x) {
  std::vector<event> out;
  for (auto& video : x.long_watched) {
    event done;
    done.event_id = name_maker{"long-watched"}.add(x.user).add(video).add(original_ms(x)).take();
    done.type = event_type::complete;
    done.user = x.user;
    done.video_id = video;
    done.occurred_at = *x.signals.last_active;
    out.push_back(std::move(done));
  }
  return out;
}

popularity_part part_of(std::string video_id, const popularity_sum& x) {
  auto id = name_maker{"popularity"}.add(video_id).add(x.value).add(x.at_ms).add(x.half_life_ms).take();
  return {std::move(id), std::move(video_id), x};
}

} // namespace kinora
