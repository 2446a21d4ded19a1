#define CAF_SUITE config.command_line
#include "tests/support/unit_test.hpp"

#include "config/command_line.hpp"
#include "config/table.hpp"

using namespace kinora;

namespace {

command parse(
    std::vector<const char*> words,
    const environment& env = [](const char*) -> const char* { return nullptr; }) {
  words.insert(words.begin(), "kinora");
  return parse_command_line(static_cast<int>(words.size()), words.data(), env);
}

settings serve(std::vector<const char*> words) {
  words.insert(words.begin(), "serve");
  auto x = parse(words);
  if (auto* problem = std::get_if<failure>(&x))
    CAF_FAIL("refused: " << to_line(*problem));
  return std::get<settings>(x);
}

std::string problem_of(std::vector<const char*> words) {
  auto x = parse(words);
  auto* problem = std::get_if<failure>(&x);
  return problem ? to_line(*problem) : "fine";
}

std::string text_of(std::vector<const char*> words) {
  auto x = parse(words);
  auto* shown = std::get_if<show_text>(&x);
  return shown ? shown->text : "no text";
}

} // namespace

CAF_TEST(flags take their value after a blank or an equals sign) {
  auto x = serve({"--port", "9000", "--admin-port=0", "--data-dir", "/tmp/x y", "--store", "memory"});
  CAF_CHECK_EQUAL(x.port, 9000u);
  CAF_CHECK_EQUAL(x.admin_port, 0u);
  CAF_CHECK_EQUAL(x.data_dir, "/tmp/x y");
}

CAF_TEST(every setting has a flag that reaches it) {
  for (const auto& row : settings_table()) {
    auto flag = flag_of(row);
    auto problem = problem_of({"serve", (flag + "=\x01").c_str()});
    CAF_MESSAGE(problem);
    if (problem == "fine") // secrets and paths may hold any byte
      CAF_CHECK_NOT_EQUAL(serve({(flag + "=\x01").c_str()}), settings{});
    else
      CAF_CHECK(problem.starts_with("kinora: " + std::string{row.name}));
  }
}

CAF_TEST(switches may be bare or have a value) {
  auto x = serve({"--demo", "--chaos=true", "--kill-switch-active", "--personalization-enabled=false"});
  CAF_CHECK(x.demo && x.chaos && x.kill_switch_active && !x.personalization_enabled);
  CAF_CHECK(!serve({"--demo=false"}).demo);
  CAF_CHECK_EQUAL(problem_of({"serve", "--demo=maybe"}),
                  "kinora: DEMO: 'maybe' is not true or false (--demo)");
}

CAF_TEST(the last of two equal flags wins) {
  CAF_CHECK_EQUAL(serve({"--port", "1", "--port", "2"}).port, 2u);
  CAF_CHECK(!serve({"--demo", "--demo=false"}).demo);
}

CAF_TEST(an unknown flag is named) {
  CAF_CHECK_EQUAL(problem_of({"serve", "--prot", "8080"}),
                  "kinora: serve: unknown argument '--prot'; see kinora serve --help");
  CAF_CHECK(problem_of({"serve", "--prot=8080"}).find("'--prot=8080'") != std::string::npos);
  CAF_CHECK(problem_of({"serve", "now"}).find("'now'") != std::string::npos);
}

CAF_TEST(a flag without its value is named by its setting) {
  CAF_CHECK_EQUAL(problem_of({"serve", "--port"}), "kinora: PORT: needs a value");
  CAF_CHECK_EQUAL(problem_of({"serve", "--port", "--demo"}), "kinora: PORT: needs a value");
  CAF_CHECK_EQUAL(problem_of({"serve", "--config"}), "kinora: --config: needs a value");
  CAF_CHECK_EQUAL(problem_of({"serve", "--data-dir", "--demo"}), "kinora: DATA_DIR: needs a value");
  CAF_CHECK(problem_of({"serve", "--host="}).starts_with("kinora: HOST:"));
}

CAF_TEST(a negative number is out of range and not a flag) {
  CAF_CHECK(problem_of({"serve", "--port", "-1"}).starts_with("kinora: PORT:"));
  CAF_CHECK(problem_of({"serve", "--port=-1"}).starts_with("kinora: PORT: '-1' is not a whole number"));
}

CAF_TEST(the environment reaches the settings) {
  auto env = [](const char* name) -> const char* { return std::string_view{name} == "PORT" ? "7" : nullptr; };
  auto x = parse({"serve"}, env);
  CAF_CHECK_EQUAL(std::get<settings>(x).port, 7u);
}

CAF_TEST(a look at the store takes the settings of serve) {
  auto asked = parse({"store", "check", "--data-dir", "/tmp/x"});
  auto* check = std::get_if<check_store>(&asked);
  CAF_REQUIRE(check != nullptr);
  CAF_CHECK_EQUAL(check->with.data_dir, "/tmp/x");
  CAF_CHECK_EQUAL(check->with.store, "rocksdb");
  CAF_CHECK(problem_of({"store"}).starts_with("kinora: command: unknown; there are"));
  CAF_CHECK(problem_of({"store", "chekc"}).starts_with("kinora: command: unknown; there are"));
  CAF_CHECK_EQUAL(problem_of({"store", "check", "--data-dri"}),
                  "kinora: store check: unknown argument '--data-dri'; see kinora store check --help");
  CAF_CHECK(text_of({"store", "check", "--help"}).starts_with("usage: kinora store check "));
}

