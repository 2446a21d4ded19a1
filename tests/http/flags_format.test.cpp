#define CAF_SUITE http.flags_format
#include "tests/support/unit_test.hpp"

#include "http/formats/flags_format.hpp"

#include "http/json_text.hpp"

#include <boost/json/array.hpp>

#include <cmath>
#include <limits>

using namespace kinora;
using namespace kinora::http;

namespace json = boost::json;

namespace {

/// The field at fault; "accepted" when there is none.
std::string fault_in(const json::value& value) {
  const auto out = parse_flags_patch(value);
  return out ? "accepted" : out.error().field;
}

} // namespace

CAF_TEST(a patch holds what was sent and nothing else) {
  const auto none = parse_flags_patch(json::object{}).value();
  CAF_CHECK(!none.personalization_enabled && !none.kill_switch_active && !none.rollout_percentage);
  const auto one = parse_flags_patch({{"kill_switch_active", true}}).value();
  CAF_CHECK(!one.personalization_enabled && !one.rollout_percentage);
  CAF_CHECK(one.kill_switch_active == true);
  const auto all =
      parse_flags_patch(
          {{"personalization_enabled", false}, {"kill_switch_active", false}, {"rollout_percentage", 12.5}})
          .value();
  CAF_CHECK(all.personalization_enabled == false);
  CAF_CHECK(all.kill_switch_active == false);
  CAF_CHECK(all.rollout_percentage == 12.5);
}

CAF_TEST(a flag cannot be removed) {
  const auto out = parse_flags_patch({{"kill_switch_active", true}, {"rollout_percentage", nullptr}});
  CAF_CHECK_EQUAL(out.error(), invalid("rollout_percentage",
                                       "is null, which would remove the flag; flags cannot be removed"));
}

CAF_TEST(unknown flags are refused by their names) {
  CAF_CHECK_EQUAL(fault_in({{"kill_switch", true}}), "kill_switch");
  CAF_CHECK_EQUAL(fault_in({{"rollout_percentage", nullptr}, {"revision", 1}}), "revision");
}

CAF_TEST(wrong values are refused by the name of the flag) {
  for (const auto* key : {"personalization_enabled", "kill_switch_active"})
    for (const json::value& wrong :
         {json::value(0), json::value(1), json::value("true"), json::value(json::object{})})
      CAF_CHECK_EQUAL(fault_in({{key, wrong}}), key);
  for (const json::value& wrong :
       {json::value(-0.01), json::value(100.01), json::value("50"), json::value(true),
        json::value(std::nan("")), json::value(std::numeric_limits<double>::infinity())})
    CAF_CHECK_EQUAL(fault_in({{"rollout_percentage", wrong}}), "rollout_percentage");
  CAF_CHECK_EQUAL(fault_in({{"rollout_percentage", 0}}), "accepted");
  CAF_CHECK_EQUAL(fault_in({{"rollout_percentage", 100}}), "accepted");
  for (const json::value& wrong : {json::value(), json::value(1), json::value(json::array{})})
    CAF_CHECK_EQUAL(parse_flags_patch(wrong).error(), invalid("", "must be a JSON object"));
}

CAF_TEST(flags are written without their revision) {
  CAF_CHECK_EQUAL(to_text(write_flags({false, true, 0.05, 7})),
                  R"({"personalization_enabled":false,"kill_switch_active":true,"rollout_percentage":0.05})");
}

CAF_TEST(written flags are a patch that sets them all) {
  const auto patch = parse_flags_patch(write_flags({false, true, 33.33, 1})).value();
  CAF_CHECK(patch.personalization_enabled == false);
  CAF_CHECK(patch.kill_switch_active == true);
  CAF_CHECK(patch.rollout_percentage == 33.33);
}
