#define CAF_SUITE http.feed_ladder
#include "tests/support/unit_test.hpp"

#include "http/feed_ladder.hpp"

using namespace kinora::http;
using namespace std::chrono_literals;

namespace {

/// What there is time for, one letter each: the whole catalogue, waiting, work at all.
std::string left_after(std::chrono::nanoseconds waited, std::chrono::nanoseconds budget = 100ms) {
  const feed_ladder at{budget, waited};
  std::string out;
  if (at.has_time_for_all())
    out += 'a';
  if (at.may_wait())
    out += 'w';
  if (at.may_be_worked_on())
    out += 'o';
  return out;
}

} // namespace

CAF_TEST(the longer a feed has waited the less is done for it) {
  CAF_CHECK_EQUAL(left_after(0ms), "awo");
  CAF_CHECK_EQUAL(left_after(12'500us - 1ns), "awo");
  CAF_CHECK_EQUAL(left_after(12'500us), "wo");
  CAF_CHECK_EQUAL(left_after(25ms - 1ns), "wo");
  CAF_CHECK_EQUAL(left_after(25ms), "o");
  CAF_CHECK_EQUAL(left_after(50ms - 1ns), "o");
  CAF_CHECK_EQUAL(left_after(50ms), "");
  CAF_CHECK_EQUAL(left_after(2s), "");
}

CAF_TEST(the steps are parts of the budget) {
  CAF_CHECK_EQUAL(left_after(12'500us, 1s), "awo");
  CAF_CHECK_EQUAL(left_after(125ms, 1s), "wo");
}
