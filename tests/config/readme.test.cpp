#define CAF_SUITE config.readme
#include "tests/support/unit_test.hpp"

#include "config/table.hpp"

#include <fstream>
#include <sstream>

using namespace kinora;

namespace {

constexpr std::string_view begin_mark = "<!-- settings:begin -->\n";
constexpr std::string_view end_mark = "<!-- settings:end -->";

} // namespace

CAF_TEST(the table of settings in README is the one that the program prints) {
  std::ifstream in{KINORA_SOURCE_DIR "/README.md"};
  std::stringstream text;
  text << in.rdbuf();
  auto readme = text.str();
  auto begin = readme.find(begin_mark);
  auto end = readme.find(end_mark);
  CAF_REQUIRE(begin != std::string::npos && end != std::string::npos && begin < end);
  begin += begin_mark.size();
  // When this fails: put what `kinora help settings` prints between the two marks.
  CAF_CHECK_EQUAL(readme.substr(begin, end - begin), settings_markdown());
}
