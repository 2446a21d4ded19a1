#define CAF_SUITE http.inputs
#include "tests/support/unit_test.hpp"

#include "http/inputs.hpp"

using namespace kinora;
using namespace kinora::http;

namespace {

request with(std::string name, std::string value) {
  request out;
  out.headers = {{std::move(name), std::move(value)}};
  return out;
}

} // namespace

CAF_TEST(a count is a whole number in its range) {
  CAF_CHECK(parse_count("1", "limit", 50).value() == 1);
  CAF_CHECK(parse_count("50", "limit", 50).value() == 50);
  for (auto bad :
       {"0", "51", "-1", "abc", "1e9", "", " 1", "1 ", "+1", "1.0", "0x1", "99999999999999999999999"}) {
    auto out = parse_count(bad, "limit", 50);
    CAF_CHECK(!out);
    CAF_CHECK_EQUAL(out.error().field, "limit");
  }
}

CAF_TEST(a switch is true or false) {
  CAF_CHECK(parse_switch("true", "x").value());
  CAF_CHECK(!parse_switch("0", "x").value());
  CAF_CHECK(!parse_switch("yes", "x"));
  CAF_CHECK(!parse_switch("", "x"));
}

CAF_TEST(a header that repeats is refused) {
  request req;
  req.headers = {{"X-Tenant-ID", "a"}, {"x-tenant-id", "a"}};
  auto out = single_header(req, "X-Tenant-ID");
  CAF_CHECK(!out);
  CAF_CHECK_EQUAL(out.error().field, "X-Tenant-ID");
  CAF_CHECK(!single_header(req, "X-User-Hash").value());
}

CAF_TEST(a tenant is named by a header or by default) {
  CAF_CHECK_EQUAL(read_tenant(with("X-Tenant-ID", "t1"), "other").value(), "t1");
  CAF_CHECK_EQUAL(read_tenant(request{}, "other").value(), "other");
  CAF_CHECK_EQUAL(read_tenant(request{}, "").error().field, "X-Tenant-ID");
  CAF_CHECK_EQUAL(read_tenant(with("X-Tenant-ID", "a b"), "other").error().field, "tenant");
  request twice;
  twice.headers = {{"X-Tenant-ID", "a"}, {"X-Tenant-ID", "a"}};
  CAF_CHECK_EQUAL(read_tenant(twice, "").error().field, "X-Tenant-ID");
}

CAF_TEST(a change without a precondition need not look) {
  CAF_CHECK(!if_match_revision(request{}, 42).value());
  CAF_CHECK(!if_match_revision(request{}, std::nullopt).value());
}

CAF_TEST(a precondition names the current revision alone or in a list or as any) {
  for (auto good : {"\"42\"", "*", "\"7\", \"42\"", "\"42\",\"x\""})
    CAF_CHECK(if_match_revision(with("If-Match", good), 42).value() == 42u);
}

CAF_TEST(a precondition that names something else finds nothing) {
  for (auto foreign : {"42", "W/\"42\"", "\"\"", "\"4 2\"", "\"-42\"", "\"0\"", "\"43\"", ""}) {
    auto out = if_match_revision(with("If-Match", foreign), 42);
    CAF_REQUIRE(out.has_value());
    CAF_REQUIRE(out->has_value());
    CAF_CHECK(**out != 42u);
  }
}

CAF_TEST(nothing meets a precondition where there is nothing) {
  CAF_CHECK(if_match_revision(with("If-Match", "*"), std::nullopt).value().has_value());
}

CAF_TEST(what has no tag is met by any alone) {
  CAF_CHECK(!check_if_match(request{}));
  CAF_CHECK(!check_if_match(with("If-Match", "*")));
  CAF_CHECK(check_if_match(with("If-Match", "\"1\""))->code == errc::precondition_failed);
}

CAF_TEST(a content type is compared without case and parameters) {
  for (auto same : {"application/x-ndjson", "Application/X-NDJSON", "application/x-ndjson ; charset=utf-8"})
    CAF_CHECK(is_content_type(with("Content-Type", same), "application/x-ndjson"));
  for (auto other : {"", "application/json", "application/x-ndjsonl", "application/x-ndjson,"})
    CAF_CHECK(!is_content_type(with("Content-Type", other), "application/x-ndjson"));
  CAF_CHECK(!is_content_type(request{}, "application/x-ndjson"));
}

CAF_TEST(JSON bodies are told by their type) {
  CAF_CHECK(is_json(request{}));
  CAF_CHECK(is_json(with("Content-Type", "application/json; charset=utf-8")));
  CAF_CHECK(is_json(with("Content-Type", "Application/JSON")));
  CAF_CHECK(!is_json(with("Content-Type", "text/plain")));
  CAF_CHECK(!is_json(with("Content-Type", "application/merge-patch+json")));
  CAF_CHECK(is_json(with("Content-Type", "application/merge-patch+json"), "application/merge-patch+json"));
}
