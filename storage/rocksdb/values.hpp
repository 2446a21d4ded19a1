// Every kind of value in the store. Each `decode` gives nullopt for what is damaged, or of a version that
// this program does not know.
#pragma once

#include "domain/access.hpp"
#include "domain/audit.hpp"
#include "domain/decay.hpp"
#include "domain/flags.hpp"
#include "domain/sdk_key.hpp"
#include "domain/stats.hpp"
#include "domain/tenant_rules.hpp"
#include "domain/user_record.hpp"
#include "domain/video.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace kinora {

/// When the store took on an event or an attribution: all that is kept of it beside its key.
struct event_mark {
  std::int64_t at_ms = 0;
};

/// The secrets that sign cursors, newest first.
struct secret_list {
  std::vector<std::string> secrets;
};

/// What the store as a whole looks like: families, keys, values.
struct store_format {
  static constexpr std::uint64_t current = 3; ///< Formats 1 and 2 are read, too, and become 3.
  std::uint64_t number = current;
};

std::string encode(const user_record& x);
std::string encode(const popularity_sum& x);
std::string encode(const event_mark& x);
std::string encode(const feed_stats& x);
std::string encode(const video& x);
std::string encode(const versioned_rules& x);
std::string encode(const global_flags& x);
std::string encode(const secret_list& x);
std::string encode(const sdk_key& x);
std::string encode(const access_token& x);
std::string encode(const audit_entry& x);
std::string encode(const store_format& x);

template <class T>
std::optional<T> decode(std::string_view value);

template <>
std::optional<user_record> decode(std::string_view value);
template <>
std::optional<popularity_sum> decode(std::string_view value);
template <>
std::optional<event_mark> decode(std::string_view value);
template <>
std::optional<feed_stats> decode(std::string_view value);
template <>
std::optional<video> decode(std::string_view value);
template <>
std::optional<versioned_rules> decode(std::string_view value);
template <>
std::optional<global_flags> decode(std::string_view value);
template <>
std::optional<secret_list> decode(std::string_view value);
template <>
std::optional<sdk_key> decode(std::string_view value);
template <>
std::optional<access_token> decode(std::string_view value);
template <>
std::optional<audit_entry> decode(std::string_view value);
template <>
std::optional<store_format> decode(std::string_view value);

} // namespace kinora
