#define CAF_SUITE blackbox.real_import
#include "tests/support/unit_test.hpp"

#include "tests/blackbox/support/server.hpp"

#include <boost/json/array.hpp>

#include <csignal>
#include <fstream>
#include <set>
#include <sstream>

using namespace kinora::blackbox;
using namespace std::chrono_literals;

namespace {

namespace fs = std::filesystem;

const fs::path shared = fs::path{KINORA_SOURCE_DIR}.parent_path() / "shared" / "data";

/// A suite without a check counts as one that did not run.
bool is_there(const fs::path& path) {
  CAF_CHECK(true);
  if (fs::exists(path))
    return true;
  std::cout << "skipped: " << path << " is not there" << std::endl;
  return false;
}

/// Runs the binary to its end, which has to be a good one; what it said, but for blanks in a row.
std::string run(const std::vector<std::string>& args) {
  const auto done = run_to_exit(args, {}, 120s);
  CAF_MESSAGE(done.out << done.err);
  CAF_REQUIRE_EQUAL(done.exit_code, 0);
  std::string out;
  for (auto c : done.out)
    if (c != ' ' || !out.ends_with(' '))
      out += c;
  return out;
}

bool has(const std::string& text, const std::string& part) {
  return text.find(part) != text.npos;
}

std::string text_of(const fs::path& path) {
  std::ostringstream out;
  out << std::ifstream{path, std::ios::binary}.rdbuf();
  return out.str();
}

struct workplace {
  temporary_folder folder;
  std::string data = (folder.path() / "data").string();
  std::string rejected = (folder.path() / "rejected").string();

  std::string import(const std::string& tenant, std::vector<std::string> more) const {
    more.insert(more.begin(), {"import", "--tenant", tenant, "--data-dir", data, "--rejected", rejected});
    return run(more);
  }

  /// Exports a tenant, and what an export of it is once it was imported into an empty store.
  std::pair<std::string, std::string> round_trip(const std::string& tenant) const {
    const auto first = export_files(tenant, data, "first");
    std::vector<std::string> args{"import",        "--tenant",   tenant,  "--data-dir",
                                  data + "-again", "--rejected", rejected};
    for (auto kind : {"rules", "videos", "signals", "popularity"})
      args.insert(args.end(), {std::string{"--"} + kind, (folder.path() / "first").string() + kind});
    run(args);
    return {first, export_files(tenant, data + "-again", "second")};
  }

private:
  std::string export_files(const std::string& tenant, const std::string& from,
                           const std::string& name) const {
    std::vector<std::string> args{"export", "--tenant", tenant, "--data-dir", from};
    for (auto kind : {"rules", "videos", "signals", "popularity"})
      args.insert(args.end(), {std::string{"--"} + kind, (folder.path() / name).string() + kind});
    run(args);
    std::string out;
    for (auto kind : {"rules", "videos", "signals", "popularity"})
      out += text_of((folder.path() / name).string() + kind);
    return out;
  }
};

std::vector<std::string> texts_of(const boost::json::value& list) {
  std::vector<std::string> out;
  for (auto& x : list.as_array())
    out.emplace_back(x.as_string());
  return out;
}

/// The session of a user has nothing that the user has watched, and what was watched for long has taught.
void check_user(const server& at, const std::string& user, const std::string& long_watched) {
  const auto signals =
      must(200, at.admin().get("/admin/v1/tenants/kuairand/users/" + user + "/signals")).json();
  const auto watched = texts_of(signals.at("watched_ids"));
  CAF_CHECK(std::set<std::string>(watched.begin(), watched.end()).contains(long_watched));
  const auto session = session_of(at.api(), "kuairand", user, "50");
  const std::set<std::string> shown{session.begin(), session.end()};
  CAF_CHECK_EQUAL(shown.size(), 500u);
  for (auto& id : watched)
    CAF_CHECK(!shown.contains(id));
  const auto video = must(200, at.admin().get("/admin/v1/tenants/kuairand/videos/" + long_watched)).json();
  for (auto& tag : texts_of(video.at("tags")))
    CAF_CHECK(signals.at("affinities").at(tag).to_number<double>() > 0.0);
  CAF_CHECK(signals.at("creator_affinities").at(video.at("creator_id").as_string()).to_number<double>() >
            0.0);
}

} // namespace

CAF_TEST(a catalogue of talks is imported) {
  workplace here;
  for (auto& [file, videos] :
       {std::pair{"pyvideo_small.ndjson", "1000"}, std::pair{"pyvideo.ndjson", "12035"}})
    if (is_there(shared / file))
      CAF_CHECK(has(here.import(file, {"--videos", (shared / file).string()}),
                    std::string{"videos "} + videos + " 0 0\n"));
}

CAF_TEST(what users of short videos did is imported and obeyed and exported to the bit) {
  const auto from = shared / "kuairand";
  if (!is_there(from))
    return;
  workplace here;
  const std::vector<std::string> files{"--videos",  (from / "videos.ndjson.gz").string(),
                                       "--signals", (from / "signals_before_0425.ndjson.gz").string(),
                                       "--events",  (from / "events_0425_0430.ndjson.gz").string()};
  auto shifted = files;
  shifted.emplace_back("--shift-to-now");
  const auto summary = here.import("kuairand", shifted);
  CAF_CHECK(has(summary, "\nvideos 7583 0 0\n"));
  CAF_CHECK(has(summary, "\nsignals 26469 0 0\n"));
  CAF_CHECK(has(summary, "\nevents 96678 0 0\n"));
  CAF_CHECK(has(here.import("kuairand", shifted), "\nevents 0 96678 0\n"));
  CAF_CHECK(!fs::exists(here.rejected));
  const auto [first, second] = here.round_trip("kuairand");
  CAF_CHECK(first.size() > 10'000'000);
  CAF_CHECK(first == second);
  server tested{patiently({"--store", "rocksdb", "--data-dir", here.data})};
  for (int i = 0; i < 2; ++i) {
    check_user(tested, "u0", "k909");
    check_user(tested, "u712", "k5239"); // by an event: a view of a minute
    tested.restart();
  }
}
