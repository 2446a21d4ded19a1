#define CAF_SUITE blackbox.lifecycle
#include "tests/support/unit_test.hpp"

#include "tests/blackbox/support/server.hpp"

#include <boost/json/object.hpp>

#include <csignal>
#include <fstream>
#include <memory>
#include <regex>
#include <thread>

using namespace kinora::blackbox;
using namespace std::chrono_literals;

namespace {

constexpr auto get_health = "GET /health HTTP/1.1\r\nHost: a\r\n\r\n";

/// The settings that README's table names.
std::vector<std::string> documented_settings() {
  std::ifstream in{std::string{KINORA_SOURCE_DIR} + "/README.md"};
  std::vector<std::string> out;
  const std::regex row{"\\| `([A-Z_]+)` \\|.*"};
  for (std::string line; std::getline(in, line);)
    if (std::smatch found; std::regex_match(line, found, row))
      out.push_back(found[1]);
  return out;
}

std::string flag_of(const std::string& setting) {
  std::string out = "--";
  for (const char c : setting)
    out += c == '_' ? '-' : static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return out;
}

/// Runs `kinora serve` with free ports and `args`, which are to make it refuse to start and to name
/// `setting`.
void check_refused(const std::string& setting, const std::vector<std::string>& args,
                   const environment& env = {}) {
  const temporary_folder folder;
  std::vector<std::string> words{
      "serve", "--port", "0", "--admin-port", "0", "--data-dir", folder.path().string()};
  words.insert(words.end(), args.begin(), args.end());
  const auto result = run_to_exit(words, env);
  CAF_MESSAGE(setting << ": " << result.err);
  CAF_CHECK_EQUAL(result.exit_code, 2);
  CAF_CHECK_EQUAL(lines_of(result.err).size(), 1u);
  CAF_CHECK(result.err.find(" " + setting + ":") != std::string::npos ||
            result.err.find("'" + setting + "'") != std::string::npos);
  CAF_CHECK(result.out.find("listening") == std::string::npos);
}

void check_stopped(server& x, int signal) {
  const auto stopped = x.stop(signal);
  CAF_REQUIRE(stopped.has_value());
  CAF_CHECK_EQUAL(stopped->exit_code, 0);
  CAF_CHECK(stopped->took < 1s);
}

} // namespace

// -- commands -----------------------------------------------------------------------------------------------

CAF_TEST(version and help answer and end) {
  for (auto args :
       {std::vector<std::string>{"version"}, {"help"}, {"serve", "--help"}, {"help", "settings"}}) {
    const auto result = run_to_exit(args);
    CAF_CHECK_EQUAL(result.exit_code, 0);
    CAF_CHECK(!result.out.empty());
    CAF_CHECK(result.err.empty());
  }
  CAF_CHECK(run_to_exit({"version"}).out.starts_with("kinora "));
  CAF_CHECK(run_to_exit({"help"}).out.find("serve") != std::string::npos);
}

CAF_TEST(an unknown command is refused) {
  for (auto args : {std::vector<std::string>{}, {"sevre"}, {"version", "again"}, {"serve", "now"}}) {
    const auto result = run_to_exit(args);
    CAF_CHECK_EQUAL(result.exit_code, 2);
    CAF_CHECK_EQUAL(lines_of(result.err).size(), 1u);
  }
}

CAF_TEST(the help lists every setting that the readme documents) {
  const auto settings = documented_settings();
  const auto help = run_to_exit({"serve", "--help"}).out;
  CAF_CHECK(settings.size() > 40);
  for (auto& setting : settings) {
    CAF_MESSAGE(setting);
    CAF_CHECK(help.find("  " + flag_of(setting) + "  (") != std::string::npos);
  }
  for (auto flag : {"--port", "--admin-port", "--admin-token", "--data-dir", "--store", "--demo", "--chaos"})
    CAF_CHECK(help.find(std::string{"  "} + flag + "  (default: ") != std::string::npos);
}

// -- settings -----------------------------------------------------------------------------------------------