CAF_TEST(import takes a tenant and files and settings) {
  auto asked = parse({"import", "--tenant", "acme", "--videos", "v.ndjson", "--events=-", "--shift-to-now",
                      "--data-dir", "/tmp/x"});
  auto* x = std::get_if<import_data>(&asked);
  CAF_REQUIRE(x != nullptr);
  CAF_CHECK_EQUAL(x->tenant, "acme");
  CAF_CHECK_EQUAL(x->files, (std::map<std::string, std::string>{{"events", "-"}, {"videos", "v.ndjson"}}));
  CAF_CHECK(x->shift_to_now);
  CAF_CHECK_EQUAL(x->rejected, "kinora-import-rejected.ndjson");
  CAF_CHECK_EQUAL(x->with.data_dir, "/tmp/x");
  CAF_CHECK(problem_of({"import", "--videos", "v"}).starts_with("kinora: --tenant: is missing"));
  CAF_CHECK(problem_of({"import", "--tenant", "a b", "--videos", "v"}).starts_with("kinora: --tenant: "));
  CAF_CHECK_EQUAL(problem_of({"import", "--tenant", "a", "--videos", "--events", "e"}),
                  "kinora: --videos: needs a value");
  CAF_CHECK(problem_of({"import", "--tenant", "a", "--vidoes", "v"})
                .starts_with("kinora: import: unknown argument '--vidoes'"));
  CAF_CHECK(text_of({"import", "--help"}).starts_with("usage: kinora import "));
}

CAF_TEST(a token file of a client is the admin token) {
  CAF_CHECK(problem_of({"import", "--tenant", "a", "--token-file", "/nowhere"})
                .starts_with("kinora: ADMIN_TOKEN_FILE: cannot read '/nowhere'"));
  auto with_token = [](const char* name) {
    return std::string_view{name} == "ADMIN_TOKEN" ? "secret" : nullptr;
  };
  auto asked = parse({"import", "--tenant", "a", "--videos", "v", "--server", "http://h:1"}, with_token);
  CAF_REQUIRE(std::holds_alternative<import_data>(asked));
  CAF_CHECK_EQUAL(std::get<import_data>(asked).with.admin_token, "secret");
}

CAF_TEST(export reads a closed store alone) {
  auto asked = parse({"export", "--tenant", "acme", "--signals", "s", "--rules", "-"});
  CAF_REQUIRE(std::holds_alternative<export_data>(asked));
  CAF_CHECK_EQUAL(std::get<export_data>(asked).files,
                  (std::map<std::string, std::string>{{"rules", "-"}, {"signals", "s"}}));
  CAF_CHECK(problem_of({"export", "--tenant", "a", "--events", "e"}).starts_with("kinora: export: unknown"));
  CAF_CHECK(problem_of({"export", "--tenant", "a", "--signals", "s", "--server", "http://h:1"})
                .starts_with("kinora: --server: an export reads a closed store or a backup"));
  CAF_CHECK(text_of({"export", "--help"}).starts_with("usage: kinora export "));
}

CAF_TEST(backups are made of the store or by a server and restored from a folder) {
  auto asked = parse({"store", "backup", "--to", "/tmp/b", "--data-dir", "/tmp/x"});
  CAF_REQUIRE(std::holds_alternative<make_backup>(asked));
  CAF_CHECK_EQUAL(std::get<make_backup>(asked).with.backup_dir, "/tmp/b");
  CAF_CHECK(problem_of({"store", "backup", "--to", "/tmp/b", "--server", "http://h:1"})
                .starts_with("kinora: --to: a running server"));
  asked = parse({"store", "restore", "--from", "/tmp/b", "--data-dir", "/tmp/x"});
  CAF_REQUIRE(std::holds_alternative<restore_store>(asked));
  CAF_CHECK_EQUAL(std::get<restore_store>(asked).from, "/tmp/b");
  CAF_CHECK(problem_of({"store", "restore"}).starts_with("kinora: --from: is missing"));
  CAF_CHECK(text_of({"store", "backup", "--help"}).starts_with("usage: kinora store backup "));
  CAF_CHECK(text_of({"store", "restore", "--help"}).starts_with("usage: kinora store restore "));
}

CAF_TEST(help and version are texts) {
  CAF_CHECK(text_of({"help"}).starts_with("usage: kinora"));
  CAF_CHECK_EQUAL(text_of({"--help"}), text_of({"help"}));
  CAF_CHECK_EQUAL(text_of({"version"}), "kinora " KINORA_VERSION "\n");
  CAF_CHECK_EQUAL(text_of({"help", "settings"}), settings_markdown());
  CAF_CHECK_EQUAL(text_of({"serve", "--help"}), settings_help());
}

CAF_TEST(the help of serve lists every setting with default and unit and meaning) {
  auto help = text_of({"serve", "--help"});
  for (const auto& row : settings_table()) {
    CAF_CHECK(help.find("  " + flag_of(row) + "  (default: ") != std::string::npos);
    CAF_CHECK(help.find(row.help) != std::string::npos);
  }
  CAF_CHECK(help.find("--feed-budget-ms  (default: 100; 1..60000 ms)") != std::string::npos);
}

CAF_TEST(no command and an unknown one and words too many are refused) {
  CAF_CHECK_EQUAL(problem_of({}), "kinora: command: missing: serve, import, export, store, version or help");
  CAF_CHECK(problem_of({"start"}).starts_with("kinora: command: unknown 'start'"));
  CAF_CHECK(problem_of({"version", "now"}).starts_with("kinora: command: unexpected 'now'"));
}
