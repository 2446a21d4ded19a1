#define CAF_SUITE transfer.import
#include "tests/support/unit_test.hpp"

#include "storage/memory/memory_stores.hpp"
#include "tests/support/random_world.hpp"
#include "tests/support/temp_dir.hpp"
#include "transfer/export.hpp"
#include "transfer/import.hpp"
#include "transfer/line_reader.hpp"
#include "transfer/store_destination.hpp"

#include <filesystem>
#include <sstream>

using namespace kinora;
using namespace kinora::test;
using namespace std::chrono_literals;

namespace {

/// Passes pieces on, until it is told to fail.
class flaky_destination : public destination {
public:
  explicit flaky_destination(destination& next) : next_{next} {}

  result<bool> open_tenant() override { return next_.open_tenant(); }

  result<piece_outcome> take(row_kind kind, std::string_view piece) override {
    if (pieces_left == 0 && !takes_last)
      return failure{errc::unavailable, "--server", "gone"};
    auto out = next_.take(kind, piece);
    if (pieces_left == 0)
      return failure{errc::unavailable, "--server", "gone"}; // it was taken in, and nobody heard of it
    --pieces_left;
    return out;
  }

  int pieces_left = 1'000;
  bool takes_last = false;

private:
  destination& next_;
};

struct fixture {
  temp_dir folder;
  wall_time now = noon;
  std::ostringstream shown;

  import_options options(std::map<row_kind, std::string> contents, bool shift = false) {
    import_options out;
    out.tenant = "acme";
    out.target = "here";
    out.shift_to_now = shift;
    out.rejected_path = folder / "rejected";
    out.wall_clock = [this] { return now; };
    out.steady_clock = std::chrono::steady_clock::now;
    out.is_stopped = [] { return false; };
    for (auto& [kind, text] : contents) {
      auto path = folder / std::string{to_string_view(kind)};
      write_file(path, text);
      out.files.push_back({kind, path});
    }
    return out;
  }

  store_destination open(stores& to) {
    return {{"acme", 10, 100, [this] { return now; }}, to};
  }

  result<import_summary> run(const import_options& x, destination& to) {
    progress_display display{shown, false, std::chrono::steady_clock::now()};
    return run_import(x, to, display);
  }

  import_summary run(const import_options& x, stores& to) {
    auto target = open(to);
    auto out = run(x, target);
    if (!out)
      CAF_FAIL(out.error().field << ' ' << out.error().detail);
    return *out;
  }

  std::string exported(stores& from) {
    export_options x;
    x.tenant = "acme";
    x.files = {{row_kind::rules, folder / "out1"},
               {row_kind::videos, folder / "out2"},
               {row_kind::signals, folder / "out3"},
               {row_kind::popularity, folder / "out4"}};
    x.now = now;
    x.is_stopped = [] { return false; };
    auto done = run_export(x, from);
    CAF_REQUIRE(done.has_value());
    std::string out;
    for (auto& file : x.files)
      out += read_file(file.path);
    return out;
  }

  bool has_progress() const { return std::filesystem::exists(folder / "rejected.progress"); }
};

std::string counts_of(const import_summary& x, std::size_t file = 0) {
  auto& counts = x.done.files.at(file).counts;
  return std::to_string(counts.accepted) + ' ' + std::to_string(counts.duplicates) + ' ' +
         std::to_string(counts.rejected);
}

const std::string videos = R"({"id":"v0","title":"a","tags":["music"],"creator_id":"c"}
{"id":"v1","title":"b","tags":["sport"],"creator_id":"d"}
)";

/// Likes and completions at one time: what they add up to is exact, whatever the order.
std::string likes(int count, int first = 0) {
  std::string out;
  for (int i = first; i < first + count; ++i)
    out += R"({"event_id":"e)" + std::to_string(i) + R"(","type":"like","user_hash":"u)" +
           std::to_string(i % 7) + R"(","video_id":"v)" + std::to_string(i % 2) +
           R"(","occurred_at":1600000000})" + '\n';
  return out;
}

const std::string signals = R"({"user_hash":"u1","last_active":1599990000,"watched_ids":["v0","v1","v0"],)"
                            R"("long_watched_ids":["v1"],"affinities":{"sport":0.5}}
{"user_hash":"u9","last_active":"2020-09-13T10:00:00Z","watched_ids":["v1"]}
)";

} // namespace

CAF_TEST_FIXTURE_SCOPE(import_tests, fixture)

