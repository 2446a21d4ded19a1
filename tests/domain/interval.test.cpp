#define CAF_SUITE domain.interval
#include "tests/support/unit_test.hpp"

#include "domain/interval.hpp"

#include <cmath>
#include <random>
#include <vector>

using namespace kinora;

namespace {

bool is_near(double a, double b) {
  return std::abs(a - b) < 0.00005; // papers print four digits
}

} // namespace

// R. G. Newcombe, Statistics in Medicine 17 (1998), 857-872, table I, method 3: the score interval.
CAF_TEST(the interval of one proportion is that of the paper) {
  struct row {
    proportion of;
    double low, high;
  };
  for (const auto& x : std::vector<row>{{{81, 263}, 0.2553, 0.3662},
                                        {{15, 148}, 0.0624, 0.1605},
                                        {{0, 20}, 0.0000, 0.1611},
                                        {{1, 29}, 0.0061, 0.1718}}) {
    const auto found = estimate_of(x.of);
    CAF_CHECK(is_near(found.low, x.low));
    CAF_CHECK(is_near(found.high, x.high));
  }
}

// The same, 873-890, table II, method 10.
CAF_TEST(the interval of a difference is that of the paper) {
  struct row {
    proportion a, b;
    double low, high;
  };
  for (const auto& x : std::vector<row>{{{56, 70}, {48, 80}, 0.0524, 0.3339},
                                        {{9, 10}, {3, 10}, 0.1705, 0.8090},
                                        {{6, 7}, {2, 7}, 0.0582, 0.8062},
                                        {{5, 56}, {0, 29}, -0.0381, 0.1926},
                                        {{0, 10}, {0, 20}, -0.1611, 0.2775},
                                        {{0, 10}, {0, 10}, -0.2775, 0.2775},
                                        {{10, 10}, {0, 20}, 0.6791, 1.0000},
                                        {{10, 10}, {0, 10}, 0.6075, 1.0000}}) {
    const auto found = difference_of(x.a, x.b);
    CAF_MESSAGE(x.a.part << '/' << x.a.whole << " - " << x.b.part << '/' << x.b.whole << ": " << found.low
                         << " to " << found.high);
    CAF_CHECK(is_near(found.low, x.low));
    CAF_CHECK(is_near(found.high, x.high));
  }
}

CAF_TEST(a difference is between its limits and they within minus one and one) {
  std::mt19937 random{7};
  for (int i = 0; i < 10'000; ++i) {
    const auto draw = [&random] {
      const std::uint64_t whole = 1 + random() % (random() % 2 == 0 ? 10 : 1'000'000'000);
      return proportion{random() % (whole + 1), whole};
    };
    const auto a = draw(), b = draw();
    const auto x = difference_of(a, b), turned = difference_of(b, a);
    CAF_REQUIRE(x.low <= x.value && x.value <= x.high);
    CAF_REQUIRE(x.low >= -1.0 && x.high <= 1.0);
    CAF_REQUIRE(std::abs(x.low + turned.high) < 1e-12);
  }
}

CAF_TEST(the interval holds the true difference 95 times of 100) {
  std::mt19937 random{11};
  int held = 0;
  constexpr int trials = 4'000;
  for (int i = 0; i < trials; ++i) {
    std::binomial_distribution<std::uint64_t> a{2'000, 0.13}, b{500, 0.10};
    const auto x = difference_of({a(random), 2'000}, {b(random), 500});
    held += x.low <= 0.03 && 0.03 <= x.high;
  }
  CAF_CHECK_GREATER(held, trials * 94 / 100);
  CAF_CHECK_LESS(held, trials * 96 / 100);
}