CAF_TEST(a setting comes from the environment or from a file as well) {
  const temporary_folder folder;
  const auto file = (folder.path() / "kinora.conf").string();
  std::ofstream{file}
      << "# comment\nDEMO = true\nDEFAULT_TENANT=tenant_news\nDEFAULT_FEED_LIMIT=2\nMAX_FEED_LIMIT=3\n";
  const server from_file{{"--config", file}, {{"MAX_FEED_LIMIT", "4"}}};
  const auto answer = from_file.api().get("/v1/feed?user_hash=user_new&limit=4"); // the environment wins
  CAF_REQUIRE_EQUAL(answer.status, 200);
  CAF_CHECK_EQUAL(ids_of(answer.json().as_object()).size(), 4u);
  CAF_CHECK_EQUAL(from_file.api().get("/v1/feed?user_hash=user_new&limit=5").status, 400);
}

CAF_TEST(a bad setting is named in one line) {
  check_refused("PORT", {"--port", "abc"});
  check_refused("PORT", {"--port", "70000"});
  check_refused("PORT", {"--port", "-1"});
  check_refused("FEED_BUDGET_MS", {"--feed-budget-ms", "0"});
  check_refused("FEED_BUDGET_MS", {"--feed-budget-ms", "1.5"});
  check_refused("ROLLOUT_PERCENTAGE", {"--rollout-percentage", "101"});
  check_refused("STORE", {"--store", "postgres"});
  check_refused("LOG_LEVEL", {"--log-level", "loud"});
  check_refused("DEFAULT_TENANT", {"--default-tenant", "a b"});
  check_refused("DEMO", {"--demo=perhaps"});
  check_refused("HOST", {"--host", "not an address"});
  check_refused("ADMIN_PORT", {}, {{"ADMIN_PORT", "x"}});
  check_refused("RANKING_TIMEOUT_MS", {}, {{"RANKING_TIMEOUT_MS", "x"}});
}

CAF_TEST(an unknown setting is named in one line) {
  check_refused("--prot", {"--prot", "80"});
  const temporary_folder folder;
  const auto file = (folder.path() / "kinora.conf").string();
  std::ofstream{file} << "PROT=80\n";
  check_refused("PROT", {"--config", file});
  check_refused("--config", {"--config", (folder.path() / "missing").string()});
}

CAF_TEST(a taken port is named in one line) {
  const server first{};
  check_refused("PORT", {"--port", std::to_string(first.api().port())});
  check_refused("ADMIN_PORT", {"--admin-port", std::to_string(first.admin().port())});
  CAF_CHECK_EQUAL(first.api().get("/health").status, 200);
}

CAF_TEST(a folder that cannot be written is named in one line) {
  const temporary_folder folder;
  const auto file = folder.path() / "file";
  std::ofstream{file} << "x";
  check_refused("DATA_DIR", {"--data-dir", (file / "below").string()});
  check_refused("DATA_DIR", {"--data-dir", file.string()});
  check_refused("DATA_DIR", {"--data-dir", "/proc/kinora"});
}

CAF_TEST(a token is made and printed once when there is none) {
  const temporary_folder folder;
  process child{{"serve", "--port", "0", "--admin-port", "0", "--data-dir", folder.path().string()}};
  const auto is_up = [](const std::string& out, const std::string& err) {
    return err.ends_with('\n') && out.ends_with('\n') && out.find(R"("listener":"admin")") != out.npos;
  };
  CAF_REQUIRE(child.wait_for_output(10s, is_up));
  const auto line = lines_of(child.err()).at(0);
  const auto token = line.substr(line.rfind(' ') + 1);
  CAF_CHECK(token.size() >= 32);
  const auto log = child.out();
  const auto port = std::stoi(log.substr(log.rfind("\"port\":") + 7));
  CAF_CHECK_EQUAL(endpoint{static_cast<std::uint16_t>(port)}.get("/admin/v1/flags").status, 401);
  const endpoint admin{static_cast<std::uint16_t>(port), {{"Authorization", "Bearer " + token}}};
  CAF_CHECK_EQUAL(admin.get("/admin/v1/flags").status, 200);
  child.signal(SIGTERM);
  CAF_CHECK(child.wait(5s).has_value());
  CAF_CHECK_EQUAL(lines_of(child.err()).size(), 1u);
  CAF_CHECK(child.out().find(token) == std::string::npos);
}