CAF_TEST(old events and signals are taken in and teach as others do) {
  auto to = make_memory_stores({});
  auto done = run(
      options({{row_kind::events, likes(10)}, {row_kind::signals, signals}, {row_kind::videos, videos}}), to);
  CAF_CHECK(done.made_tenant);
  CAF_CHECK_EQUAL(done.done.files.at(0).kind == row_kind::videos, true);
  CAF_CHECK_EQUAL(counts_of(done, 0), "2 0 0");
  CAF_CHECK_EQUAL(counts_of(done, 1), "2 0 0");
  CAF_CHECK_EQUAL(counts_of(done, 2), "10 0 0");
  auto user = to.signals->load("acme", "u1").value();
  CAF_REQUIRE(user);
  CAF_CHECK_EQUAL(user->watched.size(), 2u);
  CAF_CHECK_EQUAL(user->tags.size(), 2u); // music by a like; sport by a like and a completion
  CAF_CHECK(user->set.has_value());
  CAF_CHECK_EQUAL(user->touched_ms, noon.time_since_epoch().count());
  CAF_CHECK_EQUAL(*user->last_active_ms, 1'600'000'000'000);
  auto nine = to.signals->load("acme", "u9").value();
  CAF_REQUIRE(nine);
  CAF_CHECK(!nine->set);
  CAF_CHECK(!has_progress());
  CAF_CHECK(!std::filesystem::exists(folder / "rejected"));
}

CAF_TEST(the same files again change nothing) {
  auto to = make_memory_stores({});
  const auto x =
      options({{row_kind::events, likes(10)}, {row_kind::signals, signals}, {row_kind::videos, videos}});
  run(x, to);
  const auto before = exported(to);
  now += 1h;
  auto again = run(x, to);
  CAF_CHECK(!again.made_tenant);
  CAF_CHECK_EQUAL(counts_of(again, 1), "0 2 0");
  CAF_CHECK_EQUAL(counts_of(again, 2), "0 10 0");
  CAF_CHECK_EQUAL(exported(to), before);
}

