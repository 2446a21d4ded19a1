#define CAF_SUITE blackbox.backup
#include "tests/support/unit_test.hpp"

#include "tests/blackbox/support/chaos.hpp"
#include "tests/blackbox/support/writers.hpp"

#include <boost/json/serialize.hpp>

#include <csignal>
#include <fstream>
#include <thread>

using namespace kinora::blackbox;
using namespace std::chrono_literals;

namespace json = boost::json;
namespace fs = std::filesystem;

namespace {

server durable() {
  return server{patiently({"--store", "rocksdb"})};
}

std::string restored(const std::string& from, const fs::path& to) {
  const auto done = run_to_exit({"store", "restore", "--from", from, "--data-dir", to.string()}, {}, 20s);
  CAF_MESSAGE(done.out << done.err);
  CAF_REQUIRE_EQUAL(done.exit_code, 0);
  return to.string();
}

/// The stores that look whole in a folder of backups.
std::vector<fs::path> backups_in(const fs::path& folder) {
  std::vector<fs::path> out;
  std::error_code none;
  for (auto& entry : fs::directory_iterator{folder, none})
    if (!entry.path().string().ends_with(".unfinished"))
      out.push_back(entry.path());
  return out;
}

} // namespace

CAF_TEST(what was acknowledged before a backup is in the restored store) {
  auto tested = server{patiently({"--store", "rocksdb"})};
  temporary_folder folder;
  std::vector<std::unique_ptr<writer>> writers;
  writers.push_back(write_flags(folder.path(), 1));
  writers.push_back(write_passing_tenant(folder.path(), 2));
  std::vector<std::thread> threads;
  for (auto& x : writers)
    threads.emplace_back([&] { x->run(tested); });
  put_tenant(tested, "acme", "{}",
             R"({"id":"v1","title":"one","tags":["t"]})"
             "\n");
  std::vector<std::string> paths;
  for (int i = 0; i < 3; ++i) {
    const auto event =
        json::serialize(json::array{fixed_event("e" + std::to_string(i), "complete", "u", "v1")});
    must(202, tested.api().post("/v1/events", event, {{"X-Tenant-ID", "acme"}}));
    must(200, tested.admin().put("/admin/v1/tenants/acme",
                                 R"({"recency_window_hours":)" + std::to_string(i + 1) + "}"));
    const auto made = must(201, tested.admin().post("/admin/v1/backup")).json();
    CAF_CHECK(made.at("bytes").to_number<int>() > 0);
    paths.emplace_back(made.at("path").as_string());
    std::this_thread::sleep_for(20ms);
  }
  const auto status = must(200, tested.admin().get("/admin/v1/backup")).json();
  CAF_CHECK_EQUAL(status.at("state").as_string(), "succeeded");
  CAF_CHECK_EQUAL(std::string{status.at("backup").at("path").as_string()}, paths.back());
  const auto later = must(200, tested.admin().get("/admin/v1/tenants/acme/users/u/signals")).body;
  for (std::size_t i = 0; i < paths.size(); ++i) {
    const auto data = restored(paths[i], folder.path() / std::to_string(i));
    server again{patiently({"--store", "rocksdb", "--data-dir", data})};
    CAF_CHECK_EQUAL(must(200, again.admin().get("/admin/v1/tenants/acme"))
                        .json()
                        .at("recency_window_hours")
                        .to_number<std::size_t>(),
                    i + 1);
    const auto user = must(200, again.admin().get("/admin/v1/tenants/acme/users/u")).json();
    CAF_CHECK_EQUAL(user.at("tag_sums").at("t").to_number<double>(), static_cast<double>(i + 1));
  }
  tested.stop(SIGKILL);
  for (auto& x : threads)
    x.join();
}

