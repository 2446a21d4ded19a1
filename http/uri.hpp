// Percent encoding, query strings and paths (RFC 3986), read strictly.
#pragma once

#include "domain/result.hpp"

#include <cstddef>
#include <optional>
#include <span>
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

/// One parameter of a query.
struct query_param {
  std::string name;       ///< Decoded.
  std::string value;      ///< Decoded.
  std::size_t bytes_sent; ///< Of the value before it was decoded.
};

/// The parameters of one query; no name occurs twice. Only those that a route declares can be looked up:
/// looking for another throws `std::logic_error`.
class query_params {
public:
  /// `declared` has to outlive the object.
  query_params(std::vector<query_param> sent, std::span<const std::string> declared)
      : sent_{std::move(sent)}, declared_{declared} {}

  /// Value of a parameter, empty for `?name`; nullopt when absent.
  std::optional<std::string_view> find(std::string_view name) const;

  /// Length of a parameter's value as it was sent, percent escapes and all; 0 when absent.
  std::size_t bytes_sent(std::string_view name) const;

private:
  /// nullptr when absent.
  const query_param* look_up(std::string_view name) const;

  std::vector<query_param> sent_;
  std::span<const std::string> declared_;
};

/// How many parameters a query may have.
inline constexpr std::size_t query_params_max = 64;

/// Reads `a=1&b=2` as forms send it ('+' is a space). Empty pieces are skipped. Fails with `invalid_argument`
/// on a name that occurs twice, on a bad escape (`percent_decode`; `field` is the parameter, or "query" when
/// its name is bad or empty) and on more than `query_params_max` parameters. Parameters that are not
/// `declared` are read as strictly, but cannot be looked up.
result<query_params> parse_query(std::string_view query, std::span<const std::string> declared);

/// Cuts a path at its slashes, still encoded: "/a/b%2Fc" → "a", "b%2Fc"; "/" → "". A slash at the end leaves
/// an empty last segment. `path` starts with '/'.
std::vector<std::string_view> split_path(std::string_view path);

} // namespace kinora::http
