#define CAF_SUITE domain.timestamp
#include "tests/support/unit_test.hpp"

#include "domain/timestamp.hpp"

#include <cmath>
#include <cstdio>
#include <limits>
#include <optional>
#include <random>

using namespace kinora;
using namespace std::chrono;

namespace {

std::optional<std::int64_t> parsed(std::string_view text) {
  const auto x = parse_rfc3339(text);
  return x ? std::optional{std::int64_t{x->time_since_epoch().count()}} : std::nullopt;
}

std::optional<std::int64_t> converted(double number) {
  const auto x = from_unix_number(number);
  return x ? std::optional{std::int64_t{x->time_since_epoch().count()}} : std::nullopt;
}

constexpr std::int64_t first_ms = -62'135'596'800'000;
constexpr std::int64_t last_ms = 253'402'300'799'999;

} // namespace

CAF_TEST(the examples of RFC 3339 are read) {
  CAF_CHECK(parsed("1985-04-12T23:20:50.52Z") == 482'196'050'520);
  CAF_CHECK(parsed("1996-12-19T16:39:57-08:00") == 851'042'397'000);
  CAF_CHECK(parsed("1990-12-31T23:59:60Z") == 662'687'999'999);
  CAF_CHECK(parsed("1990-12-31T15:59:60-08:00") == 662'687'999'999);
  CAF_CHECK(parsed("1937-01-01T12:00:27.87+00:20") == -1'041'337'172'130);
}

CAF_TEST(separators and zone may be written in either case) {
  for (const auto* text :
       {"1970-01-01T00:00:01Z", "1970-01-01t00:00:01z", "1970-01-01 00:00:01Z", "1970-01-01T00:00:01-00:00",
        "1970-01-01T05:30:01+05:30", "1969-12-31T00:01:01-23:59"})
    CAF_CHECK(parsed(text) == 1'000);
}

CAF_TEST(a fraction of any length is cut off after the millisecond) {
  CAF_CHECK(parsed("1970-01-01T00:00:00.5Z") == 500);
  CAF_CHECK(parsed("1970-01-01T00:00:00.05Z") == 50);
  CAF_CHECK(parsed("1970-01-01T00:00:00.0019Z") == 1);
  CAF_CHECK(parsed("1970-01-01T00:00:00.9999999999999999999999999999Z") == 999);
  CAF_CHECK(parsed("1969-12-31T23:59:59.9999Z") == -1);
}

CAF_TEST(days that the calendar does not have are refused) {
  CAF_CHECK(parsed("2024-02-29T00:00:00Z").has_value());
  CAF_CHECK(parsed("2000-02-29T00:00:00Z").has_value());
  for (const auto* text :
       {"2023-02-29T00:00:00Z", "1900-02-29T00:00:00Z", "2024-02-30T00:00:00Z", "2024-04-31T00:00:00Z",
        "2024-00-10T00:00:00Z", "2024-13-10T00:00:00Z", "2024-01-00T00:00:00Z", "2024-01-32T00:00:00Z"})
    CAF_CHECK(!parsed(text));
}

CAF_TEST(everything that is not exactly a date with time and zone is refused) {
  for (const auto* text : {"",
                           "2024-01-01",
                           "2024-01-01T00:00:00",
                           "2024-01-01T00:00Z",
                           "2024-01-01T00:00:00.Z",
                           "2024-01-01T24:00:00Z",
                           "2024-01-01T00:60:00Z",
                           "2024-01-01T00:00:61Z",
                           "2024-01-01T00:00:00+24:00",
                           "2024-01-01T00:00:00+01:60",
                           "2024-01-01T00:00:00+0100",
                           "2024-01-01T00:00:00+01",
                           "2024-01-01T00:00:00 Z",
                           " 2024-01-01T00:00:00Z",
                           "2024-01-01T00:00:00Z ",
                           "2024-1-01T00:00:00Z",
                           "+2024-01-01T00:00:00Z",
                           "-024-01-01T00:00:00Z",
                           "02024-01-01T00:00:00Z",
                           "2024/01/01T00:00:00Z",
                           "20240101T000000Z",
                           "2024-01-01_00:00:00Z",
                           "2024-01-01T00:00:00,5Z",
                           "2024-01-01T-1:00:00Z",
                           "2024-01-01T00:00:00ZZ",
                           "now"})
    CAF_CHECK(!parsed(text));
  CAF_CHECK(!parsed(std::string_view{"2024-01-01T00:00:00Z\0", 21}));
}

CAF_TEST(a leap second is only accepted at the end of a month in UTC) {
  CAF_CHECK(parsed("2016-12-31T23:59:60.75Z") == 1'483'228'799'999);
  CAF_CHECK(parsed("2017-01-01T05:29:60+05:30") == 1'483'228'799'999);
  for (const auto* text :
       {"2016-12-31T22:59:60Z", "2016-12-30T23:59:60Z", "2016-12-31T23:59:60+01:00", "2016-12-31T23:58:60Z"})
    CAF_CHECK(!parsed(text));
}

CAF_TEST(years 1 to 9999 are read and no others) {
  CAF_CHECK(parsed("0001-01-01T00:00:00Z") == first_ms);
  CAF_CHECK(parsed("9999-12-31T23:59:59.999Z") == last_ms);
  CAF_CHECK(!parsed("0000-12-31T23:59:59Z"));
  CAF_CHECK(!parsed("0000-12-31T23:59:59-02:00"));
  CAF_CHECK(!parsed("0001-01-01T00:00:00+00:01"));
  CAF_CHECK(!parsed("9999-12-31T23:59:59-00:01"));
}

CAF_TEST(a failure leaves the field to the caller) {
  const auto x = parse_rfc3339("yesterday");
  CAF_CHECK(x.error() == invalid("", "must be an RFC 3339 date-time of the years 1 to 9999, such as "
                                     "2024-05-31T18:30:00Z"));
  CAF_CHECK(from_unix_number(std::nan("")).error() ==
            invalid("", "must be a Unix time in seconds or milliseconds within the years 1 to 9999"));
}

CAF_TEST(every instant that is written out is read back) {
  const auto seed = std::random_device{}();
  std::mt19937_64 random{seed};
  std::uniform_int_distribution<std::int64_t> instants{first_ms + 86'400'000, last_ms - 86'400'000};
  for (int i = 0; i < 20'000; ++i) {
    const auto ms = instants(random);
    const auto offset = static_cast<std::int64_t>(random() % 2'879) - 1'439;
    const sys_time<milliseconds> local{milliseconds{ms} + minutes{offset}};
    const auto day = floor<days>(local);
    const year_month_day date{day};
    const hh_mm_ss time{local - day};
    char text[64];
    std::snprintf(text, sizeof text, "%04d-%02u-%02uT%02d:%02d:%02d.%03d%c%02d:%02d",
                  static_cast<int>(date.year()), static_cast<unsigned>(date.month()),
                  static_cast<unsigned>(date.day()), static_cast<int>(time.hours().count()),
                  static_cast<int>(time.minutes().count()), static_cast<int>(time.seconds().count()),
                  static_cast<int>(time.subseconds().count()), offset < 0 ? '-' : '+',
                  static_cast<int>(std::abs(offset) / 60), static_cast<int>(std::abs(offset) % 60));
    if (parsed(text) != ms)
      CAF_FAIL("seed " << seed << ": " << text << " is not " << ms);
  }
}

CAF_TEST(numbers below 1e11 are seconds and from there on milliseconds) {
  CAF_CHECK(converted(0) == 0);
  CAF_CHECK(converted(-0.0) == 0);
  CAF_CHECK(converted(1'700'000'000) == 1'700'000'000'000);
  CAF_CHECK(converted(1'700'000'000.123) == 1'700'000'000'123);
  CAF_CHECK(converted(1'700'000'000'123) == 1'700'000'000'123);
  CAF_CHECK(converted(99'999'999'999) == 99'999'999'999'000);
  CAF_CHECK(converted(1e11) == 100'000'000'000);
  CAF_CHECK(converted(-1e11) == -100'000'000'000);
  CAF_CHECK(converted(-1.5) == -1'500);
}

CAF_TEST(numbers that are no time within the years 1 to 9999 are refused) {
  CAF_CHECK(converted(-62'135'596'800) == first_ms);
  CAF_CHECK(converted(253'402'300'799'999) == last_ms);
  for (const double x :
       {-62'135'596'801.0, 253'402'300'800'000.0, -99'999'999'999.0, -62'135'596'800'001.0, 1e300, -1e300,
        std::numeric_limits<double>::max(), std::numeric_limits<double>::infinity(),
        -std::numeric_limits<double>::infinity(), std::nan("")})
    CAF_CHECK(!converted(x));
}

CAF_TEST(instants are written in UTC with milliseconds only where there are some) {
  const auto written = [](std::int64_t ms) { return to_rfc3339(wall_time{milliseconds{ms}}); };
  CAF_CHECK_EQUAL(written(0), "1970-01-01T00:00:00Z");
  CAF_CHECK_EQUAL(written(1'717'180'200'250), "2024-05-31T18:30:00.250Z");
  CAF_CHECK_EQUAL(written(-1), "1969-12-31T23:59:59.999Z");
  CAF_CHECK_EQUAL(written(1'709'164'805'007), "2024-02-29T00:00:05.007Z");
}

CAF_TEST(instants outside the years 1 to 9999 are written as the nearest within) {
  CAF_CHECK_EQUAL(to_rfc3339(wall_time{milliseconds{first_ms - 1}}), "0001-01-01T00:00:00Z");
  CAF_CHECK_EQUAL(to_rfc3339(wall_time::min()), "0001-01-01T00:00:00Z");
  CAF_CHECK_EQUAL(to_rfc3339(wall_time::max()), "9999-12-31T23:59:59.999Z");
}

CAF_TEST(what to_rfc3339 writes is read as the same instant) {
  const auto seed = std::random_device{}();
  std::mt19937_64 random{seed};
  std::uniform_int_distribution<std::int64_t> instants{first_ms, last_ms};
  for (int i = 0; i < 20'000; ++i) {
    const auto ms = i % 2 == 0 ? instants(random) : instants(random) / 1'000 * 1'000;
    const auto text = to_rfc3339(wall_time{milliseconds{ms}});
    if (parsed(text) != ms)
      CAF_FAIL("seed " << seed << ": " << ms << " is written as " << text);
  }
}
