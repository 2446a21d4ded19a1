#define CAF_SUITE config.sources
#include "tests/support/unit_test.hpp"

#include "config/data_dir.hpp"
#include "config/sources.hpp"

#include <cstdlib>
#include <filesystem>
#include <fstream>

using namespace kinora;
using namespace std::chrono_literals;

namespace {

/// A folder of its own for every test, gone after it.
struct fixture {
  fixture() {
    auto pattern = (std::filesystem::temp_directory_path() / "kinora-config-XXXXXX").string();
    folder = ::mkdtemp(pattern.data());
  }

  ~fixture() { std::filesystem::remove_all(folder); }

  std::string write(const std::string& name, const std::string& text) const {
    auto path = (folder / name).string();
    std::ofstream{path, std::ios::binary} << text;
    return path;
  }

  result<settings> read(const flag_values& flags, const flag_values& variables = {},
                        const std::string& file_text = {}) const {
    auto env = [&variables](const char* name) {
      auto i = variables.find(name);
      return i == variables.end() ? nullptr : i->second.c_str();
    };
    return read_settings(flags, env, file_text.empty() ? "" : write("kinora.conf", file_text));
  }

  std::filesystem::path folder;
};

/// Returns "FIELD: detail" of a failure, and "fine" for settings.
std::string problem_of(const result<settings>& x) {
  return x ? "fine" : x.error().field + ": " + x.error().detail;
}

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

} // namespace

CAF_TEST_FIXTURE_SCOPE(config_sources_tests, fixture)

CAF_TEST(without any source the defaults hold) {
  CAF_CHECK(*read({}) == settings{});
}

CAF_TEST(a flag wins over the environment and the environment over the file) {
  auto file = "port = 1003\nadmin_port = 2003\nranking_timeout_ms=33\n";
  auto x = *read({{"PORT", "1001"}}, {{"PORT", "1002"}, {"ADMIN_PORT", "2002"}}, file);
  CAF_CHECK_EQUAL(x.port, 1001u);
  CAF_CHECK_EQUAL(x.admin_port, 2002u);
  CAF_CHECK(x.ranking_timeout_ms == 33ms);
  CAF_CHECK(x.cache_timeout_ms == settings{}.cache_timeout_ms);
}

CAF_TEST(every type of setting is read) {
  auto x = *read({{"DEMO", "true"},
                  {"CHAOS", "1"},
                  {"PERSONALIZATION_ENABLED", "false"},
                  {"KILL_SWITCH_ACTIVE", "0"},
                  {"ROLLOUT_PERCENTAGE", "12.5"},
                  {"MAX_IN_FLIGHT", "7"},
                  {"CURSOR_TTL_SEC", "60"},
                  {"HOST", "::1"},
                  {"CORS_ORIGINS", "https://a.example, http://b.example:81"}});
  CAF_CHECK(x.demo && x.chaos && !x.personalization_enabled && !x.kill_switch_active);
  CAF_CHECK_EQUAL(x.rollout_percentage, 12.5);
  CAF_CHECK_EQUAL(x.max_in_flight, 7u);
  CAF_CHECK(x.cursor_ttl_sec == 60s);
  CAF_CHECK_EQUAL(x.host, "::1");
  CAF_CHECK(x.cors_origins == (std::vector<std::string>{"https://a.example", "http://b.example:81"}));
}

CAF_TEST(a value of the wrong type or out of range is refused with the name of its setting) {
  flag_values bad{{"PORT", "65536"},
                  {"ADMIN_PORT", "-1"},
                  {"FEED_BUDGET_MS", "0"},
                  {"RANKING_TIMEOUT_MS", "20ms"},
                  {"MAX_FEED_LIMIT", "1e2"},
                  {"MAX_BODY_BYTES", "99999999999999999999"},
                  {"ROLLOUT_PERCENTAGE", "100.1"},
                  {"DEMO", "yes"},
                  {"HOST", ""},
                  {"DATA_DIR", ""},
                  {"STORE", "postgres"},
                  {"LOG_LEVEL", "verbose"},
                  {"DEFAULT_TENANT", "a/b"},
                  {"CORS_ORIGINS", "a.example"},
                  {"RATE_LIMIT_REQUESTS_PER_SEC", "0.0001"},
                  {"RATE_LIMIT_BURST", "1000001"},
                  {"RATE_LIMIT_USERS", "7"},
                  {"SIGNAL_RETENTION_DAYS", "3651"}};
  for (const auto& [name, text] : bad) {
    auto problem = problem_of(read({{name, text}}));
    CAF_MESSAGE(problem);
    CAF_CHECK(problem.starts_with(name + ": '" + text + "' is"));
    CAF_CHECK_EQUAL(problem_of(read({}, {{name, text}})).substr(0, name.size() + 1), name + ":");
  }
  CAF_CHECK(!read({{"ROLLOUT_PERCENTAGE", "nan"}}));
}

CAF_TEST(a rate is off or within its range) {
  for (const auto* text : {"0", "0.0", "0.001", "2.5", "1000000"})
    CAF_CHECK(read({{"RATE_LIMIT_REQUESTS_PER_SEC", text}}));
  for (const auto* text : {"", "-1", "0.0009", "1000001", "nan", "inf", "5/s"})
    CAF_CHECK(contains(problem_of(read({{"RATE_LIMIT_REQUESTS_PER_SEC", text}})),
                       "is not 0 (off) or a number from 0.001 to 1000000"));
}

CAF_TEST(a refused engine is told apart from a misspelt one by what the build has) {
  CAF_CHECK(contains(problem_of(read({{"STORE", "rocks"}})), "it has: rocksdb, memory"));
}

