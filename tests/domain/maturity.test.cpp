#define CAF_SUITE domain.maturity
#include "tests/support/unit_test.hpp"

#include "domain/maturity.hpp"

using namespace kinora;

CAF_TEST(the five ratings are read in any case) {
  CAF_CHECK(parse_maturity("G") == maturity::g);
  CAF_CHECK(parse_maturity("pg") == maturity::pg);
  CAF_CHECK(parse_maturity("Pg-13") == maturity::pg13);
  CAF_CHECK(parse_maturity("r") == maturity::r);
  CAF_CHECK(parse_maturity("nc-17") == maturity::nc17);
}

CAF_TEST(any other text is an unknown rating) {
  for (const auto* text : {"", "PG13", "PG-1", "PG-130", "NC17", "TV-MA", " G", "G ", "X", "12"})
    CAF_CHECK(parse_maturity(text) == maturity::unknown);
}

CAF_TEST(a limit allows what is as mature or milder) {
  CAF_CHECK(allows(maturity::g, maturity::g));
  CAF_CHECK(allows(maturity::pg13, maturity::pg));
  CAF_CHECK(allows(maturity::nc17, maturity::nc17));
  CAF_CHECK(!allows(maturity::g, maturity::pg));
  CAF_CHECK(!allows(maturity::pg13, maturity::r));
}

CAF_TEST(an unknown rating is allowed under no limit and an unknown limit allows nothing) {
  for (const auto x :
       {maturity::g, maturity::pg, maturity::pg13, maturity::r, maturity::nc17, maturity::unknown}) {
    CAF_CHECK(!allows(x, maturity::unknown));
    CAF_CHECK(!allows(maturity::unknown, x));
  }
}
