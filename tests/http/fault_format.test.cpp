#define CAF_SUITE http.fault_format
#include "tests/support/unit_test.hpp"

#include "http/formats/fault_format.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include <cmath>

using namespace kinora;
using namespace kinora::http;
using namespace std::chrono_literals;

namespace json = boost::json;

namespace {

/// The field at fault; "accepted" when there is none.
std::string fault_in(const json::value& value) {
  const auto out = parse_dependency_fault(value);
  return out ? "accepted" : out.error().field;
}

} // namespace

CAF_TEST(faults of an actor are each optional) {
  const auto none = parse_actor_fault(json::object{}).value();
  CAF_CHECK(!none.crash_on_start && !none.hang);
  const auto both = parse_actor_fault({{"crash_on_start", true}, {"hang", false}}).value();
  CAF_CHECK(both.crash_on_start == true);
  CAF_CHECK(both.hang == false);
}

CAF_TEST(bad faults of an actor are refused by name) {
  CAF_CHECK_EQUAL(parse_actor_fault({{"crash", true}}).error().field, "crash");
  CAF_CHECK_EQUAL(parse_actor_fault({{"crash_on_start", 1}}).error().field, "crash_on_start");
  CAF_CHECK_EQUAL(parse_actor_fault({{"hang", "yes"}}).error().field, "hang");
  CAF_CHECK_EQUAL(parse_actor_fault(true).error(), invalid("", "must be a JSON object"));
}

CAF_TEST(an empty fault of a dependency hurts nothing) {
  const auto x = parse_dependency_fault(json::object{}).value();
  CAF_CHECK(x.delay == 0ms && x.busy == 0ms);
  CAF_CHECK_EQUAL(x.error_rate, 0.0);
  CAF_CHECK(!x.hang && !x.throws);
  CAF_CHECK_EQUAL(x.tenant, "");
}

CAF_TEST(every fault of a dependency is read) {
  const auto x = parse_dependency_fault({{"delay_ms", 60'000},
                                         {"busy_ms", 7},
                                         {"error_rate", 0.25},
                                         {"hang", true},
                                         {"throw", true},
                                         {"tenant", "t_1"}})
                     .value();
  CAF_CHECK(x.delay == 60'000ms && x.busy == 7ms);
  CAF_CHECK_EQUAL(x.error_rate, 0.25);
  CAF_CHECK(x.hang && x.throws);
  CAF_CHECK_EQUAL(x.tenant, "t_1");
}

CAF_TEST(bad faults of a dependency are refused by name) {
  for (const json::value& wrong : {json::value(-1), json::value(60'001), json::value(0.5), json::value("10")})
    for (auto* key : {"delay_ms", "busy_ms"})
      CAF_CHECK_EQUAL(fault_in({{key, wrong}}), key);
  for (const json::value& wrong :
       {json::value(-0.1), json::value(1.1), json::value(std::nan("")), json::value(true)})
    CAF_CHECK_EQUAL(fault_in({{"error_rate", wrong}}), "error_rate");
  CAF_CHECK_EQUAL(fault_in({{"hang", 1}}), "hang");
  CAF_CHECK_EQUAL(fault_in({{"throw", "true"}}), "throw");
  for (const json::value& wrong :
       {json::value(""), json::value("a b"), json::value(std::string(65, 'a')), json::value(1)})
    CAF_CHECK_EQUAL(fault_in({{"tenant", wrong}}), "tenant");
  CAF_CHECK_EQUAL(fault_in({{"throws", true}}), "throws");
  CAF_CHECK_EQUAL(fault_in(json::array{}), "");
}