CAF_TEST(a kill while a backup is made leaves the store whole and no half backup that looks whole) {
  auto tested = server{patiently({"--store", "rocksdb"})};
  temporary_folder folder;
  std::string videos;
  for (int i = 0; i < 3'000; ++i)
    videos += R"({"id":"v)" + std::to_string(i) + R"(","title":"t","metadata":{"text":")" +
              std::string(500, 'x') + "\"}}\n";
  put_tenant(tested, "acme", "{}", videos);
  for (auto after : {0ms, 3ms, 10ms, 30ms, 60ms, 100ms}) {
    std::thread asking{[port = tested.admin()] { port.post("/admin/v1/backup"); }};
    std::this_thread::sleep_for(after);
    tested.stop(SIGKILL);
    asking.join();
    for (auto& path : backups_in(tested.data_dir() / "backups"))
      CAF_CHECK_EQUAL(run_to_exit({"store", "check", "--data-dir", path.string()}, {}, 20s).exit_code, 0);
    tested.restart();
    CAF_CHECK_EQUAL(must(200, tested.admin().get("/admin/v1/tenants"))
                        .json()
                        .at("tenants")
                        .at(0)
                        .at("videos")
                        .to_number<int>(),
                    3'000);
  }
  const auto made = must(201, tested.admin().post("/admin/v1/backup")).json();
  for (auto& entry : fs::directory_iterator{tested.data_dir() / "backups"})
    CAF_CHECK(!entry.path().string().ends_with(".unfinished"));
  restored(std::string{made.at("path").as_string()}, folder.path() / "data");
}

CAF_TEST(the command line backs up a closed store and a running one) {
  auto tested = durable();
  temporary_folder folder;
  put_tenant(tested, "acme", "{}",
             R"({"id":"v1","title":"one"})"
             "\n");
  const auto data = tested.data_dir().string();
  const auto url = "http://127.0.0.1:" + std::to_string(tested.admin().port());
  const auto running = run_to_exit({"store", "backup", "--server", url}, {{"ADMIN_TOKEN", admin_token}}, 20s);
  CAF_MESSAGE(running.out << running.err);
  CAF_CHECK_EQUAL(running.exit_code, 0);
  CAF_CHECK(running.out.starts_with(data + "/backups/"));
  const auto locked = run_to_exit({"store", "backup", "--data-dir", data});
  CAF_CHECK_EQUAL(locked.exit_code, 2);
  CAF_CHECK(locked.err.find("give --server") != std::string::npos);
  CAF_REQUIRE(tested.stop(SIGTERM, 20s).has_value());
  const auto to = (folder.path() / "b").string();
  const auto closed = run_to_exit({"store", "backup", "--data-dir", data, "--to", to}, {}, 20s);
  CAF_MESSAGE(closed.out << closed.err);
  CAF_CHECK_EQUAL(closed.exit_code, 0);
  const auto path = closed.out.substr(0, closed.out.rfind(": "));
  const auto refused = run_to_exit({"store", "restore", "--from", path, "--data-dir", data}, {}, 20s);
  CAF_CHECK_EQUAL(refused.exit_code, 2);
  CAF_CHECK(refused.err.find("is not empty") != std::string::npos);
  const auto inside = run_to_exit({"store", "restore", "--from", path, "--data-dir", path + "/sub"}, {}, 20s);
  CAF_CHECK_EQUAL(inside.exit_code, 2);
  CAF_CHECK(!fs::exists(path + "/sub"));
  restored(path, folder.path() / "again");
  // An export reads a backup as it is.
  const auto exported =
      run_to_exit({"export", "--tenant", "acme", "--videos", "-", "--data-dir", path}, {}, 20s);
  CAF_CHECK_EQUAL(exported.exit_code, 0);
  CAF_CHECK(exported.out.starts_with(R"({"id":"v1")"));
}

// It used to be answered 202, and then nothing was made.
CAF_TEST(a backup that cannot be noted in time is not said to be under way) {
  server tested{{"--store", "rocksdb", "--chaos", "--admin-timeout-ms", "100"}};
  hurt_actor(tested, "audit", R"({"hang":true})");
  CAF_CHECK_EQUAL(tested.admin().post("/admin/v1/backup").status, 504);
  CAF_CHECK_EQUAL(must(200, tested.admin().get("/admin/v1/backup")).json().at("state").as_string(), "none");
}

CAF_TEST(a store in memory has no backup) {
  server tested{};
  CAF_CHECK_EQUAL(problem_of(tested.admin().post("/admin/v1/backup")), "409 STORE");
}
