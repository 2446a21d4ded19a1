#include "storage/rocksdb/merge.hpp"

#include "storage/rocksdb/values.hpp"

namespace kinora {

namespace {

struct add_record {
  std::chrono::hours retention;
  void operator()(user_record& into, const user_record& x) const { merge(into, x, retention); }
};

struct add_sum {
  void operator()(popularity_sum& into, const popularity_sum& x) const { into = merged(into, x); }
};

struct add_stats {
  void operator()(feed_stats& into, const feed_stats& x) const { into += x; }
};

/// A damaged value or operand makes the whole merge fail: RocksDB then reports a corruption.
template <class Value, class Combine>
class value_merge : public rocksdb::MergeOperator {
public:
  value_merge(const char* name, Combine combine) : name_{name}, combine_{combine} {}

  const char* Name() const override { return name_; }

  bool FullMergeV2(const MergeOperationInput& in, MergeOperationOutput* out) const override {
    std::optional<Value> all;
    if (in.existing_value && !add(all, *in.existing_value))
      return false;
    for (auto& operand : in.operand_list)
      if (!add(all, operand))
        return false;
    if (!all)
      return false;
    out->new_value = encode(*all);
    return true;
  }

  bool PartialMergeMulti(const rocksdb::Slice&, const std::deque<rocksdb::Slice>& operands, std::string* out,
                         rocksdb::Logger*) const override {
    std::optional<Value> all;
    for (auto& operand : operands)
      if (!add(all, operand))
        return false;
    if (!all)
      return false;
    *out = encode(*all);
    return true;
  }

private:
  bool add(std::optional<Value>& all, const rocksdb::Slice& bytes) const {
    auto x = decode<Value>({bytes.data(), bytes.size()});
    if (!x)
      return false;
    if (all)
      combine_(*all, *x);
    else
      all = std::move(*x);
    return true;
  }

  const char* name_;
  Combine combine_;
};

} // namespace

std::shared_ptr<rocksdb::MergeOperator> make_record_merge(std::chrono::hours retention) {
  return std::make_shared<value_merge<user_record, add_record>>("kinora.user_record", add_record{retention});
}

std::shared_ptr<rocksdb::MergeOperator> make_popularity_merge() {
  return std::make_shared<value_merge<popularity_sum, add_sum>>("kinora.popularity_sum", add_sum{});
}

std::shared_ptr<rocksdb::MergeOperator> make_stats_merge() {
  return std::make_shared<value_merge<feed_stats, add_stats>>("kinora.feed_stats", add_stats{});
}

} // namespace kinora
