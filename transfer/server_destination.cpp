#include "transfer/server_destination.hpp"

#include "http/formats/ndjson.hpp"
#include "http/formats/rules_format.hpp"
#include "http/json_text.hpp"

#include <boost/json/array.hpp>

#include <algorithm>
#include <utility>

namespace kinora {

namespace {

namespace json = boost::json;

constexpr auto ndjson = "application/x-ndjson";

std::string text_of(const json::object& x, std::string_view key) {
  const auto* value = x.if_contains(key);
  return value && value->is_string() ? std::string{value->get_string()} : std::string{};
}

std::uint64_t number_of(const json::object& x, std::string_view key) {
  const auto* value = x.if_contains(key);
  return value && value->is_int64() && value->get_int64() >= 0
             ? static_cast<std::uint64_t>(value->get_int64())
             : 0;
}

/// The answers of all routes that rows are sent to: videos count lines from 1, and name the field on its own.
result<piece_outcome> read_outcome(const server_answer& answer, std::size_t lines) {
  const auto body = http::parse_json(answer.body, "the answer");
  const auto* members = body ? body->if_object() : nullptr;
  const auto* rejected = members ? members->if_contains("rejected") : nullptr;
  if (!rejected || !rejected->is_array())
    return failure{errc::unavailable, "--server", "its answer is none that an import understands"};
  piece_outcome out;
  out.accepted = number_of(*members, "accepted");
  out.duplicates = number_of(*members, "duplicates");
  for (const auto& item : rejected->get_array()) {
    const auto* x = item.if_object();
    if (!x)
      continue;
    const auto index = x->contains("line") ? number_of(*x, "line") - 1 : number_of(*x, "index");
    if (index >= lines)
      return failure{errc::unavailable, "--server", "its answer names a line that it was not sent"};
    const auto field = text_of(*x, "field");
    const auto code = text_of(*x, "code");
    out.rejected.push_back({index, code.empty() ? "invalid_argument" : code,
                            field + (field.empty() ? "" : " ") + text_of(*x, "detail")});
  }
  return out;
}

} // namespace

server_destination::server_destination(std::string tenant, server_client_options options)
    : base_{"/admin/v1/tenants/" + tenant}, client_{std::move(options)} {}

result<bool> server_destination::open_tenant() {
  const auto found = client_.send("GET", base_, {}, {});
  if (!found)
    return found.error();
  if (found->status == 200)
    return false;
  if (found->status != 404)
    return client_.unexpected("GET", base_, *found);
  const auto made = client_.send("PUT", base_, "{}", "application/json");
  if (!made)
    return made.error();
  if (made->status != 200 && made->status != 201)
    return client_.unexpected("PUT", base_, *made);
  return true;
}

result<piece_outcome> server_destination::take(row_kind kind, std::string_view piece) {
  return kind == row_kind::rules ? take_rules(piece) : send(kind, piece);
}

/// The rules that are there already are not sent: each change of them has a revision.
result<piece_outcome> server_destination::take_rules(std::string_view piece) {
  piece_outcome out;
  http::ndjson_lines lines{piece};
  for (std::size_t index = 0; const auto line = lines.next(); ++index) {
    const auto body = http::parse_json(line->text, "the line");
    const auto rules = body ? http::parse_rules(*body) : result<tenant_rules>{body.error()};
    if (!rules) {
      out.rejected.push_back({index, "invalid_argument", rules.error().field + ' ' + rules.error().detail});
      continue;
    }
    const auto found = client_.send("GET", base_, {}, {});
    if (!found)
      return found.error();
    const auto text = http::to_text(http::write_rules(*rules));
    if (found->status == 200 && found->body == text) {
      ++out.duplicates;
      continue;
    }
    const auto put = client_.send("PUT", base_, text, "application/json");
    if (!put)
      return put.error();
    if (put->status != 200 && put->status != 201)
      return client_.unexpected("PUT", base_, *put);
    ++out.accepted;
  }
  return out;
}

result<piece_outcome> server_destination::send(row_kind kind, std::string_view piece) {
  const auto method = kind == row_kind::videos ? "PUT" : "POST";
  const auto path = base_ + '/' + std::string{to_string_view(kind)};
  const auto answer = client_.send(method, path, std::string{piece}, ndjson);
  if (!answer)
    return answer.error();
  if (answer->status == 413)
    return send_halves(kind, piece);
  if (answer->status != 200 && answer->status != 202)
    return client_.unexpected(method, path, *answer);
  return read_outcome(*answer, static_cast<std::size_t>(std::ranges::count(piece, '\n')));
}

/// What the server finds too large is sent in two parts; one line that is too large is left out.
result<piece_outcome> server_destination::send_halves(row_kind kind, std::string_view piece) {
  const auto lines = static_cast<std::size_t>(std::ranges::count(piece, '\n'));
  if (lines < 2)
    return piece_outcome{0, 0, {{0, "payload_too_large", "the line is longer than the server takes"}}};
  std::size_t end = 0;
  for (std::size_t i = 0; i < lines / 2; ++i)
    end = piece.find('\n', end) + 1;
  auto first = send(kind, piece.substr(0, end));
  if (!first)
    return first;
  auto second = send(kind, piece.substr(end));
  if (!second)
    return second;
  first->accepted += second->accepted;
  first->duplicates += second->duplicates;
  for (auto& x : second->rejected)
    first->rejected.push_back({x.index + lines / 2, std::move(x.code), std::move(x.detail)});
  return first;
}

} // namespace kinora
