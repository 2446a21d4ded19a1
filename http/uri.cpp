#include "http/uri.hpp"

#include "domain/text.hpp"

#include <algorithm>
#include <stdexcept>

namespace kinora::http {

namespace {

/// The value of a hexadecimal digit, or -1.
int hex_value(char c) {
  if (c >= '0' && c <= '9')
    return c - '0';
  if (c >= 'a' && c <= 'f')
    return c - 'a' + 10;
  if (c >= 'A' && c <= 'F')
    return c - 'A' + 10;
  return -1;
}

bool is_unreserved(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '.' ||
         c == '_' || c == '~';
}

result<std::string> decode_form(std::string_view text, std::string_view field) {
  std::string spaced{text};
  std::replace(spaced.begin(), spaced.end(), '+', ' ');
  return percent_decode(spaced, field);
}

} // namespace

result<std::string> percent_decode(std::string_view text, std::string_view field) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      out += text[i];
      continue;
    }
    const auto high = i + 2 < text.size() ? hex_value(text[i + 1]) : -1;
    const auto low = i + 2 < text.size() ? hex_value(text[i + 2]) : -1;
    if (high < 0 || low < 0)
      return invalid(std::string{field}, "has a '%' without two hexadecimal digits after it");
    out += static_cast<char>(high * 16 + low);
    i += 2;
  }
  if (!is_valid_utf8(out))
    return invalid(std::string{field}, "is not valid UTF-8");
  if (!is_printable(out))
    return invalid(std::string{field}, "has a control character");
  return out;
}

std::string percent_encode(std::string_view text) {
  static constexpr std::string_view digits = "0123456789ABCDEF";
  std::string out;
  out.reserve(text.size());
  for (const auto c : text) {
    if (is_unreserved(c)) {
      out += c;
      continue;
    }
    const auto byte = static_cast<unsigned char>(c);
    out += '%';
    out += digits[byte >> 4];
    out += digits[byte & 15];
  }
  return out;
}

const query_param* query_params::look_up(std::string_view name) const {
  if (std::ranges::find(declared_, name) == declared_.end())
    throw std::logic_error{"the route does not declare the query parameter " + std::string{name}};
  const auto i = std::ranges::find(sent_, name, &query_param::name);
  return i == sent_.end() ? nullptr : &*i;
}

std::optional<std::string_view> query_params::find(std::string_view name) const {
  const auto* param = look_up(name);
  return param != nullptr ? std::optional<std::string_view>{param->value} : std::nullopt;
}

std::size_t query_params::bytes_sent(std::string_view name) const {
  const auto* param = look_up(name);
  return param != nullptr ? param->bytes_sent : 0;
}

result<query_params> parse_query(std::string_view query, std::span<const std::string> declared) {
  std::vector<query_param> params;
  while (!query.empty()) {
    const auto piece = query.substr(0, query.find('&'));
    query.remove_prefix(std::min(piece.size() + 1, query.size()));
    if (piece.empty())
      continue;
    if (params.size() == query_params_max)
      return invalid("query", "has more than " + std::to_string(query_params_max) + " parameters");
    const auto equals = piece.find('=');
    auto name = decode_form(piece.substr(0, equals), "query");
    if (!name)
      return name.error();
    if (name->empty())
      return invalid("query", "has a parameter without a name");
    if (std::ranges::find(params, *name, &query_param::name) != params.end())
      return invalid(*name, "occurs more than once");
    const auto sent = equals == piece.npos ? std::string_view{} : piece.substr(equals + 1);
    auto value = decode_form(sent, *name);
    if (!value)
      return value.error();
    params.push_back({std::move(*name), std::move(*value), sent.size()});
  }
  return query_params{std::move(params), declared};
}

std::vector<std::string_view> split_path(std::string_view path) {
  std::vector<std::string_view> segments;
  segments.reserve(8); // of most paths
  path.remove_prefix(1);
  for (auto slash = path.find('/'); slash != path.npos; slash = path.find('/')) {
    segments.push_back(path.substr(0, slash));
    path.remove_prefix(slash + 1);
  }
  segments.push_back(path);
  return segments;
}

} // namespace kinora::http
