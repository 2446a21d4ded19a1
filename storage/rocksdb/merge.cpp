#include "storage/rocksdb/merge.hpp"

#include "storage/rocksdb/values.hpp"

namespace kinora {

namespace {

void combine(user_record& into, const user_record& x) {
  merge(into, x);
}

void combine(popularity_sum& into, const popularity_sum& x) {
  into = merged(into, x);
}

/// A damaged value or operand makes the whole merge fail: RocksDB then reports a corruption.
template <class Value>
class value_merge : public rocksdb::MergeOperator {
public:
  explicit value_merge(const char* name) : name_{name} {}

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
  static bool add(std::optional<Value>& all, const rocksdb::Slice& bytes) {
    auto x = decode<Value>({bytes.data(), bytes.size()});
    if (!x)
      return false;
    if (all)
      combine(*all, *x);
    else
      all = std::move(*x);
    return true;
  }

  const char* name_;
};

} // namespace

std::shared_ptr<rocksdb::MergeOperator> make_record_merge() {
  return std::make_shared<value_merge<user_record>>("kinora.user_record");
}

std::shared_ptr<rocksdb::MergeOperator> make_popularity_merge() {
  return std::make_shared<value_merge<popularity_sum>>("kinora.popularity_sum");
}

} // namespace kinora
