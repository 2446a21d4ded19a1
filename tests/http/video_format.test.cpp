#define CAF_SUITE http.video_format
#include "tests/support/unit_test.hpp"

#include "http/formats/video_format.hpp"

#include "http/json_text.hpp"
#include "tests/support/random_world.hpp"

#include <boost/json/array.hpp>

#include <cmath>
#include <limits>
#include <random>

using namespace kinora;
using namespace kinora::http;

namespace json = boost::json;

namespace {

result<video> read(std::string_view text) {
  return parse_video(parse_json(text, "test").value());
}

/// A video with id, title and one more member, or one of the two replaced.
json::object video_with(std::string_view key, json::value value) {
  json::object out{{"id", "v"}, {"title", "t"}};
  out[json::string_view{key}] = std::move(value);
  return out;
}

/// The field at fault; "accepted" when there is none.
std::string fault_in(std::string_view key, json::value value) {
  const auto out = parse_video(video_with(key, std::move(value)));
  return out ? "accepted" : out.error().field;
}

std::string text_of(std::size_t size) {
  return std::string(size, 'x');
}

std::string line_of(std::string_view id) {
  return R"({"id":")" + std::string{id} + R"(","title":"t"})";
}

std::vector<std::string> ids_of(const ndjson_outcome& x) {
  std::vector<std::string> out;
  for (const auto& video : x.videos)
    out.push_back(video->id);
  return out;
}

using ids = std::vector<std::string>;
using numbers = std::vector<std::size_t>;

constexpr auto whole =
    R"({"id":"v1","title":"Amazing Goal","tags":["sports","a b"],"creator_id":"c1",)"
    R"("published_at":"2023-11-14T22:13:20Z","score":95.5,"maturity_rating":"TV-MA",)"
    R"("duration_seconds":12.25,"thumbnail_url":"https://t/1","playback_url":"https://p/1",)"
    R"("language":"en-US","expires_at":"2024-01-01T00:00:00.250Z","metadata":{"a":[1,{"b":null}]}})";

} // namespace

CAF_TEST(a video needs no more than an id and a title) {
  video expected;
  expected.id = "v";
  expected.title = "t";
  CAF_CHECK(*read(R"({"id":"v","title":"t"})") == expected);
  CAF_CHECK(
      *read(R"({"id":"v","title":"t","tags":null,"creator_id":null,"published_at":null,"score":null,)"
            R"("maturity_rating":null,"duration_seconds":null,"thumbnail_url":null,"playback_url":null,)"
            R"("language":null,"expires_at":null,"metadata":null})") == expected);
  CAF_CHECK_EQUAL(expected.score, 50.0);
}

CAF_TEST(every field is read) {
  const auto x = read(whole).value();
  CAF_CHECK_EQUAL(x.id, "v1");
  CAF_CHECK_EQUAL(x.title, "Amazing Goal");
  CAF_CHECK((x.tags == std::vector<std::string>{"sports", "a b"}));
  CAF_CHECK_EQUAL(x.creator_id, "c1");
  CAF_CHECK(x.published_at == wall_time{std::chrono::milliseconds{1'700'000'000'000}});
  CAF_CHECK_EQUAL(x.score, 95.5);
  CAF_CHECK_EQUAL(x.maturity_rating, "TV-MA");
  CAF_CHECK_EQUAL(x.duration_seconds, 12.25);
  CAF_CHECK_EQUAL(x.thumbnail_url, "https://t/1");
  CAF_CHECK_EQUAL(x.playback_url, "https://p/1");
  CAF_CHECK_EQUAL(x.language, "en-US");
  CAF_CHECK(x.expires_at == wall_time{std::chrono::milliseconds{1'704'067'200'250}});
  CAF_CHECK_EQUAL(x.metadata, R"({"a":[1,{"b":null}]})");
}

