#define CAF_SUITE domain.placement

#include "tests/support/unit_test.hpp"

#include "domain/placement.hpp"

#include <random>

using namespace kinora;

namespace {

using indexes = std::vector<std::size_t>;
using pins = std::vector<pinned_candidate>;

/// Candidates 0 up to, not including, `end`.
indexes up_to(std::size_t end) {
  indexes out;
  for (std::size_t i = 0; i < end; ++i)
    out.push_back(i);
  return out;
}

/// What stands where when the open positions are filled by rank: one more than `length`.
indexes place_pins(const indexes& ranked, const pins& pinned, std::size_t session_position,
                   std::size_t length) {
  indexes out;
  auto next = ranked.begin();
  for (auto& pin : lay_out_pins(ranked.size(), pinned, session_position, length + 1))
    out.push_back(pin ? *pin : *next++);
  return out;
}

void check_order(const indexes& actual, const indexes& expected) {
  CAF_CHECK_EQUAL(actual, expected);
}

} // namespace

CAF_TEST(without pins the ranking is cut one past the page) {
  check_order(place_pins(up_to(10), {}, 0, 3), {0, 1, 2, 3});
  check_order(place_pins(up_to(4), {}, 7, 3), {0, 1, 2, 3});
  check_order(place_pins(up_to(2), {}, 0, 3), {0, 1});
  check_order(place_pins({}, {}, 0, 3), {});
}

CAF_TEST(pins take their positions and push the ranking back) {
  check_order(place_pins(up_to(5), {{90, 0}, {91, 3}}, 0, 10), {90, 0, 1, 91, 2, 3, 4});
}

CAF_TEST(pins go in by position whatever their rank) {
  check_order(place_pins(up_to(3), {{90, 2}, {91, 0}}, 0, 10), {91, 0, 90, 1, 2});
}

CAF_TEST(pins that share a position go in together and best ranked first) {
  check_order(place_pins(up_to(3), {{90, 1}, {91, 1}, {92, 1}}, 0, 10), {0, 90, 91, 92, 1, 2});
}

CAF_TEST(a later pin keeps its position among those that share an earlier one) {
  check_order(place_pins(up_to(2), {{90, 0}, {91, 0}, {92, 1}}, 0, 10), {90, 92, 91, 0, 1});
}

CAF_TEST(a pin past the end of the list goes to its end) {
  check_order(place_pins(up_to(2), {{90, 9'999}}, 0, 10), {0, 1, 90});
  check_order(place_pins({}, {{90, 5}, {91, 3}}, 0, 10), {91, 90});
  check_order(place_pins(up_to(1), {{90, 5}, {91, 5}, {92, 7}}, 0, 10), {0, 90, 91, 92});
}

CAF_TEST(a pin past the page shows only as one more when it is next) {
  check_order(place_pins(up_to(4), {{90, 3}}, 0, 3), {0, 1, 2, 90});
  check_order(place_pins(up_to(4), {{90, 4}}, 0, 3), {0, 1, 2, 3});
  check_order(place_pins(up_to(4), {{90, 9'999}}, 0, 3), {0, 1, 2, 3});
}

CAF_TEST(positions count from the start of the session) {
  check_order(place_pins(up_to(4), {{90, 21}}, 20, 10), {0, 90, 1, 2, 3});
  check_order(place_pins(up_to(2), {{90, 30}}, 20, 10), {0, 1, 90});
}

CAF_TEST(positions that the session has passed come next in order of position) {
  check_order(place_pins(up_to(2), {{90, 7}, {91, 3}, {92, 3}}, 20, 10), {91, 92, 90, 0, 1});
}

CAF_TEST(a position that is due now is kept before those that have passed) {
  check_order(place_pins(up_to(2), {{90, 3}, {91, 20}, {92, 21}}, 20, 10), {91, 92, 90, 0, 1});
}

CAF_TEST(more pins than the page holds fill it by position) {
  check_order(place_pins(up_to(2), {{90, 3}, {91, 2}, {92, 1}, {93, 0}}, 0, 2), {93, 92, 91});
  check_order(place_pins({}, {{90, 0}, {91, 0}, {92, 0}}, 0, 1), {90, 91});
}

CAF_TEST(a page without room only tells whether something is left) {
  check_order(place_pins(up_to(2), {}, 500, 0), {0});
  check_order(place_pins({}, {{90, 1}}, 500, 0), {90});
  check_order(place_pins({}, {}, 500, 0), {});
}

CAF_TEST(pins of different positions are served alike however the session is cut into pages) {
  std::size_t placed = 0;
  for (std::uint64_t seed = 0; seed < 500; ++seed) {
    std::mt19937_64 random{seed};
    auto ranked = up_to(random() % 20);
    auto whole_ranked = ranked;
    pins all;
    for (std::uint32_t position = 0; position < 30; ++position)
      if (random() % 4 == 0)
        all.push_back({100 + position, position});
    std::shuffle(all.begin(), all.end(), random);
    auto whole = place_pins(ranked, all, 0, 100);
    placed += all.size();
    indexes paged;
    while (paged.size() < whole.size()) {
      auto length = 1 + random() % 7;
      auto page = place_pins(ranked, all, paged.size(), length);
      page.resize(std::min<std::size_t>(page.size(), length));
      for (auto x : page) {
        std::erase(ranked, x);
        std::erase_if(all, [x](auto& pin) { return pin.candidate == x; });
        paged.push_back(x);
      }
      CAF_REQUIRE(!page.empty());
    }
    if (paged != whole)
      CAF_FAIL("seed " << seed << ": " << caf::deep_to_string(paged) << " is not "
                       << caf::deep_to_string(whole));
  }
  CAF_CHECK_GREATER(placed, 1'000u);
}

CAF_TEST(many pins far down cost a page nothing) {
  pins far;
  for (std::uint32_t i = 0; i < 9'999; ++i)
    far.push_back({1'000 + i, 9'999 - i});
  check_order(place_pins(up_to(100), far, 0, 3), {0, 10'998, 10'997, 10'996});
}

CAF_TEST(a page is as long as its limit until the session ends) {
  page_request page;
  page.limit = 20;
  CAF_CHECK_EQUAL(page.length(), 20u);
  page.served.resize(490);
  CAF_CHECK_EQUAL(page.length(), 10u);
  page.served.resize(500);
  CAF_CHECK_EQUAL(page.length(), 0u);
}
