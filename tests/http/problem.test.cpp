#define CAF_SUITE http.problem
#include "tests/support/unit_test.hpp"

#include "http/json_text.hpp"
#include "http/problem.hpp"

#include <boost/json/object.hpp>

#include <set>

using namespace kinora;
using namespace kinora::http;

namespace {

request a_request() {
  request out;
  out.request_id = "r-1";
  return out;
}

boost::json::object body_of(const response& x) {
  auto body = parse_json(x.body, "body");
  CAF_REQUIRE(body.has_value());
  return body->as_object();
}

std::string text_of(const response& x, std::string_view member) {
  const auto body = body_of(x);
  return body.at({member.data(), member.size()}).as_string().c_str();
}

std::string header_of(const response& x, std::string_view name) {
  return std::string{x.header(name).value_or("(absent)")};
}

int status_of(errc code) {
  return problem(a_request(), code, "why").status;
}

} // namespace

CAF_TEST(every error code has its status) {
  CAF_CHECK_EQUAL(status_of(errc::none), 500);
  CAF_CHECK_EQUAL(status_of(errc::invalid_argument), 400);
  CAF_CHECK_EQUAL(status_of(errc::unauthorized), 401);
  CAF_CHECK_EQUAL(status_of(errc::not_found), 404);
  CAF_CHECK_EQUAL(status_of(errc::method_not_allowed), 405);
  CAF_CHECK_EQUAL(status_of(errc::conflict), 409);
  CAF_CHECK_EQUAL(status_of(errc::precondition_failed), 412);
  CAF_CHECK_EQUAL(status_of(errc::payload_too_large), 413);
  CAF_CHECK_EQUAL(status_of(errc::unsupported_media), 415);
  CAF_CHECK_EQUAL(status_of(errc::too_many_requests), 429);
  CAF_CHECK_EQUAL(status_of(errc::overloaded), 503);
  CAF_CHECK_EQUAL(status_of(errc::unavailable), 503);
  CAF_CHECK_EQUAL(status_of(errc::timeout), 504);
  CAF_CHECK_EQUAL(status_of(errc::storage_failed), 503);
  CAF_CHECK_EQUAL(status_of(errc::storage_full), 507);
}

CAF_TEST(every error code has a type and a title of its own) {
  std::set<std::string> types;
  for (unsigned i = 0; i < errc_count; ++i) {
    const auto body = body_of(problem(a_request(), static_cast<errc>(i), "why"));
    types.insert(body.at("type").as_string().c_str());
    CAF_CHECK(!body.at("title").as_string().empty());
  }
  CAF_CHECK_EQUAL(types.size(), errc_count);
}

CAF_TEST(a problem names the request and the field at fault) {
  const auto answer = problem(a_request(), invalid("limit", "is 0; 1 to 50 is allowed"));
  CAF_CHECK_EQUAL(header_of(answer, "content-type"), "application/problem+json");
  CAF_CHECK_EQUAL(answer.body,
                  R"({"type":"urn:kinora:problem:invalid_argument","title":"Invalid request","status":400,)"
                  R"("detail":"is 0; 1 to 50 is allowed","instance":"r-1",)"
                  R"("errors":[{"field":"limit","detail":"is 0; 1 to 50 is allowed"}]})");
  CAF_CHECK(!body_of(problem(a_request(), errc::conflict, "why")).contains("errors"));
}

CAF_TEST(a client is told when to come back and how to authorise) {
  CAF_CHECK_EQUAL(header_of(problem(a_request(), errc::overloaded, ""), "Retry-After"), "1");
  CAF_CHECK_EQUAL(header_of(problem(a_request(), errc::too_many_requests, ""), "Retry-After"), "1");
  CAF_CHECK_EQUAL(header_of(problem(a_request(), errc::unavailable, ""), "Retry-After"), "1");
  CAF_CHECK_EQUAL(header_of(problem(a_request(), errc::unauthorized, ""), "WWW-Authenticate"), "Bearer");
  CAF_CHECK(!problem(a_request(), errc::not_found, "").header("Retry-After"));
}

CAF_TEST(text that is not UTF - 8 still makes a valid answer) {
  const auto answer = problem(a_request(), invalid("a\xff", "not \xc3( text"));
  CAF_CHECK_EQUAL(text_of(answer, "detail"), "not ?( text");
}

CAF_TEST(a request that broke HTTP is answered by the status alone) {
  const auto answer = protocol_problem(a_request(), 431, "too long");
  CAF_CHECK_EQUAL(answer.status, 431);
  CAF_CHECK_EQUAL(text_of(answer, "type"), "about:blank");
  CAF_CHECK_EQUAL(text_of(answer, "title"), "Request Header Fields Too Large");
}
