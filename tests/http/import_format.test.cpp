#define CAF_SUITE http.import_format
#include "tests/support/unit_test.hpp"

#include "http/formats/import_format.hpp"
#include "http/json_text.hpp"

using namespace kinora;
using namespace kinora::http;
using namespace std::chrono_literals;

namespace {

result<signals_row> read(std::string_view text) {
  return parse_signals_row(parse_json(text, "row").value());
}

/// What is wrong with a row, as "field detail".
std::string fault_of(std::string_view text) {
  auto row = read(text);
  return row ? "fine" : row.error().field + ' ' + row.error().detail;
}

std::string id_of(std::string_view text) {
  return part_of(read(text).value(), wall_time{}).id;
}

} // namespace

CAF_TEST(a row of signals has what is set in it) {
  auto row = read(R"({"user_hash":"u","last_active":1600000000,"watched_ids":["a","b","a"],
    "long_watched_ids":["b","b"],"disliked_ids":["c"],"affinities":{"t":0.5},"creator_affinities":{"k":1},
    "moved_ms":-5})");
  CAF_REQUIRE(row.has_value());
  CAF_CHECK_EQUAL(row->user, "u");
  CAF_CHECK_EQUAL(row->signals.watched_ids, (std::vector<std::string>{"b", "a"}));
  CAF_CHECK_EQUAL(row->long_watched, (std::vector<std::string>{"b"}));
  CAF_CHECK_EQUAL(row->moved.count(), -5);
  const auto part = part_of(*row, wall_time{7ms});
  CAF_CHECK_EQUAL(part.record.touched_ms, 7);
  CAF_CHECK_EQUAL(*part.record.last_active_ms, 1'600'000'000'000);
  CAF_CHECK_EQUAL(part.record.set->at_ms, 1'600'000'000'000);
  const auto done = completions_of(*row);
  CAF_REQUIRE_EQUAL(done.size(), 1u);
  CAF_CHECK(done[0].type == event_type::complete);
  CAF_CHECK(done[0].occurred_at == wall_time{1'600'000'000s});
}

CAF_TEST(a bad row says what is wrong) {
  CAF_CHECK_EQUAL(fault_of(R"({"last_active":1})"), "user_hash is missing");
  CAF_CHECK_EQUAL(fault_of(R"({"user_hash":"u"})"), "last_active is missing");
  CAF_CHECK_EQUAL(fault_of(R"({"user_hash":"u","record":{}})"), "record.touched_ms is missing");
  CAF_CHECK(fault_of(R"({"user_hash":"u","last_active":1,"wathced_ids":[]})")
                .starts_with("wathced_ids is not a known key"));
  CAF_CHECK(fault_of(R"({"user_hash":"u","last_active":1,"record":{"touched_ms":1}})")
                .starts_with("last_active is not"));
  CAF_CHECK(fault_of(R"({"user_hash":"u","record":{"touched_ms":1.5}})")
                .starts_with("record.touched_ms must be a whole"));
  CAF_CHECK(
      fault_of(R"({"user_hash":"u","record":{"touched_ms":1,"tags":[{"key":"a","sum":"1","first_ms":1}]}})")
          .starts_with("record.tags[0].sum must be a number"));
}

CAF_TEST(lists of a record are kept in order and of a key that repeats the last one counts) {
  auto row = read(R"({"user_hash":"u","record":{"touched_ms":1,"watched":[
    {"key":"b","at_ms":3},{"key":"a","at_ms":1},{"key":"a","at_ms":2}]}})");
  CAF_REQUIRE(row.has_value());
  CAF_CHECK((row->record->watched == std::vector<user_record::timed_id>{{"a", 2}, {"b", 3}}));
}

CAF_TEST(the name of a row is made of what it says before it was moved) {
  const auto name = id_of(R"({"user_hash":"u","last_active":1600000000,"watched_ids":["a"]})");
  CAF_CHECK_EQUAL(id_of(R"({"watched_ids":["a"],"last_active":"2020-09-13T12:26:40Z","user_hash":"u"})"),
                  name);
  CAF_CHECK_EQUAL(id_of(R"({"user_hash":"u","last_active":1600000090,"watched_ids":["a"],"moved_ms":90000})"),
                  name);
  for (auto other : {R"({"user_hash":"v","last_active":1600000000,"watched_ids":["a"]})",
                     R"({"user_hash":"u","last_active":1600000001,"watched_ids":["a"]})",
                     R"({"user_hash":"u","last_active":1600000000,"watched_ids":["a"],"affinities":{"a":0}})",
                     R"({"user_hash":"u","last_active":1600000000,"long_watched_ids":["a"]})"})
    CAF_CHECK_NOT_EQUAL(id_of(other), name);
  CAF_CHECK_EQUAL(name.front(), '\1'); // no event has such an id
}

CAF_TEST(good rows are kept and bad ones are listed by their index) {
  auto sent = parse_popularity_rows("{\"video_id\":\"v\",\"value\":-1.5,\"at_ms\":5,\"half_life_ms\":1}\n\n"
                                    "{\n{\"video_id\":\"v\",\"value\":1,\"at_ms\":5,\"half_life_ms\":0}\n");
  CAF_REQUIRE(sent.has_value());
  CAF_REQUIRE_EQUAL(sent->rows.size(), 1u);
  CAF_CHECK(sent->rows[0].sum == (popularity_sum{-1.5, 5, 1}));
  CAF_REQUIRE_EQUAL(sent->rejected.size(), 2u);
  CAF_CHECK_EQUAL(sent->rejected[0].index, 1u);
  CAF_CHECK(sent->rejected[0].code == event_fault::invalid_json);
  CAF_CHECK_EQUAL(sent->rejected[1].index, 2u);
  CAF_CHECK(sent->rejected[1].detail.starts_with("half_life_ms must be a whole number"));
  CAF_CHECK_EQUAL(
      write_rows_result(1, 0, {{2, event_fault::invalid_argument, "why"}}),
      R"({"accepted":1,"duplicates":0,"rejected":[{"index":2,"code":"invalid_argument","detail":"why"}]})");
}

CAF_TEST(more rows than fit into an upload are refused) {
  std::string body;
  for (std::size_t i = 0; i <= rows_per_upload_max; ++i)
    body += "{}\n";
  CAF_CHECK(parse_signals_rows(body).error().code == errc::payload_too_large);
  body.resize(body.size() - 3);
  CAF_CHECK_EQUAL(parse_signals_rows(body).value().rejected.size(), rows_per_upload_max);
}

CAF_TEST(sums stay finite however many are added and nobody is called by dots) {
  auto popularity = [](const std::string& id, const std::string& value) {
    const auto text = R"({"video_id":")" + id + R"(","at_ms":0,"half_life_ms":1000,"value":)" + value + "}";
    const auto row = parse_popularity_row(parse_json(text, "row").value());
    return row ? std::string{"fine"} : row.error().field;
  };
  CAF_CHECK_EQUAL(popularity("v", "1e18"), "fine");
  CAF_CHECK_EQUAL(popularity("v", "1.1e18"), "value");
  CAF_CHECK_EQUAL(popularity("v", "-1e308"), "value");
  CAF_CHECK_EQUAL(popularity("..", "1"), "video_id");
  const auto row = read(R"({"user_hash":".","last_active":1600000000})");
  CAF_CHECK_EQUAL(row.error().field, "user_hash");
}
