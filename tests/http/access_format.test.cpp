#define CAF_SUITE http.access_format
#include "tests/support/unit_test.hpp"

#include "http/formats/access_format.hpp"
#include "http/formats/sdk_key_format.hpp"
#include "http/json_text.hpp"

#include <boost/json/parse.hpp>

using namespace kinora;
using namespace kinora::http;

namespace {

/// What is read, as it is shown; or the field at fault.
std::string read(const std::string& text) {
  auto who = parse_principal(boost::json::parse(text));
  return who ? to_text(write_principal(*who)) : "bad: " + who.error().field;
}

} // namespace

CAF_TEST(a token says who it is for) {
  CAF_CHECK_EQUAL(read(R"({"name":"ada","role":"admin"})"),
                  R"({"id":"","name":"ada","role":"admin","tenants":null})");
  CAF_CHECK_EQUAL(read(R"({"name":"desk","role":"editor","tenants":["b","a","b"]})"),
                  R"({"id":"","name":"desk","role":"editor","tenants":["a","b"]})");
  CAF_CHECK_EQUAL(read(R"({"name":"screen","role":"viewer","tenants":[]})"), "bad: tenants");
  CAF_CHECK_EQUAL(read(R"({"name":"screen","role":"viewer","tenants":null})"),
                  R"({"id":"","name":"screen","role":"viewer","tenants":null})");
}

CAF_TEST(what is wrong with a token is named) {
  CAF_CHECK_EQUAL(read(R"({"role":"admin"})"), "bad: name");
  CAF_CHECK_EQUAL(read(R"({"name":"","role":"admin"})"), "bad: name");
  CAF_CHECK_EQUAL(read(R"({"name":"a"})"), "bad: role");
  CAF_CHECK_EQUAL(read(R"({"name":"a","role":"root"})"), "bad: role");
  CAF_CHECK_EQUAL(read(R"({"name":"a","role":"editor"})"), "bad: tenants");
  CAF_CHECK_EQUAL(read(R"({"name":"a","role":"admin","tenants":["a"]})"), "bad: tenants");
  CAF_CHECK_EQUAL(read(R"({"name":"a","role":"viewer","tenants":["a","b/c"]})"), "bad: tenants[1]");
  CAF_CHECK_EQUAL(read(R"({"name":"a","role":"viewer","tenant":["a"]})"), "bad: tenant");
}

CAF_TEST(a key may have a name and shows no secret) {
  CAF_CHECK_EQUAL(parse_sdk_key_name(boost::json::parse("{}")).value(), "");
  CAF_CHECK_EQUAL(parse_sdk_key_name(boost::json::parse(R"({"name":"ios"})")).value(), "ios");
  CAF_CHECK_EQUAL(parse_sdk_key_name(boost::json::parse(R"({"key":"x"})")).error().field, "key");
  const sdk_key key{"id", "ios", wall_time{}, "ada", digest_of("x")};
  CAF_CHECK_EQUAL(to_text(write_sdk_key(key)),
                  R"({"id":"id","name":"ios","created_at":"1970-01-01T00:00:00Z","created_by":"ada"})");
}
