#define CAF_SUITE blackbox.transfer
#include "tests/support/unit_test.hpp"

#include "tests/blackbox/support/server.hpp"

#include <csignal>
#include <fstream>
#include <regex>
#include <sstream>
#include <thread>

using namespace kinora::blackbox;
using namespace std::chrono_literals;

namespace {

std::string text_of(const std::filesystem::path& path) {
  std::ostringstream out;
  out << std::ifstream{path, std::ios::binary}.rdbuf();
  return out.str();
}

void write(const std::filesystem::path& path, const std::string& text) {
  std::ofstream{path, std::ios::binary} << text;
}

/// Files to import, and the folder of a store.
struct workplace {
  temporary_folder folder;
  std::string data = (folder.path() / "data").string();
  std::string videos = (folder.path() / "videos.ndjson").string();
  std::string events = (folder.path() / "events.ndjson").string();
  std::string signals = (folder.path() / "signals.ndjson").string();
  std::string rejected = (folder.path() / "rejected.ndjson").string();
  std::string token = (folder.path() / "token").string();

  workplace() {
    write(videos, R"({"id":"v0","title":"a","tags":["music"],"creator_id":"c"}
{"id":"v1","title":"b","tags":["sport"],"creator_id":"d"}
{"id":"v2","title":"c","tags":["film"],"creator_id":"d"}
)");
    write(signals,
          R"({"user_hash":"u1","last_active":1600000000,"watched_ids":["v2"],"long_watched_ids":["v1"]}
{"user_hash":"u2","last_active":1600000000,"affinities":{"film":0.75}}
)");
    write(token, admin_token + "\n");
  }

  /// Likes at one time of the past: what they add up to is exact, in whatever order and grouping.
  void write_events(int count) const {
    std::ofstream out{events, std::ios::binary};
    for (int i = 0; i < count; ++i)
      out << R"({"event_id":"e)" << i << R"(","type":"like","user_hash":"u)" << i % 97 << R"(","video_id":"v)"
          << i % 2 << R"(","occurred_at":1600000000})" << '\n';
  }

  std::vector<std::string> import_args(const std::vector<std::string>& more) const {
    std::vector<std::string> out{"import", "--tenant", "acme", "--rejected", rejected};
    out.insert(out.end(), more.begin(), more.end());
    return out;
  }

  std::vector<std::string> all_files() const {
    return {"--videos", videos, "--events", events, "--signals", signals};
  }

  /// Imports all files to the end.
  run_result import_all(const std::vector<std::string>& to) const {
    auto args = all_files();
    args.insert(args.end(), to.begin(), to.end());
    auto out = run_to_exit(import_args(args), {}, 60s);
    CAF_MESSAGE(out.out << out.err);
    return out;
  }

  /// What an export of a store writes, without the times at which the store was written.
  std::string exported(const std::string& from) const {
    std::string out;
    for (auto kind : {"rules", "videos", "signals", "popularity"}) {
      const auto path = (folder.path() / "out").string();
      const auto done = run_to_exit(
          {"export", "--tenant", "acme", "--data-dir", from, std::string{"--"} + kind, path}, {}, 30s);
      CAF_MESSAGE(done.err);
      CAF_REQUIRE_EQUAL(done.exit_code, 0);
      out += text_of(path);
    }
    return std::regex_replace(out, std::regex{R"(("touched_ms"|"since_ms"):\d+)"}, "$1");
  }

  std::vector<std::string> to_server(const server& x) const {
    return {"--server", "http://127.0.0.1:" + std::to_string(x.admin().port()), "--token-file", token};
  }
};

/// Ends a server so that its store is closed.
void close(server& x) {
  CAF_REQUIRE(x.stop(SIGTERM, 20s).has_value());
}

} // namespace

