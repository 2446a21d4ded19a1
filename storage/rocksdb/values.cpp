#include "storage/rocksdb/values.hpp"

#include "storage/rocksdb/codec.hpp"

#include <algorithm>
#include <utility>

namespace kinora {

namespace {

/// Of the layouts below. Records have had `since_ms` since version 2, rules a version and an author since 3.
constexpr std::uint8_t version = 3;

/// Writes or reads a value field by field, so that each layout is written down once: `walk` below is called
/// with the one or the other.
class field_writer {
public:
  template <class T, class Walk>
  static std::string run(const T& x, Walk walk) {
    field_writer fields;
    walk(fields, x);
    return std::move(fields.out_).seal();
  }

  void operator()(const std::uint64_t& x) { out_.count(x); }
  void operator()(const std::uint32_t& x) { out_.count(x); }
  void operator()(const std::int64_t& x) { out_.number(x); }
  void operator()(const double& x) { out_.real(x); }
  void operator()(const bool& x) { out_.flag(x); }
  void operator()(const std::string& x) { out_.text(x); }
  void operator()(const wall_time& x) { out_.number(x.time_since_epoch().count()); }
  void operator()(const role& x) { out_.count(static_cast<std::uint64_t>(x)); }
  void operator()(const secret_digest& x) { out_.text({reinterpret_cast<const char*>(x.data()), x.size()}); }

  /// A number that is close to another one.
  void near(std::int64_t to, const std::int64_t& x) { out_.number(to - x); }
  bool has(std::uint8_t) const { return true; }

  template <class List, class Each>
  void list(const List& x, Each each) {
    out_.count(x.size());
    for (auto& entry : x)
      each(entry);
  }

  template <class Value>
  void map(const std::map<std::string, Value>& x) {
    out_.count(x.size());
    for (auto& [key, value] : x) {
      out_.text(key);
      (*this)(value);
    }
  }

  template <class T, class Each>
  void maybe(const std::optional<T>& x, Each each) {
    out_.flag(x.has_value());
    if (x)
      each(*x);
  }

private:
  value_writer out_{version};
};

class field_reader {
public:
  template <class T, class Walk>
  static std::optional<T> run(std::string_view value, Walk walk) {
    field_reader fields{value};
    if (fields.in_.bad() || fields.in_.version() < 1 || fields.in_.version() > version)
      return std::nullopt;
    T out{};
    walk(fields, out);
    if (!fields.in_.done() || !fields.known_)
      return std::nullopt;
    return out;
  }

  void operator()(std::uint64_t& x) { x = in_.count(); }
  void operator()(std::uint32_t& x) { x = static_cast<std::uint32_t>(in_.count()); }
  void operator()(std::int64_t& x) { x = in_.number(); }
  void operator()(double& x) { x = in_.real(); }
  void operator()(bool& x) { x = in_.flag(); }
  void operator()(std::string& x) { x = in_.text(); }
  void operator()(wall_time& x) { x = wall_time{std::chrono::milliseconds{in_.number()}}; }
  void operator()(role& x) {
    const auto value = in_.count();
    known_ = known_ && value < role_names.size();
    x = known_ ? static_cast<role>(value) : role::viewer;
  }
  void operator()(secret_digest& x) {
    const auto bytes = in_.text();
    known_ = known_ && bytes.size() == x.size();
    if (known_)
      std::copy(bytes.begin(), bytes.end(), x.begin());
  }
  void near(std::int64_t to, std::int64_t& x) { x = to - in_.number(); }
  /// Whether the value is of that version or a later one.
  bool has(std::uint8_t since) const { return in_.version() >= since; }

  template <class List, class Each>
  void list(List& x, Each each) {
    auto length = in_.length();
    for (std::size_t i = 0; i < length && !in_.bad(); ++i)
      each(x.emplace_back());
  }

  template <class Value>
  void map(std::map<std::string, Value>& x) {
    auto length = in_.length();
    for (std::size_t i = 0; i < length && !in_.bad(); ++i) {
      auto key = in_.text();
      (*this)(x[std::move(key)]);
    }
  }

  template <class T, class Each>
  void maybe(std::optional<T>& x, Each each) {
    if (in_.flag())
      each(x.emplace());
  }

private:
  explicit field_reader(std::string_view value) : in_{value} {}

