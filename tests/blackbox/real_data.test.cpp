#define CAF_SUITE blackbox.real_data
#include "tests/support/unit_test.hpp"

#include "tests/blackbox/support/server.hpp"

#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>

using namespace kinora::blackbox;

namespace {

struct catalogue {
  const char* file;
  int videos;
};

/// Uploads a catalogue that nobody here wrote and pages through it.
void check(const server& at, const catalogue& x) {
  const auto path = std::filesystem::path{KINORA_SOURCE_DIR}.parent_path() / "shared" / "data" / x.file;
  if (!std::filesystem::exists(path)) {
    CAF_CHECK(true); // a suite without a check counts as one that did not run
    CAF_MESSAGE("skipped: " << x.file << " is not there");
    std::cout << "skipped: " << x.file << " is not there" << std::endl;
    return;
  }
  std::ostringstream text;
  text << std::ifstream{path}.rdbuf();
  must(201, at.admin().put("/admin/v1/tenants/talks", R"({"recency_window_hours":87600})"));
  const auto answer =
      must(200, at.admin().put("/admin/v1/tenants/talks/videos?replace=true", text.str())).json();
  CAF_CHECK_EQUAL(answer.at("accepted").to_number<int>(), x.videos);
  CAF_CHECK_EQUAL(answer.at("rejected_count").to_number<int>(), 0);
  must(200, at.admin().put("/admin/v1/tenants/talks/users/u/signals",
                           R"({"affinities":{"django":0.9,"testing":0.4}})"));
  for (auto user : {"u", "nobody_yet"}) {
    const auto all = session_of(at.api(), "talks", user, "50");
    CAF_CHECK_EQUAL(all.size(), 500u);
    CAF_CHECK_EQUAL((std::set<std::string>{all.begin(), all.end()}).size(), 500u);
  }
  const auto page = feed(at.api(), "talks", "user_hash=u&limit=50&explain=true");
  CAF_CHECK(page.at("is_personalized").as_bool());
  CAF_CHECK_EQUAL(page.at("items").at(0).at("explain").at("matched_tags").at(0).as_string(), "django");
  must(200, at.admin().patch("/admin/v1/flags", R"({"kill_switch_active":true})"));
  CAF_CHECK_EQUAL(session_of(at.api(), "talks", "u", "50").size(), 500u);
}

} // namespace

CAF_TEST(a session pages through a thousand talks) {
  check(server{patiently()}, {"pyvideo_small.ndjson", 1'000});
}

CAF_TEST(a session pages through twelve thousand talks) {
  check(server{patiently()}, {"pyvideo.ndjson", 12'035});
}