CAF_TEST(an import into a closed store is served and the same again changes nothing) {
  workplace here;
  here.write_events(2'500);
  const auto first = here.import_all({"--data-dir", here.data});
  CAF_CHECK_EQUAL(first.exit_code, 0);
  CAF_CHECK(first.out.find("tenant acme, made with default rules\n") == 0);
  const auto before = here.exported(here.data);
  CAF_CHECK(here.import_all({"--data-dir", here.data}).out.find("2500") != std::string::npos); // duplicates
  CAF_CHECK_EQUAL(here.exported(here.data), before);
  CAF_CHECK(!std::filesystem::exists(here.rejected));
  CAF_CHECK(!std::filesystem::exists(here.rejected + ".progress"));
}

CAF_TEST(an import into a running server makes what one into a closed store makes) {
  workplace here;
  here.write_events(2'500);
  CAF_CHECK_EQUAL(here.import_all({"--data-dir", here.data}).exit_code, 0);
  server tested{patiently({"--store", "rocksdb"})};
  const auto before = here.import_all(here.to_server(tested));
  CAF_CHECK_EQUAL(before.exit_code, 0);
  CAF_CHECK_EQUAL(here.import_all(here.to_server(tested)).exit_code, 0); // counts once
  CAF_CHECK_EQUAL(ids_of(feed(tested.api(), "acme", "user_hash=u1&limit=5")).size(),
                  1u); // v1 and v2 were watched
  auto locked =
      run_to_exit(here.import_args({"--videos", here.videos, "--data-dir", tested.data_dir().string()}));
  CAF_CHECK_EQUAL(locked.exit_code, 2);
  CAF_CHECK(locked.err.find("give --server") != std::string::npos);
  close(tested);
  CAF_CHECK_EQUAL(here.exported(tested.data_dir().string()), here.exported(here.data));
}

CAF_TEST(an import that is killed goes on and equals one that was not ) {
  workplace here;
  here.write_events(60'000);
  CAF_CHECK_EQUAL(here.import_all({"--data-dir", here.data}).exit_code, 0);
  const auto expected = here.exported(here.data);
  const auto interrupted = (here.folder.path() / "interrupted").string();
  auto args = here.all_files();
  args.insert(args.end(), {"--data-dir", interrupted});
  int killed = 0;
  for (auto after : {60ms, 120ms, 250ms, 500ms}) {
    process import{here.import_args(args)};
    if (import.wait(after))
      break;
    import.signal(SIGKILL);
    CAF_REQUIRE(import.wait(10s).has_value());
    ++killed;
  }
  CAF_MESSAGE("killed " << killed << " times");
  CAF_CHECK(killed > 0);
  CAF_CHECK_EQUAL(here.import_all({"--data-dir", interrupted}).exit_code, 0);
  CAF_CHECK_EQUAL(here.exported(interrupted), expected);
  // The same into a server, which is killed too and started again; its client waits for it.
  server tested{patiently({"--store", "rocksdb"})};
  auto to_server = here.all_files();
  auto target = here.to_server(tested);
  to_server.insert(to_server.end(), target.begin(), target.end());
  for (auto after : {100ms, 300ms}) {
    process import{here.import_args(to_server)};
    if (import.wait(after))
      break;
    import.signal(SIGKILL);
    CAF_REQUIRE(import.wait(10s).has_value());
  }
  CAF_CHECK_EQUAL(here.import_all(target).exit_code, 0);
  close(tested);
  CAF_CHECK_EQUAL(here.exported(tested.data_dir().string()), expected);
}

CAF_TEST(bad lines make exit code 1 and are listed) {
  workplace here;
  write(here.events, "{\"event_id\":1}\nnonsense\n");
  const auto done = run_to_exit(here.import_args({"--events", here.events, "--data-dir", here.data}));
  CAF_CHECK_EQUAL(done.exit_code, 1);
  CAF_CHECK(done.out.find("rejected lines: " + here.rejected) != std::string::npos);
  const auto listed = lines_of(text_of(here.rejected));
  CAF_REQUIRE_EQUAL(listed.size(), 2u);
  CAF_CHECK(listed[0].find(R"("line":1,"code":"invalid_argument","detail":"event_id must be a string")") !=
            std::string::npos);
  CAF_CHECK(listed[1].find(R"("line":2,"code":"invalid_json")") != std::string::npos);
}

CAF_TEST(an import that cannot begin or go on ends with exit code 2 and says why) {
  workplace here;
  auto problem = [&](const std::vector<std::string>& args) {
    const auto done = run_to_exit(args, {}, 20s);
    CAF_CHECK_EQUAL(done.exit_code, 2);
    return done.err;
  };
  CAF_CHECK(problem(here.import_args({"--data-dir", here.data})).find("nothing to import") !=
            std::string::npos);
  CAF_CHECK(problem(here.import_args({"--videos", "/nowhere", "--data-dir", here.data}))
                .starts_with("kinora: /nowhere: cannot be read"));
  write(here.events, "\x1f\x8b cut off");
  CAF_CHECK(problem(here.import_args({"--events", here.events, "--data-dir", here.data})).find("gzip") !=
            std::string::npos);
  CAF_CHECK(problem({"export", "--tenant", "nobody", "--rules", "-", "--data-dir", here.data})
                .find("there is no tenant 'nobody'") != std::string::npos);
  server tested{};
  auto target = here.to_server(tested);
  CAF_CHECK(problem(here.import_args({"--videos", here.videos, target[0], target[1]})).find("--token-file") !=
            std::string::npos);
  write(here.token, "wrong\n");
  CAF_CHECK(problem(here.import_args({"--videos", here.videos, target[0], target[1], target[2], target[3]}))
                .find("refuses the token") != std::string::npos);
}

CAF_TEST(an export goes through a running server back into feeds) {
  workplace here;
  here.write_events(500);
  CAF_CHECK_EQUAL(here.import_all({"--data-dir", here.data}).exit_code, 0);
  const auto path = [&](const char* kind) { return (here.folder.path() / kind).string(); };
  std::vector<std::string> files;
  for (auto kind : {"rules", "videos", "signals", "popularity"})
    files.insert(files.end(), {std::string{"--"} + kind, path(kind)});
  auto args = files;
  args.insert(args.begin(), {"export", "--tenant", "acme", "--data-dir", here.data});
  CAF_CHECK_EQUAL(run_to_exit(args).exit_code, 0);
  server tested{patiently({"--store", "rocksdb"})};
  auto target = here.to_server(tested);
  files.insert(files.end(), target.begin(), target.end());
  for (int i = 0; i < 2; ++i) { // the second time changes nothing
    const auto done = run_to_exit(here.import_args(files));
    CAF_MESSAGE(done.out << done.err);
    CAF_CHECK_EQUAL(done.exit_code, 0);
  }
  close(tested);
  CAF_CHECK_EQUAL(here.exported(tested.data_dir().string()), here.exported(here.data));
}
