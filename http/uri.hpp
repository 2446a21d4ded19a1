// Percent encoding, query strings and paths (RFC 3986), read strictly.
#pragma once

#include "domain/result.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace kinora::http {

/// Decodes percent escapes; '+' stays '+'. Fails with `invalid_argument` on `field` when an escape is cut off
/// or not hexadecimal, and when the result is not valid UTF-8 or holds a control character.
result<std::string> percent_decode(std::string_view text, std::string_view field);

/// Escapes every byte but RFC 3986's unreserved ones, so that the result fits a path segment or a query
/// value.
std::string percent_encode(std::string_view text);

/// The parameters of one query, decoded, in the order sent; no name occurs twice.
class query_params {
public:
  using list = std::vector<std::pair<std::string, std::string>>;

  query_params() = default;
  explicit query_params(list params) : params_{std::move(params)} {}

  /// Value of a parameter, empty for `?name`; nullopt when absent.
  std::optional<std::string_view> find(std::string_view name) const;

  const list& all() const { return params_; }

private:
  list params_;
};

/// How many parameters a query may have.
inline constexpr std::size_t query_params_max = 64;

/// Reads `a=1&b=2` as forms send it ('+' is a space). Empty pieces are skipped. Fails with `invalid_argument`
/// on a name that occurs twice, on a bad escape (`percent_decode`; `field` is the parameter, or "query" when
/// its name is bad or empty) and on more than `query_params_max` parameters.
result<query_params> parse_query(std::string_view query);

/// Cuts a path at its slashes, still encoded: "/a/b%2Fc" → "a", "b%2Fc"; "/" → "". A slash at the end leaves
/// an empty last segment. `path` starts with '/'.
std::vector<std::string_view> split_path(std::string_view path);

} // namespace kinora::http