CAF_TEST(every field is written in one order) {
  CAF_CHECK_EQUAL(to_text(write_video(read(whole).value())), whole);
  CAF_CHECK_EQUAL(
      to_text(write_video(test::make_video("v"))),
      R"({"id":"v","title":"Title of v","tags":[],"creator_id":"","published_at":null,"score":50,)"
      R"("maturity_rating":"","duration_seconds":0,"thumbnail_url":"","playback_url":"",)"
      R"("language":"","expires_at":null,"metadata":null})");
}

CAF_TEST(what is written is read back unchanged) {
  const auto seed = std::random_device{}();
  test::random_world world{seed};
  std::mt19937_64 random{seed};
  for (int i = 0; i < 2'000; ++i) {
    auto x = world.draw_video(world.pick<std::string>({"v1", "ü \"quoted\"", "a\\b", "日本"}), test::noon);
    x.score = std::uniform_real_distribution{0.0, 100.0}(random);
    x.duration_seconds = world.chance(0.1) ? 1e300 : std::ldexp(1.1, i % 40 - 20);
    if (x.published_at)
      *x.published_at += std::chrono::milliseconds{world.below(1'000)};
    x.metadata = world.pick<std::string>({"", "{}", R"({"a":{"b":[1,2.5,1e-7,"\u0000",true,null]}})"});
    if (!x.metadata.empty())
      x.metadata = to_text(parse_json(x.metadata, "test").value());
    const auto text = to_text(write_video(x));
    const auto again = read(text);
    if (!again || *again != x)
      CAF_FAIL("seed " << seed << ": " << text);
  }
}

CAF_TEST(a video without id or title is refused by that name) {
  CAF_CHECK_EQUAL(read("{}").error(), invalid("id", "is missing"));
  CAF_CHECK_EQUAL(read(R"({"title":"t"})").error(), invalid("id", "is missing"));
  CAF_CHECK_EQUAL(read(R"({"id":"v"})").error(), invalid("title", "is missing"));
  for (const auto* key : {"id", "title"})
    for (const json::value& wrong : {json::value(), json::value(""), json::value(1), json::value("a\nb"),
                                     json::value(json::array{"v"}), json::value(text_of(1'025))})
      CAF_CHECK_EQUAL(fault_in(key, wrong), key);
  CAF_CHECK_EQUAL(read("[]").error(), invalid("", "must be a JSON object"));
}

CAF_TEST(unknown keys are ignored) {
  CAF_CHECK_EQUAL(fault_in("view_count", {{"anything", json::array{}}}), "accepted");
  CAF_CHECK_EQUAL(fault_in("", 1), "accepted");
}

CAF_TEST(texts are accepted up to their limits and refused beyond) {
  struct limit {
    const char* key;
    std::size_t bytes;
  };
  for (const auto& [key, bytes] :
       {limit{"id", 256}, limit{"title", 1'024}, limit{"creator_id", 256}, limit{"maturity_rating", 64},
        limit{"thumbnail_url", 2'048}, limit{"playback_url", 2'048}, limit{"language", 35}}) {
    CAF_CHECK_EQUAL(fault_in(key, json::value(text_of(bytes))), "accepted");
    CAF_CHECK_EQUAL(fault_in(key, json::value(text_of(bytes + 1))), key);
    CAF_CHECK_EQUAL(fault_in(key, "a\tb"), key);
    CAF_CHECK_EQUAL(fault_in(key, 7), key);
  }
}

CAF_TEST(tags keep their order and lose their repeats) {
  const auto x = parse_video(video_with("tags", {"b", "a", "b", "c", "a"})).value();
  CAF_CHECK((x.tags == std::vector<std::string>{"b", "a", "c"}));
  json::array most;
  for (std::size_t i = 0; i < video_tags_max; ++i)
    most.emplace_back("t" + std::to_string(i));
  CAF_CHECK_EQUAL(fault_in("tags", most), "accepted");
  most.emplace_back("one more");
  CAF_CHECK_EQUAL(fault_in("tags", most), "tags");
  CAF_CHECK_EQUAL(fault_in("tags", "sports"), "tags");
  for (const json::value& wrong :
       {json::value(""), json::value(1), json::value(text_of(257)), json::value("\n")})
    CAF_CHECK_EQUAL(fault_in("tags", json::array{"a", wrong}), "tags[1]");
}

CAF_TEST(scores are 0 to 100 and durations at least 0) {
  for (const double score : {0.0, 0.001, 100.0})
    CAF_CHECK(parse_video(video_with("score", score))->score == score);
  for (const double wrong : {-0.001, 100.001, std::nan(""), std::numeric_limits<double>::infinity()})
    CAF_CHECK_EQUAL(fault_in("score", wrong), "score");
  for (const double duration : {0.0, 0.5, 1e300})
    CAF_CHECK(parse_video(video_with("duration_seconds", duration))->duration_seconds == duration);
  for (const double wrong : {-0.001, std::nan(""), std::numeric_limits<double>::infinity()})
    CAF_CHECK_EQUAL(fault_in("duration_seconds", wrong), "duration_seconds");
  for (const auto* key : {"score", "duration_seconds"})
    for (const json::value& wrong : {json::value("1"), json::value(true), json::value(json::array{})})
      CAF_CHECK_EQUAL(fault_in(key, wrong), key);
}

CAF_TEST(times are seconds or milliseconds or date - times) {
  const wall_time expected{std::chrono::seconds{1'700'000'000}};
  for (const json::value& time : {json::value(1'700'000'000), json::value(1'700'000'000'000),
                                  json::value(1.7e9), json::value("2023-11-14T23:13:20+01:00")}) {
    CAF_CHECK(parse_video(video_with("published_at", time))->published_at == expected);
    CAF_CHECK(parse_video(video_with("expires_at", time))->expires_at == expected);
  }
  for (const auto* key : {"published_at", "expires_at"})
    for (const json::value& wrong :
         {json::value("yesterday"), json::value(""), json::value(true), json::value(1e300)})
      CAF_CHECK_EQUAL(fault_in(key, wrong), key);
}

CAF_TEST(metadata is an object of bounded size) {
  const auto of_size = [](std::size_t bytes) { return json::value{{"a", text_of(bytes - 8)}}; };
  CAF_CHECK(parse_video(video_with("metadata", of_size(video_metadata_bytes_max)))->metadata.size() ==
            video_metadata_bytes_max);
  CAF_CHECK_EQUAL(fault_in("metadata", of_size(video_metadata_bytes_max + 1)), "metadata");
  for (const json::value& wrong : {json::value("{}"), json::value(1), json::value(json::array{})})
    CAF_CHECK_EQUAL(fault_in("metadata", wrong), "metadata");
  CAF_CHECK(parse_video(video_with("metadata", json::object{}))->metadata == "{}");
}

CAF_TEST(lines end with or without a carriage return and the last one needs no end) {
  for (const auto* end : {"\n", "\r\n"}) {
    const auto lines = line_of("a") + end + line_of("b");
    for (const auto& body : {lines, lines + end, "\xEF\xBB\xBF" + lines}) {
      const auto out = parse_videos_ndjson(body);
      CAF_CHECK((ids_of(out) == ids{"a", "b"}));
      CAF_CHECK((out.lines == numbers{1, 2}));
      CAF_CHECK_EQUAL(out.rejected_count, 0u);
    }
  }
}

CAF_TEST(blank lines hold nothing but count) {
  const auto out = parse_videos_ndjson("\n  \t\r\n" + line_of("a") + "\n\n" + line_of("b") + "\n \n");
  CAF_CHECK((ids_of(out) == ids{"a", "b"}));
  CAF_CHECK((out.lines == numbers{3, 5}));
  CAF_CHECK(out.rejected.empty());
  for (const auto* body : {"", "\n", "\r\n", "\xEF\xBB\xBF", " "}) {
    CAF_CHECK(parse_videos_ndjson(body).videos.empty());
    CAF_CHECK_EQUAL(parse_videos_ndjson(body).rejected_count, 0u);
  }
}

CAF_TEST(a bad line sinks no other) {
  const auto out =
      parse_videos_ndjson(line_of("a") + "\n{\"id\":\n" + R"({"id":"s","title":"t","score":101})" + "\n" +
                          R"({"title":"t"})" + "\n[]\n" + R"({"id":"x\ny","title":"t"})" + "\n" +
                          R"({"id":"d","id":"d"})" + "\n\"\xff\"\n" + line_of("a"));
  CAF_CHECK((ids_of(out) == ids{"a", "a"}));
  CAF_CHECK((out.lines == numbers{1, 9}));
  CAF_REQUIRE_EQUAL(out.rejected.size(), 7u);
  CAF_CHECK_EQUAL(out.rejected_count, 7u);
  const auto& bad = out.rejected;
  CAF_CHECK_EQUAL(bad[0].line, 2u);
  CAF_CHECK_EQUAL(bad[0].field, "");
  CAF_CHECK(bad[0].detail.starts_with("the line is not acceptable JSON at byte 6"));
  CAF_CHECK((bad[1] == rejected_line{3, "s", "score", "must be a number from 0 to 100"}));
  CAF_CHECK((bad[2] == rejected_line{4, "", "id", "is missing"}));
  CAF_CHECK((bad[3] == rejected_line{5, "", "", "the line must be a JSON object"}));
  CAF_CHECK((bad[4] == rejected_line{6, "", "id", "must be UTF-8 without control characters"}));
  CAF_CHECK_EQUAL(bad[5].line, 7u);
  CAF_CHECK_EQUAL(bad[6].line, 8u);
}

CAF_TEST(an array of videos is no upload) {
  const auto out = parse_videos_ndjson("[" + line_of("a") + "," + line_of("b") + "]");
  CAF_CHECK(out.videos.empty());
  CAF_CHECK((out.rejected == std::vector{rejected_line{1, "", "", "the line must be a JSON object"}}));
}

CAF_TEST(a line may be as long as the limit and no longer) {
  auto line = line_of("a");
  line.insert(1, ndjson_line_bytes_max - line.size(), ' ');
  const auto out = parse_videos_ndjson(line + "\r\n " + line + "\n" + line_of("b"));
  CAF_CHECK((ids_of(out) == ids{"a", "b"}));
  CAF_CHECK((out.rejected ==
             std::vector{rejected_line{2, "", "", "the line must have at most 65536 bytes, has 65537"}}));
}

CAF_TEST(the list of rejected lines is bounded and their number is not ) {
  std::string body;
  for (std::size_t i = 0; i < rejected_lines_max + 5; ++i)
    body += "x\n";
  const auto out = parse_videos_ndjson(body + line_of("a"));
  CAF_CHECK_EQUAL(out.rejected.size(), rejected_lines_max);
  CAF_CHECK_EQUAL(out.rejected.back().line, rejected_lines_max);
  CAF_CHECK_EQUAL(out.rejected_count, rejected_lines_max + 5);
  CAF_CHECK((out.lines == numbers{rejected_lines_max + 6}));
}

CAF_TEST(an upload holds so many good lines and no more) {
  const auto out = parse_videos_ndjson(line_of("a") + "\n{}\n" + line_of("b") + "\n" + line_of("c"), 2);
  CAF_CHECK_EQUAL(out.videos.size(), 2u);
  CAF_CHECK_EQUAL(out.rejected_count, 2u);
  CAF_REQUIRE_EQUAL(out.rejected.size(), 2u);
  CAF_CHECK_EQUAL(out.rejected[1].line, 4u);
  CAF_CHECK_EQUAL(out.rejected[1].id, "c");
}

CAF_TEST(a large upload is read whole) {
  std::string body;
  for (int i = 0; i < 12'000; ++i)
    body += line_of("v" + std::to_string(i)) + "\n";
  const auto out = parse_videos_ndjson(body);
  CAF_CHECK_EQUAL(out.videos.size(), 12'000u);
  CAF_CHECK_EQUAL(out.videos.back()->id, "v11999");
  CAF_CHECK_EQUAL(out.lines.back(), 12'000u);
}