CAF_TEST(bad lines are listed with their numbers and the others are taken in) {
  auto to = make_memory_stores({});
  const std::string too_long(line_bytes_max + 1, 'x');
  auto done = run(
      options({{row_kind::events,
                "\n{bad\n" + likes(1) + too_long + "\n" +
                    R"({"event_id":"x","type":"nothing","user_hash":"u","video_id":"v","occurred_at":1})" +
                    "\n" + likes(1, 1)}}),
      to);
  CAF_CHECK_EQUAL(counts_of(done), "2 0 3");
  const auto listed = read_file(folder / "rejected");
  auto has = [&](const std::string& text) { return listed.find(text) != listed.npos; };
  CAF_CHECK(has(R"("line":2,"code":"invalid_json")"));
  CAF_CHECK(has(R"("text":"{bad"})"));
  CAF_CHECK(has(R"("line":4,"code":"line_too_long")"));
  CAF_CHECK(has(R"("line":5,"code":"unknown_type")"));
  CAF_CHECK(listed.find(R"("line":4)") < listed.find(R"("line":5)"));
  CAF_CHECK(listed.size() < 4'000);
}

CAF_TEST(an interrupted import goes on where it was and equals one that was not ) {
  std::string events = likes(2'500) + "{bad\n" + likes(2'500, 2'500) + "{bad too\n";
  auto whole = make_memory_stores({});
  auto x = options({{row_kind::events, events}, {row_kind::videos, videos}});
  run(x, whole);
  const auto rejected = read_file(folder / "rejected");
  std::filesystem::remove(folder / "rejected");
  for (auto takes_last : {false, true}) {
    auto to = make_memory_stores({});
    auto target = open(to);
    flaky_destination flaky{target};
    flaky.pieces_left = 4; // videos and three thousand events
    flaky.takes_last = takes_last;
    auto broken = run(x, flaky);
    CAF_REQUIRE(!broken);
    CAF_CHECK_EQUAL(broken.error().detail, "gone");
    CAF_CHECK(has_progress());
    auto rest = run(x, to);
    CAF_CHECK_EQUAL(rest.lines_before, 3'002u);
    CAF_CHECK_EQUAL(rest.lines, 2'002u);
    CAF_CHECK_EQUAL(counts_of(rest, 1), takes_last ? "4000 1000 2" : "5000 0 2");
    CAF_CHECK_EQUAL(exported(to).substr(exported(to).find('\n')),
                    exported(whole).substr(exported(whole).find('\n')));
    CAF_CHECK_EQUAL(read_file(folder / "rejected"), rejected);
    CAF_CHECK(!has_progress());
    std::filesystem::remove(folder / "rejected");
  }
}

CAF_TEST(another import does not go on where an interrupted one was) {
  auto to = make_memory_stores({});
  auto target = open(to);
  flaky_destination flaky{target};
  flaky.pieces_left = 1;
  CAF_CHECK(!run(options({{row_kind::events, likes(2'500)}}), flaky));
  auto other = run(options({{row_kind::events, likes(2'600)}}), to);
  CAF_CHECK_EQUAL(other.lines_before, 0u);
  CAF_CHECK_EQUAL(counts_of(other), "1600 1000 0");
}

CAF_TEST(lines that are refused do not go over what is read or over a device) {
  auto x = options({{row_kind::events, likes(1)}});
  x.rejected_path = folder / "./events";
  CAF_CHECK_EQUAL(check_import(x).error().field, "--rejected");
  x.rejected_path = "/dev/null";
  CAF_CHECK_EQUAL(check_import(x).error().field, "--rejected");
  x.rejected_path = folder / "rejected";
  CAF_CHECK(check_import(x).has_value());
}

CAF_TEST(a progress that is none is refused by name) {
  auto to = make_memory_stores({});
  auto target = open(to);
  write_file(folder / "rejected.progress", "{}");
  auto done = run(options({{row_kind::events, likes(1)}}), target);
  CAF_REQUIRE(!done);
  CAF_CHECK_EQUAL(done.error().field, folder / "rejected.progress");
}

CAF_TEST(shifted times keep their distances and the newest is now) {
  auto to = make_memory_stores({});
  const std::string timed = R"({"id":"v0","title":"a","published_at":1599999000,"expires_at":1600000600})"
                            "\n";
  run(options({{row_kind::events, likes(3)}, {row_kind::signals, signals}, {row_kind::videos, timed}}, true),
      to);
  auto user = to.signals->load("acme", "u1").value();
  CAF_CHECK_EQUAL(*user->last_active_ms, noon.time_since_epoch().count());
  auto nine = to.signals->load("acme", "u9").value();
  CAF_CHECK_EQUAL(noon.time_since_epoch().count() - *nine->last_active_ms,
                  1'600'000'000'000 - 1'599'991'200'000);
  auto video = to.videos->load("acme").value().at(0);
  CAF_CHECK(video->published_at == noon - 1'000s);
  CAF_CHECK(video->expires_at == noon + 600s);
}

CAF_TEST(a shift of another day counts nothing twice) {
  auto to = make_memory_stores({});
  const auto x =
      options({{row_kind::events, likes(3)}, {row_kind::signals, signals}, {row_kind::videos, videos}}, true);
  run(x, to);
  const auto before = exported(to);
  now += 24h;
  CAF_CHECK_EQUAL(counts_of(run(x, to), 1), "0 2 0");
  CAF_CHECK_EQUAL(exported(to), before);
}

CAF_TEST(options that cannot be are refused with the flag) {
  auto x = options({});
  CAF_CHECK_EQUAL(check_import(x).error().field, "import");
  x.files = {{row_kind::events, "-"}, {row_kind::videos, "-"}};
  CAF_CHECK_EQUAL(check_import(x).error().field, "import");
  x.files.pop_back();
  CAF_CHECK(check_import(x).has_value());
  x.shift_to_now = true;
  CAF_CHECK_EQUAL(check_import(x).error().field, "--shift-to-now");
  x.files = {{row_kind::popularity, "file"}};
  CAF_CHECK_EQUAL(check_import(x).error().field, "--shift-to-now");
}

CAF_TEST(a tenant takes no more videos than it may) {
  auto to = make_memory_stores({});
  std::string many;
  for (int i = 0; i < 105; ++i)
    many += R"({"id":"x)" + std::to_string(i) + R"(","title":"t"})" + '\n';
  CAF_CHECK_EQUAL(counts_of(run(options({{row_kind::videos, many}}), to)), "100 0 5");
  CAF_CHECK_EQUAL(counts_of(run(options({{row_kind::videos, many}}), to)), "100 0 5");
}

CAF_TEST_FIXTURE_SCOPE_END()
