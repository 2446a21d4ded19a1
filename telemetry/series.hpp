// Series of one metric, found by the values of their labels without building a label map.
#pragma once

#include <prometheus/family.h>
#include <prometheus/labels.h>

#include <algorithm>
#include <array>
#include <functional>
#include <mutex>
#include <shared_mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>

namespace kinora {

/// The values of N labels, to look a series up.
template <std::size_t N>
using label_values = std::array<std::string_view, N>;

/// All series of a family whose label names are fixed. Any thread. Removing a series waits until no
/// `with` uses it.
template <class Metric, std::size_t N>
class series {
public:
  series(prometheus::Family<Metric>& family, std::array<std::string, N> label_names)
      : family_{family}, label_names_{std::move(label_names)} {}

  /// Calls `use(Metric&)` with the series of these values; makes it from `args` when it is new.
  template <class Use, class... Args>
  void with(const label_values<N>& values, Use use, const Args&... args) {
    {
      std::shared_lock guard{mutex_};
      if (auto i = known_.find(values); i != known_.end()) {
        use(*i->second);
        return;
      }
    }
    std::unique_lock guard{mutex_};
    auto i = known_.find(values);
    if (i == known_.end())
      i = known_.emplace(owned(values), &family_.Add(labels(values), args...)).first;
    use(*i->second);
  }

  /// Removes every series whose values `unwanted(label_values<N>)` is true for.
  template <class Predicate>
  void remove_if(Predicate unwanted) {
    std::unique_lock guard{mutex_};
    std::erase_if(known_, [&](const auto& entry) {
      if (!unwanted(views(entry.first)))
        return false;
      family_.Remove(entry.second);
      return true;
    });
  }

private:
  using key = std::array<std::string, N>;

  struct hash {
    using is_transparent = void;
    std::size_t operator()(const label_values<N>& xs) const {
      std::size_t result = 0;
      for (auto x : xs) // the constant of a 64-bit Fibonacci hash keeps the values' order significant
        result = result * 0x9E3779B97F4A7C15u + std::hash<std::string_view>{}(x);
      return result;
    }
    std::size_t operator()(const key& xs) const { return (*this)(views(xs)); }
  };

  struct equal {
    using is_transparent = void;
    template <class A, class B>
    bool operator()(const A& a, const B& b) const {
      return std::equal(a.begin(), a.end(), b.begin(), b.end());
    }
  };

  static label_values<N> views(const key& xs) {
    label_values<N> result;
    std::copy(xs.begin(), xs.end(), result.begin());
    return result;
  }

  static key owned(const label_values<N>& xs) {
    key result;
    std::copy(xs.begin(), xs.end(), result.begin());
    return result;
  }

  prometheus::Labels labels(const label_values<N>& values) const {
    prometheus::Labels result;
    for (std::size_t i = 0; i < N; ++i)
      result.emplace(label_names_[i], std::string{values[i]});
    return result;
  }

  prometheus::Family<Metric>& family_;
  const std::array<std::string, N> label_names_;
  std::shared_mutex mutex_;
  std::unordered_map<key, Metric*, hash, equal> known_;
};

} // namespace kinora
