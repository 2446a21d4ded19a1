#define CAF_SUITE http.user_format
#include "tests/support/unit_test.hpp"

#include "http/formats/user_format.hpp"

#include "http/json_text.hpp"

using namespace kinora;
using namespace kinora::http;

namespace {

constexpr std::int64_t noon = 1'700'000'000'000; // 2023-11-14T22:13:20Z
constexpr std::int64_t hour = 3'600'000;
constexpr std::int64_t half_life = user_record::half_life_ms;

std::string written(const user_record& x, std::int64_t now_ms = noon) {
  return to_text(write_user("u", x, wall_time{std::chrono::milliseconds{now_ms}}));
}

} // namespace

CAF_TEST(a record without anything in it has every member) {
  user_record x;
  x.touched_ms = noon;
  CAF_CHECK_EQUAL(
      written(x),
      R"({"user_hash":"u","last_active":null,"updated_at":"2023-11-14T22:13:20Z",)"
      R"("watched":[],"disliked":[],"tag_sums":{},"creator_sums":{},"sums_as_of":null,"set":null,)"
      R"("signals":{"watched_ids":[],"affinities":{},"creator_affinities":{},"last_active":null}})");
}

CAF_TEST(all that is stored is shown and what ranking makes of it now) {
  user_record x;
  x.reference_ms = noon;
  x.tags = {{"a", 4.0, noon}, {"b", -1.0, noon}};
  x.creators = {{"c", 2.0, noon}};
  x.watched = {{"v1", noon}, {"v2", noon - hour}, {"v3", noon}};
  x.disliked = {{"v4", noon - hour}};
  x.set = user_record::set_part{noon - hour, {{"s", 0.5}}, {}};
  x.last_active_ms = noon;
  x.touched_ms = noon + 1;
  CAF_CHECK_EQUAL(
      written(x, noon + half_life),
      R"({"user_hash":"u","last_active":"2023-11-14T22:13:20Z","updated_at":"2023-11-14T22:13:20.001Z",)"
      R"("watched":[{"id":"v2","at":"2023-11-14T21:13:20Z"},{"id":"v1","at":"2023-11-14T22:13:20Z"},)"
      R"({"id":"v3","at":"2023-11-14T22:13:20Z"}],)"
      R"("disliked":[{"id":"v4","at":"2023-11-14T21:13:20Z"}],)"
      R"("tag_sums":{"a":4,"b":-1},"creator_sums":{"c":2},"sums_as_of":"2023-11-14T22:13:20Z",)"
      R"("set":{"at":"2023-11-14T21:13:20Z","affinities":{"s":0.5},"creator_affinities":{}},)"
      R"("signals":{"watched_ids":["v2","v1","v3"],"disliked_ids":["v4"],"affinities":{"a":0.5,"s":0.5},)"
      R"("creator_affinities":{"c":0.3333333333333333},"last_active":"2023-11-14T22:13:20Z"}})");
}

CAF_TEST(a record of sums to creators alone says what time they are of) {
  user_record x;
  x.reference_ms = noon;
  x.creators = {{"c", 2.0, noon}};
  CAF_CHECK(written(x).find(R"("sums_as_of":"2023-11-14T22:13:20Z")") != std::string::npos);
}
