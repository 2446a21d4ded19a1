#define CAF_SUITE telemetry.log
#include "tests/support/unit_test.hpp"

#include "telemetry/json_text.hpp"
#include "telemetry/log.hpp"

#include <limits>

using namespace kinora;
using namespace std::chrono_literals;

namespace {

constexpr wall_time moment{1'767'225'599'007ms}; // 2025-12-31T23:59:59.007Z

std::string json_text(std::string_view text, std::size_t bytes_max = 100) {
  std::string out;
  log::append_json_text(out, text, bytes_max);
  return out;
}

} // namespace

CAF_TEST(a line has time and level and message and then the fields in their order) {
  CAF_CHECK_EQUAL(
      log::format_line(
          moment, log::level::info, "listening",
          {{"listener", "public"}, {"host", std::string{"127.0.0.1"}}, {"port", std::uint16_t{8080}}}),
      R"({"ts":"2025-12-31T23:59:59.007Z","level":"info","msg":"listening",)"
      R"("listener":"public","host":"127.0.0.1","port":8080})");
}

CAF_TEST(fields keep their type) {
  auto line = log::format_line(moment, log::level::warn, "m",
                               {{"yes", true},
                                {"no", false},
                                {"minus", -3},
                                {"most", std::numeric_limits<std::uint64_t>::max()},
                                {"least", std::numeric_limits<std::int64_t>::min()},
                                {"half", 0.5},
                                {"single", 0.25F},
                                {"nothing", std::numeric_limits<double>::quiet_NaN()}});
  CAF_CHECK(line.ends_with(R"("yes":true,"no":false,"minus":-3,"most":18446744073709551615,)"
                           R"("least":-9223372036854775808,"half":0.5,"single":0.25,"nothing":null})"));
}

CAF_TEST(the first instant of the epoch is a time like any other) {
  CAF_CHECK(log::format_line(wall_time{}, log::level::error, "m", {}) ==
            R"({"ts":"1970-01-01T00:00:00.000Z","level":"error","msg":"m"})");
}

CAF_TEST(quotes and control characters are escaped) {
  CAF_CHECK_EQUAL(json_text("a\"b\\c\nd\re\tf"), R"("a\"b\\c\nd\re\tf")");
  CAF_CHECK_EQUAL(json_text(std::string_view{"\0\x1f\x7f", 3}), "\"\\u0000\\u001f\x7f\"");
}

CAF_TEST(well formed UTF - 8 passes unchanged) {
  for (std::string text :
       {"\xC3\xA9", "\xE2\x82\xAC", "\xF0\x9F\x8E\xAC", "\xF4\x8F\xBF\xBF", "\xED\x9F\xBF"})
    CAF_CHECK_EQUAL(json_text(text), '"' + text + '"');
}

CAF_TEST(bytes that are not UTF - 8 become the replacement character) {
  const std::string bad = "\xEF\xBF\xBD";
  CAF_CHECK_EQUAL(json_text("a\xFFz"), "\"a" + bad + "z\"");
  CAF_CHECK_EQUAL(json_text("\xE2\x82"), '"' + bad + bad + '"');                     // cut short
  CAF_CHECK_EQUAL(json_text("\xC0\xAF"), '"' + bad + bad + '"');                     // overlong
  CAF_CHECK_EQUAL(json_text("\xED\xA0\x80"), '"' + bad + bad + bad + '"');           // a surrogate
  CAF_CHECK_EQUAL(json_text("\xF4\x90\x80\x80"), '"' + bad + bad + bad + bad + '"'); // past the last
  CAF_CHECK_EQUAL(json_text("\x80"), '"' + bad + '"');
}

CAF_TEST(a long text is cut) {
  CAF_CHECK_EQUAL(json_text("abcdef", 4), R"("abcd...")");
  CAF_CHECK_EQUAL(json_text("abcd", 4), R"("abcd")");
  auto line = log::format_line(moment, log::level::info, std::string(100'000, 'x'), {});
  CAF_CHECK_LESS(line.size(), log::text_bytes_max + 100);
}

CAF_TEST(levels have the names of the setting) {
  for (std::string_view name : {"trace", "debug", "info", "warn", "error", "off"})
    CAF_CHECK(log::level_of(name).has_value());
  CAF_CHECK(log::level_of("warn") == log::level::warn);
  CAF_CHECK(!log::level_of("verbose"));
}

CAF_TEST(logging before the writer runs is harmless) {
  log::info("nobody reads this");
  CAF_CHECK_EQUAL(log::lines_lost(), 0u);
}
