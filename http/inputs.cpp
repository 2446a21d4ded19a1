#include "http/inputs.hpp"

#include "domain/ids.hpp"
#include "domain/timestamp.hpp"

#include <algorithm>
#include <charconv>
#include <limits>

namespace kinora::http {

namespace {

/// Takes the first of a list of ETags off it, without white space around it.
std::string_view take_tag(std::string_view& list) {
  auto tag = list.substr(0, list.find(','));
  list.remove_prefix(std::min(tag.size() + 1, list.size()));
  tag.remove_prefix(std::min(tag.find_first_not_of(" \t"), tag.size()));
  return tag.substr(0, tag.find_last_not_of(" \t") + 1);
}

/// Never given to anything: revisions start from the clock.
constexpr std::uint64_t no_revision = std::numeric_limits<std::uint64_t>::max();

} // namespace

result<std::optional<std::string_view>> single_header(const request& req, std::string_view name) {
  auto count = std::count_if(req.headers.begin(), req.headers.end(),
                             [&](auto& x) { return equal_ignoring_case(x.first, name); });
  if (count > 1)
    return invalid(std::string{name}, "the header is sent more than once");
  return req.header(name);
}

std::optional<std::string_view> bearer_token(const request& req) {
  static constexpr std::string_view scheme = "Bearer ";
  const auto header = single_header(req, "Authorization");
  if (!header || !*header || !equal_ignoring_case((*header)->substr(0, scheme.size()), scheme))
    return std::nullopt;
  const auto token = (*header)->substr(scheme.size());
  return token.substr(std::min(token.find_first_not_of(' '), token.size()));
}

result<std::string> read_tenant(const request& req, const std::string& default_tenant) {
  auto header = single_header(req, "X-Tenant-ID");
  if (!header)
    return header.error();
  std::string tenant{header->value_or(default_tenant)};
  if (tenant.empty())
    return invalid("X-Tenant-ID", "the header is missing, and there is no default tenant");
  if (auto bad = check_tenant_id(tenant))
    return *bad;
  return tenant;
}

result<std::size_t> parse_count(std::string_view text, std::string_view field, std::size_t max) {
  std::size_t out = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
  if (error != std::errc{} || end != text.data() + text.size() || out < 1 || out > max)
    return invalid(std::string{field}, "must be a whole number from 1 to " + std::to_string(max));
  return out;
}

result<wall_time> parse_time_text(std::string_view text, std::string_view field) {
  double number = 0.0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  auto is_number = error == std::errc{} && end == text.data() + text.size();
  auto out = is_number ? from_unix_number(number) : parse_rfc3339(text);
  if (!out)
    return failure{out.error().code, std::string{field}, out.error().detail};
  return out;
}

result<bool> parse_switch(std::string_view text, std::string_view field) {
  if (text == "true" || text == "1")
    return true;
  if (text == "false" || text == "0")
    return false;
  return invalid(std::string{field}, "must be true or false");
}

std::string revision_etag(std::uint64_t revision) {
  return '"' + std::to_string(revision) + '"';
}

bool names_etag(std::string_view if_none_match, std::string_view etag) {
  auto opaque = [](std::string_view tag) { return tag.substr(tag.starts_with("W/") ? 2 : 0); };
  while (!if_none_match.empty()) {
    auto tag = take_tag(if_none_match);
    if (tag == "*" || (!tag.empty() && opaque(tag) == opaque(etag)))
      return true;
  }
  return false;
}

result<std::optional<std::uint64_t>> if_match_revision(const request& req,
                                                       std::optional<std::uint64_t> current) {
  auto header = single_header(req, "If-Match");
  if (!header)
    return header.error();
  if (!*header)
    return std::optional<std::uint64_t>{};
  if (!current)
    return std::optional{no_revision};
  auto list = **header;
  while (!list.empty()) {
    auto tag = take_tag(list);
    if (tag == "*" || tag == revision_etag(*current))
      return current;
  }
  return std::optional{no_revision};
}

std::optional<failure> check_if_match(const request& req) {
  auto header = single_header(req, "If-Match");
  if (!header)
    return header.error();
  if (*header && **header != "*")
    return failure{errc::precondition_failed, {}, "there is no ETag here that If-Match could name"};
  return std::nullopt;
}

bool is_content_type(const request& req, std::string_view type) {
  auto sent = req.header("Content-Type").value_or("");
  sent = sent.substr(0, sent.find(';'));
  return equal_ignoring_case(sent.substr(0, sent.find_last_not_of(' ') + 1), type);
}

bool is_json(const request& req, std::string_view also) {
  return !req.header("Content-Type") || is_content_type(req, "application/json") ||
         is_content_type(req, "application/x-www-form-urlencoded") || // what curl -d sends on its own
         (!also.empty() && is_content_type(req, also));
}

request without_body(const request& req) {
  request out;
  out.method = req.method;
  out.path = req.path;
  out.query = req.query;
  out.headers = req.headers;
  out.request_id = req.request_id;
  out.received_at = req.received_at;
  out.now = req.now;
  return out;
}

response json_response(int status, std::string body) {
  response out;
  out.status = status;
  out.body = std::move(body);
  out.set("Content-Type", "application/json");
  return out;
}

} // namespace kinora::http