CAF_TEST(a problem says where the value came from in one line without control characters) {
  CAF_CHECK(
      contains(problem_of(read({{"PORT", "a\nb"}})), "'a?b' is not a whole number from 0 to 65535 (--port)"));
  CAF_CHECK(contains(problem_of(read({}, {{"PORT", "x"}})), "(environment)"));
  CAF_CHECK(contains(problem_of(read({}, {}, "# one\nport=x\n")), "kinora.conf' line 2)"));
}

CAF_TEST(a bad value is refused even where a stronger source overrides it) {
  CAF_CHECK(problem_of(read({{"PORT", "1"}}, {{"PORT", "x"}})).starts_with("PORT:"));
}

CAF_TEST(the environment may hold anything else but the file may not ) {
  CAF_CHECK(read({}, {{"PATH", "/bin"}, {"PROT", "8080"}}));
  auto problem = problem_of(read({}, {}, "PORT=8080\nPROT=8080\n"));
  CAF_CHECK(contains(problem, "unknown setting 'PROT'"));
  CAF_CHECK(contains(problem, "line 2"));
}

CAF_TEST(the file takes names in any case and comments and blank lines) {
  auto x = *read({}, {}, "# a comment\n\n  Max_Feed_Limit =  40 \r\nADMIN_TOKEN=a#b\n");
  CAF_CHECK_EQUAL(x.max_feed_limit, 40u);
  CAF_CHECK_EQUAL(x.admin_token, "a#b");
}

CAF_TEST(a file that is missing or says something twice or without a value is refused) {
  auto none = [](const char*) -> const char* { return nullptr; };
  CAF_CHECK(
      problem_of(read_settings({}, none, (folder / "absent").string())).starts_with("--config: cannot read"));
  CAF_CHECK(problem_of(read_settings({}, none, folder.string())).starts_with("--config: cannot read"));
  CAF_CHECK(problem_of(read({}, {}, "port=1\nPORT=2\n")).starts_with("PORT: is set twice"));
  CAF_CHECK(contains(problem_of(read({}, {}, "port\n")), "is not KEY=VALUE"));
}

CAF_TEST(a secret comes from its file without the newline at the end) {
  auto token = write("token", "s3cret\n");
  auto x = *read({}, {{"ADMIN_TOKEN_FILE", token}, {"CURSOR_SECRET_FILE", write("key", "k e y")}});
  CAF_CHECK_EQUAL(x.admin_token, "s3cret");
  CAF_CHECK_EQUAL(x.cursor_secret, "k e y");
}

CAF_TEST(a secret file that is absent or empty or too large or one of two sources is refused) {
  auto with_file = [this](const std::string& path) { return problem_of(read({{"ADMIN_TOKEN_FILE", path}})); };
  CAF_CHECK(with_file((folder / "absent").string()).starts_with("ADMIN_TOKEN_FILE: cannot read"));
  CAF_CHECK(contains(with_file(write("empty", "\n")), "is empty"));
  CAF_CHECK(contains(with_file(write("large", std::string(5000, 'x'))), "is larger than"));
  auto both = read({{"ADMIN_TOKEN", "a"}, {"ADMIN_TOKEN_FILE", write("token", "b")}});
  CAF_CHECK(problem_of(both).starts_with("ADMIN_TOKEN_FILE: is set together with ADMIN_TOKEN"));
}

CAF_TEST(a refused secret is not shown) {
  auto problem = problem_of(read({{"ADMIN_TOKEN", "hunter 2"}}));
  CAF_CHECK(problem.starts_with("ADMIN_TOKEN:"));
  CAF_CHECK(!contains(problem, "hunter"));
}

CAF_TEST(settings that contradict each other are refused) {
  CAF_CHECK(problem_of(read({{"MAX_FEED_LIMIT", "10"}})).starts_with("DEFAULT_FEED_LIMIT:"));
  CAF_CHECK(problem_of(read({{"PORT", "9000"}, {"ADMIN_PORT", "9000"}})).starts_with("ADMIN_PORT:"));
  CAF_CHECK(read({{"PORT", "0"}, {"ADMIN_PORT", "0"}}));
  CAF_CHECK(read({{"PORT", "9000"}, {"ADMIN_PORT", "9000"}, {"HOST", "10.0.0.1"}}));
  CAF_CHECK(problem_of(read({{"TLS_CERT_FILE", "a"}})).starts_with("TLS_KEY_FILE:"));
  CAF_CHECK(problem_of(read({{"TLS_KEY_FILE", "a"}})).starts_with("TLS_CERT_FILE:"));
  CAF_CHECK(read({{"TLS_CERT_FILE", "a"}, {"TLS_KEY_FILE", "b"}}));
  CAF_CHECK(
      problem_of(read({{"TLS_CERT_FILE", "a\nb"}, {"TLS_KEY_FILE", "b"}})).starts_with("TLS_CERT_FILE:"));
}

CAF_TEST(the data folder is created and one that cannot be is refused) {
  auto path = folder / "a" / "b";
  CAF_CHECK(!check_data_dir(path.string()));
  CAF_CHECK(std::filesystem::is_directory(path));
  CAF_CHECK(std::filesystem::is_empty(path));
  auto problem = check_data_dir(write("file", "") + "/below");
  CAF_REQUIRE(problem);
  CAF_CHECK_EQUAL(problem->field, "DATA_DIR");
  CAF_CHECK(check_data_dir(write("file", "")));
}

CAF_TEST_FIXTURE_SCOPE_END()