CAF_TEST(the log is a line of json for each event and warns of chaos) {
  server x{{"--chaos", "--demo"}};
  CAF_CHECK(x.child().out().find("\"level\":\"warn\",\"msg\":\"--chaos") != std::string::npos);
  check_stopped(x, SIGTERM);
  for (auto& line : lines_of(x.child().out()))
    CAF_CHECK(line.starts_with("{\"ts\":\"") && line.ends_with('}'));
  CAF_CHECK(x.child().err().empty());
}

// -- the end ------------------------------------------------------------------------------------------------

CAF_TEST(a signal ends the server within a second however many connections are idle) {
  for (auto signal : {SIGTERM, SIGINT}) {
    server x{{"--demo"}};
    std::vector<std::unique_ptr<connection>> idle;
    for (int i = 0; i < 12; ++i)
      for (auto port : {x.api().port(), x.admin().port()}) {
        auto& one = *idle.emplace_back(std::make_unique<connection>(port));
        if (i % 3 == 0)
          continue; // connected, and silent
        one.send(get_health);
        CAF_CHECK(one.receive_until("healthy").starts_with("HTTP/1.1 200"));
      }
    check_stopped(x, signal);
    for (auto& one : idle) {
      CAF_CHECK(one->receive_all(100ms).empty());
      CAF_CHECK(one->closed());
    }
  }
}

CAF_TEST(while it drains the server is not ready but answers) {
  server x{patiently({"--demo", "--drain-delay-ms", "800"})};
  const auto begin = std::chrono::steady_clock::now();
  x.child().signal(SIGTERM);
  CAF_CHECK(eventually(600ms, [&] { return x.api().get("/health/ready").status == 503; }));
  const auto ready = x.api().get("/health/ready");
  CAF_CHECK_EQUAL(ready.status, 503);
  CAF_CHECK(ready.body.starts_with(R"({"status":"draining")"));
  CAF_CHECK_EQUAL(x.api().get("/health").status, 200);
  CAF_CHECK_EQUAL(x.api().get("/v1/feed?user_hash=user_sporty").header("X-Personalized"), "true");
  const auto ended = x.child().wait(5s);
  CAF_REQUIRE(ended.has_value());
  CAF_CHECK_EQUAL(ended->code, 0);
  CAF_CHECK(ended->at - begin >= 800ms);
  CAF_CHECK(ended->at - begin < 1800ms);
}

CAF_TEST(a feed in flight is finished before the end) {
  server x{patiently({"--demo", "--chaos"})};
  must(200, x.admin().put("/admin/v1/faults/signals", R"({"delay_ms":600})"));
  reply answer;
  std::thread client{[&] { answer = x.api().get("/v1/feed?user_hash=user_sporty"); }};
  std::this_thread::sleep_for(200ms);
  const auto stopped = x.stop(SIGTERM);
  client.join();
  CAF_CHECK_EQUAL(answer.status, 200);
  CAF_CHECK_EQUAL(answer.header("X-Personalized"), "true");
  CAF_REQUIRE(stopped.has_value());
  CAF_CHECK_EQUAL(stopped->exit_code, 0);
}

CAF_TEST(an upload in flight is finished before the end) {
  server x{{"--demo"}};
  const std::string body = R"({"id":"late","title":"t"})";
  connection client{x.admin().port()};
  client.send("PUT /admin/v1/tenants/tenant_sports/videos HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer " +
              admin_token + "\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" +
              body.substr(0, 10));
  std::this_thread::sleep_for(200ms);
  x.child().signal(SIGTERM);
  std::this_thread::sleep_for(200ms);
  client.send(body.substr(10));
  const auto answer = client.receive_all();
  CAF_CHECK(answer.starts_with("HTTP/1.1 200"));
  CAF_CHECK(answer.find(R"("accepted":1)") != std::string::npos);
  const auto ended = x.child().wait(2s);
  CAF_REQUIRE(ended.has_value());
  CAF_CHECK_EQUAL(ended->code, 0);
}

CAF_TEST(who never finishes a request does not hold up the end for long) {
  server x{{"--drain-timeout-ms", "300"}};
  connection client{x.api().port()};
  client.send("GET /health HTTP/1.1\r\n");
  std::this_thread::sleep_for(50ms);
  check_stopped(x, SIGTERM);
}
