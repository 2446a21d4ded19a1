#include "storage/rocksdb/expiry.hpp"

#include "domain/event.hpp"
#include "storage/rocksdb/keys.hpp"
#include "storage/rocksdb/values.hpp"

#include <cmath>

namespace kinora {

namespace {

/// Of a video that nobody has watched for long.
constexpr double popularity_min = 1e-3;

/// Asks `is_past(value, now)` about whole values. Operands that are not merged yet stay: a later one may be
/// for the same key.
template <class Value, class IsPast>
class expiry_filter : public rocksdb::CompactionFilter {
public:
  expiry_filter(wall_time now, IsPast is_past) : now_{now}, is_past_{is_past} {}

  const char* Name() const override { return "kinora.expiry"; }

  Decision FilterV2(int, const rocksdb::Slice&, ValueType type, const rocksdb::Slice& bytes, std::string*,
                    std::string*) const override {
    if (type != ValueType::kValue)
      return Decision::kKeep;
    auto value = decode<Value>({bytes.data(), bytes.size()});
    return value && is_past_(*value, now_) ? Decision::kRemove : Decision::kKeep;
  }

private:
  wall_time now_;
  IsPast is_past_;
};

template <class Value, class IsPast>
class expiry_factory : public rocksdb::CompactionFilterFactory {
public:
  expiry_factory(clock_function clock, IsPast is_past) : clock_{std::move(clock)}, is_past_{is_past} {}

  const char* Name() const override { return "kinora.expiry"; }

  std::unique_ptr<rocksdb::CompactionFilter>
  CreateCompactionFilter(const rocksdb::CompactionFilter::Context&) override {
    return std::make_unique<expiry_filter<Value, IsPast>>(clock_(), is_past_);
  }

private:
  clock_function clock_;
  IsPast is_past_;
};

/// Goes by the hour in the key. Operands go too: nothing is added to an hour that is over.
class stats_expiry : public rocksdb::CompactionFilter {
public:
  explicit stats_expiry(wall_time now) : now_{now} {}

  const char* Name() const override { return "kinora.expiry"; }

  Decision FilterV2(int, const rocksdb::Slice& key, ValueType, const rocksdb::Slice&, std::string*,
                    std::string*) const override {
    return is_over(stats_hour_of({key.data(), key.size()}), now_) ? Decision::kRemove : Decision::kKeep;
  }

private:
  wall_time now_;
};

class stats_expiry_factory : public rocksdb::CompactionFilterFactory {
public:
  explicit stats_expiry_factory(clock_function clock) : clock_{std::move(clock)} {}

  const char* Name() const override { return "kinora.expiry"; }

  std::unique_ptr<rocksdb::CompactionFilter>
  CreateCompactionFilter(const rocksdb::CompactionFilter::Context&) override {
    return std::make_unique<stats_expiry>(clock_());
  }

private:
  clock_function clock_;
};

template <class Value, class IsPast>
std::shared_ptr<rocksdb::CompactionFilterFactory> make_expiry(clock_function clock, IsPast is_past) {
  return std::make_shared<expiry_factory<Value, IsPast>>(std::move(clock), is_past);
}

} // namespace

std::shared_ptr<rocksdb::CompactionFilterFactory> make_record_expiry(clock_function clock,
                                                                     std::chrono::hours retention) {
  return make_expiry<user_record>(std::move(clock), [retention](const user_record& x, wall_time now) {
    return wall_time{std::chrono::milliseconds{x.touched_ms}} + retention < now;
  });
}

std::shared_ptr<rocksdb::CompactionFilterFactory> make_popularity_expiry(clock_function clock) {
  return make_expiry<popularity_sum>(std::move(clock), [](const popularity_sum& x, wall_time now) {
    return std::abs(x.at(now.time_since_epoch().count())) < popularity_min;
  });
}

std::shared_ptr<rocksdb::CompactionFilterFactory> make_stats_expiry(clock_function clock) {
  return std::make_shared<stats_expiry_factory>(std::move(clock));
}

std::shared_ptr<rocksdb::CompactionFilterFactory> make_event_expiry(clock_function clock) {
  return make_expiry<event_mark>(std::move(clock), [](const event_mark& x, wall_time now) {
    return wall_time{std::chrono::milliseconds{x.at_ms}} + event_age_max + event_lead_max < now;
  });
}

} // namespace kinora
