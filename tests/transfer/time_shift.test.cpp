#define CAF_SUITE transfer.time_shift
#include "tests/support/unit_test.hpp"

#include "transfer/time_shift.hpp"

using namespace kinora;
using namespace std::chrono_literals;

namespace {

std::string moved_text(row_kind kind, std::string_view line) {
  auto out = moved(kind, line, 90s);
  return out ? *out : "failed: " + out.error().detail;
}

} // namespace

CAF_TEST(every kind of row has a time of its own) {
  const wall_time then{1'600'000'000s};
  CAF_CHECK(time_of(row_kind::events, R"({"occurred_at":1600000000})") == then);
  CAF_CHECK(time_of(row_kind::signals, R"({"last_active":"2020-09-13T12:26:40Z"})") == then);
  CAF_CHECK(time_of(row_kind::videos, R"({"published_at":1600000000000,"expires_at":1})") == then);
  for (auto none : {"", "{", "[]", "{}", R"({"occurred_at":null})", R"({"occurred_at":"once"})"})
    CAF_CHECK(!time_of(row_kind::events, none));
  CAF_CHECK(!time_of(row_kind::popularity, R"({"at_ms":1})"));
}

CAF_TEST(all times of a row move and what is no time stays) {
  CAF_CHECK_EQUAL(moved_text(row_kind::events, R"({"event_id":"e","occurred_at":1600000000.5,"watch_ms":3})"),
                  R"({"event_id":"e","occurred_at":"2020-09-13T12:28:10.500Z","watch_ms":3})");
  CAF_CHECK_EQUAL(moved_text(row_kind::videos, R"({"published_at":1600000000,"expires_at":1600000010})"),
                  R"({"published_at":"2020-09-13T12:28:10Z","expires_at":"2020-09-13T12:28:20Z"})");
  CAF_CHECK_EQUAL(moved_text(row_kind::videos, R"({"published_at":null})"), R"({"published_at":null})");
  CAF_CHECK_EQUAL(moved_text(row_kind::events, R"({"occurred_at":"once"})"), R"({"occurred_at":"once"})");
  CAF_CHECK_EQUAL(moved_text(row_kind::events, "[1]"), "[1]");
}

CAF_TEST(signals say by how much they were moved also when they were before) {
  CAF_CHECK_EQUAL(moved_text(row_kind::signals, R"({"last_active":1600000000})"),
                  R"({"last_active":"2020-09-13T12:28:10Z","moved_ms":90000})");
  CAF_CHECK_EQUAL(moved_text(row_kind::signals, R"({"last_active":1600000000,"moved_ms":5})"),
                  R"({"last_active":"2020-09-13T12:28:10Z","moved_ms":90005})");
}

CAF_TEST(a row of an export and what is no json cannot be moved) {
  CAF_CHECK(moved_text(row_kind::signals, R"({"user_hash":"u","record":{}})").starts_with("failed: "));
  CAF_CHECK(moved_text(row_kind::events, "{").starts_with("failed: "));
  CAF_CHECK(moved_text(row_kind::events, R"({"a":1,"a":2})").starts_with("failed: "));
}
