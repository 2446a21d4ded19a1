#define CAF_SUITE domain.posting_lists

#include "tests/support/unit_test.hpp"

#include "domain/posting_lists.hpp"
#include "tests/support/random_world.hpp"

#include <algorithm>
#include <map>
#include <vector>

using namespace kinora;

namespace {

using rows = std::vector<std::uint16_t>;

rows rows_of(const posting_lists& lists, std::uint32_t symbol) {
  const auto found = lists.rows_of(symbol);
  return {found.begin(), found.end()};
}

} // namespace

CAF_TEST(every row is listed by each of its symbols) {
  const posting_lists lists{{{7, 0}, {3, 0}, {7, 1}, {9, 2}, {3, 5}}};
  const auto symbols = lists.symbols();
  CAF_CHECK_EQUAL(std::vector<std::uint32_t>(symbols.begin(), symbols.end()),
                  (std::vector<std::uint32_t>{3, 7, 9}));
  CAF_CHECK_EQUAL(rows_of(lists, 3), (rows{0, 5}));
  CAF_CHECK_EQUAL(rows_of(lists, 7), (rows{0, 1}));
  CAF_CHECK_EQUAL(rows_of(lists, 9), (rows{2}));
}

CAF_TEST(a symbol that no row has lists nothing) {
  const posting_lists lists{{{3, 0}}};
  for (auto symbol : {0u, 2u, 4u, 4'000'000'000u})
    CAF_CHECK(lists.rows_of(symbol).empty());
  CAF_CHECK(posting_lists{}.rows_of(0).empty());
  CAF_CHECK(posting_lists{{}}.rows_of(0).empty());
}

CAF_TEST(symbols of any size are found) {
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    test::random_world random{seed};
    const auto symbols_max = std::uint64_t{1} << (1 + random.below(32));
    std::map<std::uint32_t, rows> expected;
    std::vector<posting_lists::posting> postings;
    for (std::uint16_t row = 0; row < 512; ++row) {
      const auto symbol = static_cast<std::uint32_t>(random.below(symbols_max));
      expected[symbol].push_back(row);
      postings.push_back({symbol, row});
    }
    const posting_lists lists{postings};
    CAF_REQUIRE_EQUAL(lists.symbols().size(), expected.size());
    std::size_t i = 0;
    for (const auto& [symbol, listed] : expected) {
      if (lists.symbols()[i] != symbol || rows_of(lists, symbol) != listed)
        CAF_FAIL("seed " << seed << ": symbol " << symbol);
      const auto of_index = lists.rows(i++);
      CAF_CHECK(std::equal(of_index.begin(), of_index.end(), listed.begin(), listed.end()));
    }
  }
}
