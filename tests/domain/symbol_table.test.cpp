#define CAF_SUITE domain.symbol_table

#include "tests/support/unit_test.hpp"

#include "domain/symbol_table.hpp"

#include <string>

using namespace kinora;

CAF_TEST(a symbol table numbers names densely and finds them by name and by hash) {
  symbol_table table;
  CAF_CHECK(!table.find("a"));
  for (std::uint32_t i = 0; i < 10'000; ++i)
    CAF_REQUIRE_EQUAL(table.intern("name " + std::to_string(i)), i);
  CAF_CHECK_EQUAL(table.size(), 10'000u);
  for (std::uint32_t i = 0; i < 10'000; ++i) {
    const auto name = "name " + std::to_string(i);
    if (table.intern(name) != i || table.find(name) != i || table.find(name_hash(name)) != i)
      CAF_FAIL(name << " is not number " << i);
  }
  CAF_CHECK_EQUAL(table.size(), 10'000u);
  CAF_CHECK(!table.find("name 10000"));
  CAF_CHECK(!table.find(""));
}
