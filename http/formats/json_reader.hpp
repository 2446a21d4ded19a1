// Typed, bounded reading of JSON values. Failures name the place at fault by its path from the value that was
// handed in: "filters.languages[2]", `pins["v1"]`; the path is empty when it is the value itself.
#pragma once

#include "domain/ids.hpp"
#include "domain/result.hpp"
#include "domain/time.hpp"

#include <boost/container/small_vector.hpp>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include <cstddef>
#include <cstdint>
#include <limits>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace kinora::http {

// -- paths -------------------------------------------------------------------------------------

/// Puts member `key` in front of the path of `why`: "recency" under "boost_weights" →
/// "boost_weights.recency". A key that is no plain name is written as an entry. Keys of more than 256 bytes
/// are cut.
failure at_member(std::string_view key, failure why);

/// The same for an entry of a map with free keys: `pins["v1"]`.
failure at_entry(std::string_view key, failure why);

/// The same for an item of an array: `tags[3]`.
failure at_index(std::size_t index, failure why);

// -- single values -----------------------------------------------------------------------------

/// Reads true or false, and nothing that resembles them.
result<bool> parse_bool(const boost::json::value& value);

/// Reads a time: a Unix time in seconds or milliseconds (`from_unix_number`), or an RFC 3339 date-time.
result<wall_time> parse_time(const boost::json::value& value);

/// Reads a finite number of `min`..`max`.
struct number_between {
  double min = 0.0;
  double max = std::numeric_limits<double>::infinity();
  result<double> operator()(const boost::json::value& value) const;
};

/// Reads a whole number of `min`..`max`, however it is written (20, 20.0, 2e1).
struct whole_number_between {
  std::uint32_t min = 0;
  std::uint32_t max = 0;
  result<std::uint32_t> operator()(const boost::json::value& value) const;
};

/// Reads a string of `min`..`max` bytes of UTF-8 without control characters.
struct text_between {
  std::size_t min = 0;
  std::size_t max = 0;
  result<std::string> operator()(const boost::json::value& value) const;
};

/// What names a tag, a creator or a video.
inline constexpr text_between name_text{1, video_id_bytes_max};

/// Reads what names a user, or a video: as `check_user_hash` and `check_video_id` want it.
result<std::string> parse_user_hash(const boost::json::value& value);
result<std::string> parse_video_id(const boost::json::value& value);

/// Reads an array of at most `items_max` strings.
struct text_list {
  std::size_t items_max = 0;
  text_between item;
  result<std::vector<std::string>> operator()(const boost::json::value& value) const;
};

// -- objects -----------------------------------------------------------------------------------

/// What is said of a value that should be an object.
failure not_an_object();

/// What is said of an array or a map with more than `max` elements.
failure too_many(std::size_t max, std::size_t size);

/// Reads an object with free keys (`name_text`) into a map of at most `entries_max` entries, each read by
/// `parse`, a `result<T>(const boost::json::value&)`.
template <class Parse>
struct map_of {
  using value_type = typename std::invoke_result_t<Parse, const boost::json::value&>::value_type;
  using map_type = std::map<std::string, value_type>;

  std::size_t entries_max;
  Parse parse;

  result<map_type> operator()(const boost::json::value& value) const {
    const auto* members = value.if_object();
    if (!members)
      return not_an_object();
    if (members->size() > entries_max)
      return too_many(entries_max, members->size());
    map_type out;
    for (const auto& member : *members) {
      auto key = name_text(boost::json::value(member.key()));
      if (!key)
        return at_entry(member.key(), key.error());
      auto x = parse(member.value());
      if (!x)
        return at_entry(*key, x.error());
      out.emplace(*std::move(key), *std::move(x));
    }
    return out;
  }
};

template <class Parse>
map_of(std::size_t, Parse) -> map_of<Parse>;

/// Reads the members of one object, one call each. A member that is absent or null leaves its field as it
/// was. The first failure is kept, and nothing is read after it. The value has to outlive the reader.
class object_reader {
public:
  explicit object_reader(const boost::json::value& value);

  /// Fails when member `key` is absent or null.
  void require(std::string_view key);

  /// Reads member `key` into `out` with `parse`, a `result<T>(const boost::json::value&)`. `key` has to
  /// outlive the reader.
  template <class T, class Parse>
  void read(std::string_view key, T& out, const Parse& parse) {
    known_.push_back(key);
    const auto* member = find(key);
    if (!member || failure_)
      return;
    if (auto x = parse(*member))
      out = *std::move(x);
    else
      failure_ = at_member(key, x.error());
  }

  /// Fails when there is a member that `read` was not asked for, null or not. To be called after the last
  /// `read`.
  void refuse_unknown();

  /// The first failure; nullptr when there is none.
  const failure* fault() const { return failure_ ? &*failure_ : nullptr; }

  /// The first failure, or else `out`.
  template <class T>
  result<T> finish(T out) const {
    if (failure_)
      return *failure_;
    return out;
  }

private:
  /// nullptr when it is absent or null.
  const boost::json::value* find(std::string_view key) const;

  const boost::json::object* members_;
  boost::container::small_vector<std::string_view, 16> known_; ///< The keys that `read` was asked for.
  std::optional<failure> failure_;
};

} // namespace kinora::http
