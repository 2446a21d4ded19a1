#define CAF_SUITE blackbox.json_schema
#include "tests/support/unit_test.hpp"

#include "tests/blackbox/support/json_schema.hpp"

#include <boost/json/parse.hpp>

using namespace kinora::blackbox;

namespace {

namespace json = boost::json;

/// "valid", "invalid", or what was thrown.
std::string verdict(const std::string& schema, const std::string& value) {
  const json_schemas schemas{
      json::parse(R"({"name":{"type":"string","minLength":1},"tested":)" + schema + '}')};
  try {
    return schemas.check("/tested", json::parse(value)).violations.empty() ? "valid" : "invalid";
  } catch (const std::exception& e) {
    return e.what();
  }
}

void check(const std::string& schema, const std::string& valid, const std::string& invalid) {
  CAF_CHECK_EQUAL(schema + valid + verdict(schema, valid), schema + valid + "valid");
  CAF_CHECK_EQUAL(schema + invalid + verdict(schema, invalid), schema + invalid + "invalid");
}

std::string joined(const std::set<std::string>& all) {
  std::string out;
  for (auto& x : all)
    out += x + ' ';
  return out;
}

} // namespace

CAF_TEST(every keyword can be kept and broken) {
  check(R"({"type":"string"})", R"("x")", "7");
  check(R"({"type":"integer"})", "7.0", "7.5");
  check(R"({"type":"number"})", "7", R"("7")");
  check(R"({"type":"boolean"})", "true", "0");
  check(R"({"type":"array"})", "[]", "{}");
  check(R"({"type":"object"})", "{}", "[]");
  check(R"({"type":["null","string"]})", "null", "7");
  check(R"({"enum":[null,"a"]})", R"("a")", R"("b")");
  check(R"({"const":1})", "1", "2");
  check(R"({"minimum":1})", "1", "0.9");
  check(R"({"exclusiveMinimum":1})", "1.1", "1");
  check(R"({"maximum":1})", "1", "1.1");
  check(R"({"minLength":2})", R"("äb")", R"("ä")");
  check(R"({"maxLength":2})", R"("äö")", R"("abc")");
  check(R"({"pattern":"^a"})", R"("ab")", R"("ba")");
  check(R"({"format":"date-time"})", R"("2026-01-31T18:30:00.5Z")", R"("2026-01-31")");
  check(R"({"minItems":1})", "[1]", "[]");
  check(R"({"maxItems":1})", "[1]", "[1,2]");
  check(R"({"items":{"type":"null"}})", "[null]", "[null,1]");
  check(R"({"properties":{"a":{"type":"null"}}})", R"({"a":null,"b":1})", R"({"a":1})");
  check(R"({"required":["a"]})", R"({"a":null})", R"({"b":null})");
  check(R"({"properties":{"a":{}},"additionalProperties":false})", R"({"a":1})", R"({"a":1,"b":1})");
  check(R"({"additionalProperties":{"type":"null"}})", R"({"a":null})", R"({"a":1})");
  check(R"({"propertyNames":{"maxLength":1}})", R"({"a":1})", R"({"ab":1})");
  check(R"({"maxProperties":1})", R"({"a":1})", R"({"a":1,"b":1})");
  check(R"({"oneOf":[{"type":"null"},{"type":"string"},{"maxLength":1}]})", R"("ab")", R"("a")");
  check(R"({"allOf":[{"minimum":1},{"maximum":2}]})", "1", "3");
  check(R"({"$ref":"#/name","maxLength":1})", R"("a")", R"("")");
  check(R"({"$ref":"#/name","maxLength":1})", R"("a")", R"("ab")");
}

CAF_TEST(what is not known is no reason to pass) {
  CAF_CHECK_EQUAL(verdict(R"({"multipleOf":2})", "3"), "unknown keyword multipleOf at /tested");
  CAF_CHECK_EQUAL(verdict(R"({"type":"text"})", "3"), "unknown type text");
  CAF_CHECK_EQUAL(verdict(R"({"format":"uri"})", R"("x")"), "unknown format uri");
  CAF_CHECK_EQUAL(verdict(R"({"$ref":"#/nowhere"})", "3"), "nothing is at /nowhere");
}

CAF_TEST(what a value shows of a schema is told) {
  const json_schemas schemas{json::parse(R"({"a":{"type":["null","object"],"properties":{
    "x":{"$ref":"#/b"},"y":{"type":"array","items":{}}}},
    "b":{"oneOf":[{"type":"null"},{"type":"object","additionalProperties":{}}]}})")};
  CAF_CHECK_EQUAL(joined(schemas.parts_of("/a")),
                  "/a/properties/x /a/properties/y /a/properties/y/items /a/type/null /a/type/object "
                  "/b/oneOf/0 /b/oneOf/1 /b/oneOf/1/additionalProperties ");
  auto shown = [&](const char* value) { return joined(schemas.check("/a", json::parse(value)).seen); };
  CAF_CHECK_EQUAL(shown("null"), "/a/type/null ");
  CAF_CHECK_EQUAL(shown(R"({"y":[]})"), "/a/properties/y /a/type/object ");
  CAF_CHECK_EQUAL(shown(R"({"x":null,"y":[1]})"),
                  "/a/properties/x /a/properties/y /a/properties/y/items /a/type/object /b/oneOf/0 ");
  CAF_CHECK_EQUAL(shown(R"({"x":{"k":1}})"),
                  "/a/properties/x /a/type/object /b/oneOf/1 /b/oneOf/1/additionalProperties ");
}
