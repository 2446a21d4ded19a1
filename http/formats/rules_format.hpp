// A tenant's rules as JSON: the body of /admin/v1/tenants/{tenant}, and of a preview's draft.
#pragma once

#include "domain/result.hpp"
#include "domain/tenant_rules.hpp"

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include <cstddef>

namespace kinora::http {

inline constexpr std::size_t tag_multipliers_max = 1'000;
inline constexpr std::size_t exclude_tags_max = 256;
inline constexpr std::size_t languages_max = 64;
inline constexpr std::size_t pins_max = 500;
inline constexpr std::size_t boosts_max = 10'000;

/// Reads rules; what is absent or null has its default, so `{}` is a tenant with defaults. Tags and video ids
/// are 1..256 bytes, languages 1..35, the URL template at most 2,048 (with "{id}" in it, unless empty), all
/// printable. `max_maturity` is a known rating in any case, kept in capitals. Fails on the path at fault when
/// a value has the wrong type, is out of its range (domain/tenant_rules.hpp), is one too many, or has an
/// unknown key: "boost_weights.recensy", `pins["v1"]`.
result<tenant_rules> parse_rules(const boost::json::value& value);

/// Writes every field; `max_maturity` and the limits of `diversity` are null when there is none.
/// `parse_rules` reads it back unchanged.
boost::json::object write_rules(const tenant_rules& rules);

} // namespace kinora::http