  value_reader in_;
  bool known_ = true; ///< Nothing had a value that its type has not.
};

// -- layouts ------------------------------------------------------------------------------------------------

constexpr auto as_is = [](auto& f) { return [&f](auto& x) { f(x); }; };

constexpr auto record_layout = [](auto& f, auto& x) {
  auto sum = [&](auto& y) {
    f(y.key);
    f(y.value);
    f.near(x.reference_ms, y.first_ms);
  };
  auto timed = [&](auto& y) {
    f(y.key);
    f.near(x.reference_ms, y.at_ms);
  };
  auto set = [&](auto& y) {
    f(y.key);
    f(y.value);
  };
  f(x.touched_ms);
  f(x.reference_ms);
  f.list(x.tags, sum);
  f.list(x.creators, sum);
  f.list(x.watched, timed);
  f.list(x.disliked, timed);
  f.maybe(x.set, [&](auto& y) {
    f(y.at_ms);
    f.list(y.tags, set);
    f.list(y.creators, set);
  });
  f.maybe(x.last_active_ms, as_is(f));
  if (f.has(2))
    f.near(x.touched_ms, x.since_ms);
};

constexpr auto popularity_layout = [](auto& f, auto& x) {
  f(x.value);
  f(x.at_ms);
  f(x.half_life_ms);
};

constexpr auto mark_layout = [](auto& f, auto& x) { f(x.at_ms); };

constexpr auto stats_layout = [](auto& f, auto& x) {
  for (auto& cell : x.cells) {
    f(cell.impressions);
    f(cell.plays);
    f(cell.completions);
  }
};

constexpr auto video_layout = [](auto& f, auto& x) {
  f(x.id);
  f(x.title);
  f.list(x.tags, as_is(f));
  f(x.creator_id);
  f.maybe(x.published_at, as_is(f));
  f(x.score);
  f(x.maturity_rating);
  f(x.duration_seconds);
  f(x.thumbnail_url);
  f(x.playback_url);
  f(x.language);
  f.maybe(x.expires_at, as_is(f));
  f(x.metadata);
};

constexpr auto learning_layout = [](auto& f, auto& x) {
  for (auto& weight : x.weights)
    f(weight);
  f(x.watched_fraction);
  f(x.popularity_half_life_hours);
  f(x.popularity_weight);
  f(x.popularity_k);
};

constexpr auto rules_layout = [](auto& f, auto& x) {
  auto& rules = x.rules;
  f(x.revision);
  f(rules.weights.recency);
  f(rules.weights.popularity);
  f(rules.weights.user_affinity);
  f(rules.weights.creator_affinity);
  f.map(rules.tag_multipliers);
  f(rules.recency_window_hours);
  f.list(rules.filters.exclude_tags, as_is(f));
  f.maybe(rules.filters.max_maturity, as_is(f));
  f.list(rules.filters.languages, as_is(f));
  f.map(rules.pins);
  f.map(rules.boosts);
  f.maybe(rules.diversity.max_per_creator, as_is(f));
  f.maybe(rules.diversity.max_per_tag, as_is(f));
  f(rules.diversity.window);
  learning_layout(f, rules.learning);
  f(rules.personalization_enabled);
  f(rules.rollout_percentage);
  f(rules.playback_url_template);
  if (f.has(3)) {
    f(x.version);
    f(x.saved_at);
    f(x.author);
  }
};

constexpr auto flags_layout = [](auto& f, auto& x) {
  f(x.personalization_enabled);
  f(x.kill_switch_active);
  f(x.rollout_percentage);
  f(x.revision);
};

constexpr auto secrets_layout = [](auto& f, auto& x) { f.list(x.secrets, as_is(f)); };

constexpr auto sdk_key_layout = [](auto& f, auto& x) {
  f(x.id);
  f(x.name);
  f(x.created_at);
  f(x.created_by);
  f(x.digest);
};

constexpr auto token_layout = [](auto& f, auto& x) {
  f(x.who.id);
  f(x.who.name);
  f(x.who.as);
  f.list(x.who.tenants, as_is(f));
  f(x.created_at);
  f(x.created_by);
  f(x.digest);
};

constexpr auto audit_layout = [](auto& f, auto& x) {
  f(x.at);
  f(x.who.id);
  f(x.who.name);
  f(x.who.request_id);
  f(x.action);
  f(x.tenant);
  f(x.target);
  f(x.change.before);
  f(x.change.after);
};

constexpr auto format_layout = [](auto& f, auto& x) { f(x.number); };

} // namespace

std::string encode(const user_record& x) {
  return field_writer::run(x, record_layout);
}

std::string encode(const popularity_sum& x) {
  return field_writer::run(x, popularity_layout);
}

std::string encode(const event_mark& x) {
  return field_writer::run(x, mark_layout);
}

std::string encode(const feed_stats& x) {
  return field_writer::run(x, stats_layout);
}

std::string encode(const video& x) {
  return field_writer::run(x, video_layout);
}

std::string encode(const versioned_rules& x) {
  return field_writer::run(x, rules_layout);
}

std::string encode(const global_flags& x) {
  return field_writer::run(x, flags_layout);
}

std::string encode(const secret_list& x) {
  return field_writer::run(x, secrets_layout);
}

std::string encode(const sdk_key& x) {
  return field_writer::run(x, sdk_key_layout);
}

std::string encode(const access_token& x) {
  return field_writer::run(x, token_layout);
}

std::string encode(const audit_entry& x) {
  return field_writer::run(x, audit_layout);
}

std::string encode(const store_format& x) {
  return field_writer::run(x, format_layout);
}

template <>
std::optional<user_record> decode(std::string_view value) {
  return field_reader::run<user_record>(value, record_layout);
}

template <>
std::optional<popularity_sum> decode(std::string_view value) {
  return field_reader::run<popularity_sum>(value, popularity_layout);
}

template <>
std::optional<event_mark> decode(std::string_view value) {
  return field_reader::run<event_mark>(value, mark_layout);
}

template <>
std::optional<feed_stats> decode(std::string_view value) {
  return field_reader::run<feed_stats>(value, stats_layout);
}

template <>
std::optional<video> decode(std::string_view value) {
  return field_reader::run<video>(value, video_layout);
}

template <>
std::optional<versioned_rules> decode(std::string_view value) {
  return field_reader::run<versioned_rules>(value, rules_layout);
}

template <>
std::optional<global_flags> decode(std::string_view value) {
  return field_reader::run<global_flags>(value, flags_layout);
}

template <>
std::optional<secret_list> decode(std::string_view value) {
  return field_reader::run<secret_list>(value, secrets_layout);
}

template <>
std::optional<sdk_key> decode(std::string_view value) {
  return field_reader::run<sdk_key>(value, sdk_key_layout);
}

template <>
std::optional<access_token> decode(std::string_view value) {
  return field_reader::run<access_token>(value, token_layout);
}

template <>
std::optional<audit_entry> decode(std::string_view value) {
  return field_reader::run<audit_entry>(value, audit_layout);
}

template <>
std::optional<store_format> decode(std::string_view value) {
  return field_reader::run<store_format>(value, format_layout);
}

} // namespace kinora
