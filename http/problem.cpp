#include "http/problem.hpp"

#include "domain/text.hpp"
#include "http/json_text.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include <algorithm>
#include <string_view>

namespace kinora::http {

namespace {

struct problem_kind {
  int status;
  std::string_view title;
};

problem_kind kind_of(errc code) {
  switch (code) {
  case errc::none: return {500, "Internal error"};
  case errc::invalid_argument: return {400, "Invalid request"};
  case errc::unauthorized: return {401, "Not authorized"};
  case errc::forbidden: return {403, "Not allowed"};
  case errc::not_found: return {404, "Not found"};
  case errc::method_not_allowed: return {405, "Method not allowed"};
  case errc::conflict: return {409, "Conflict with the current state"};
  case errc::precondition_failed: return {412, "Changed meanwhile"};
  case errc::payload_too_large: return {413, "Body too large"};
  case errc::unsupported_media: return {415, "Unsupported content type or encoding"};
  case errc::too_many_requests: return {429, "Too many requests"};
  case errc::overloaded: return {503, "Too much in flight"};
  case errc::unavailable: return {503, "Temporarily unavailable"};
  case errc::timeout: return {504, "No answer in time"};
  case errc::storage_failed: return {503, "Not stored"};
  case errc::storage_full: return {507, "Storage is full"};
  case errc::actor_crashed: return {503, "The part that answers crashed and is being restarted"};
  case errc::work_failed: return {503, "The work failed and may be tried again"};
  case errc::actor_hung: return {503, "The part that answers hung and is being replaced"};
  case errc::injected_fault: return {503, "A fault was injected"};
  }
  return {500, "Internal error"};
}

/// The standard phrase of a status that `protocol_problem` takes.
std::string_view status_phrase(int status) {
  switch (status) {
  case 400: return "Bad Request";
  case 408: return "Request Timeout";
  case 413: return "Payload Too Large";
  case 414: return "URI Too Long";
  case 415: return "Unsupported Media Type";
  case 417: return "Expectation Failed";
  case 431: return "Request Header Fields Too Large";
  default: return "Unknown";
  }
}

/// Invalid text must not make an invalid answer: JSON is UTF-8.
std::string as_utf8(std::string text) {
  if (!is_valid_utf8(text))
    std::replace_if(
        text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) >= 0x80; }, '?');
  return text;
}

response compose(const request& req, std::string_view type, problem_kind kind, const failure& why) {
  boost::json::object body;
  body["type"] = boost::json::string_view{type.data(), type.size()};
  body["title"] = boost::json::string_view{kind.title.data(), kind.title.size()};
  body["status"] = kind.status;
  const auto detail = as_utf8(why.detail);
  if (!detail.empty())
    body["detail"] = detail;
  body["instance"] = req.request_id;
  if (!why.field.empty())
    body["errors"] = boost::json::array{{{"field", as_utf8(why.field)}, {"detail", detail}}};
  response answer;
  answer.status = kind.status;
  answer.set("Content-Type", "application/problem+json").set("Cache-Control", "no-store");
  if (kind.status == 429 || kind.status == 503)
    answer.set("Retry-After", "1");
  if (kind.status == 401)
    answer.set("WWW-Authenticate", "Bearer");
  answer.body = to_text(body);
  return answer;
}

} // namespace

response problem(const request& req, const failure& why) {
  const auto code = why.code == errc::none ? std::string_view{"internal"} : to_string_view(why.code);
  return compose(req, "urn:kinora:problem:" + std::string{code}, kind_of(why.code), why);
}

response problem(const request& req, errc code, std::string detail) {
  return problem(req, failure{code, {}, std::move(detail)});
}

response protocol_problem(const request& req, int status, std::string detail) {
  return compose(req, "about:blank", {status, status_phrase(status)}, {errc::none, {}, std::move(detail)});
}

} // namespace kinora::http
