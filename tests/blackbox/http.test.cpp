#define CAF_SUITE blackbox.http
#include "tests/support/unit_test.hpp"

#include "tests/blackbox/support/server.hpp"

#include <algorithm>

using namespace kinora::blackbox;
using namespace std::chrono_literals;

namespace {

server& demo() {
  static server running{
      patiently({"--demo", "--admin-max-upload-bytes", "100000", "--header-timeout-ms", "300",
                 "--body-timeout-ms", "300", "--cors-origins", "https://a.example,https://b.example"})};
  return running;
}

const std::vector<std::pair<std::string, std::string>> admin_routes{
    {"GET", "/admin/v1/flags"},
    {"PATCH", "/admin/v1/flags"},
    {"GET", "/admin/v1/tenants"},
    {"GET", "/admin/v1/tenants/tenant_sports"},
    {"PUT", "/admin/v1/tenants/tenant_sports"},
    {"DELETE", "/admin/v1/tenants/tenant_sports"},
    {"GET", "/admin/v1/tenants/tenant_sports/videos"},
    {"PUT", "/admin/v1/tenants/tenant_sports/videos"},
    {"GET", "/admin/v1/tenants/tenant_sports/videos/v1"},
    {"DELETE", "/admin/v1/tenants/tenant_sports/videos/v1"},
    {"GET", "/admin/v1/tenants/tenant_sports/users/user_sporty/signals"},
    {"PUT", "/admin/v1/tenants/tenant_sports/users/user_sporty/signals"},
    {"GET", "/admin/v1/tenants/tenant_sports/stats"},
    {"POST", "/admin/v1/tenants/tenant_sports/events"},
    {"POST", "/admin/v1/tenants/tenant_sports/signals"},
    {"POST", "/admin/v1/tenants/tenant_sports/popularity"},
    {"GET", "/admin/v1/backup"},
    {"POST", "/admin/v1/backup"},
    {"POST", "/admin/v1/tenants/tenant_sports/preview"},
    {"GET", "/admin/v1/tenants/tenant_sports/versions"},
    {"POST", "/admin/v1/tenants/tenant_sports/rollback"},
    {"GET", "/admin/v1/tenants/tenant_sports/keys"},
    {"POST", "/admin/v1/tenants/tenant_sports/keys"},
    {"DELETE", "/admin/v1/tenants/tenant_sports/keys"},
    {"GET", "/admin/v1/tokens"},
    {"POST", "/admin/v1/tokens"},
    {"DELETE", "/admin/v1/tokens/start"},
    {"GET", "/admin/v1/audit"},
    {"GET", "/admin/v1/actors"},
    {"GET", "/admin/v1/breakers"},
    {"POST", "/admin/v1/breakers/signals/reset"},
    {"GET", "/metrics"}};

/// Status of the answer to a request as it is; 0 when the connection was just closed.
int status_of(std::uint16_t port, std::string_view bytes) {
  const auto answer = raw(port, bytes, 3s);
  return answer.starts_with("HTTP/1.1 ") ? std::stoi(answer.substr(9)) : 0;
}

bool lists(const std::string& header, const std::string& name) {
  return (", " + header + ",").find(", " + name + ",") != std::string::npos;
}

} // namespace

CAF_TEST(the admin api answers nobody without the token) {
  const auto before = kept_by(demo());
  for (auto& [method, path] : admin_routes)
    for (auto token : {"", "Bearer", "Bearer ", "Bearer wrong", "Bearer token-of-the-test",
                       "Bearer token-of-the-testss", "Basic token-of-the-tests", "token-of-the-tests"}) {
      const auto sent = std::string{token}.empty() ? headers{} : headers{{"Authorization", token}};
      const auto answer = demo().stranger().send(method, path, method == "GET" ? "" : "{}", sent);
      CAF_CHECK_EQUAL(problem_of(answer), "401");
      CAF_CHECK_EQUAL(answer.header("WWW-Authenticate"), "Bearer");
    }
  CAF_CHECK_EQUAL(kept_by(demo()), before);
  const auto written = demo().child().out() + demo().child().err();
  CAF_CHECK(written.find(admin_token) == std::string::npos);
}

CAF_TEST(the public port has no admin routes) {
  for (auto& [method, path] : admin_routes)
    CAF_CHECK_EQUAL(problem_of(demo().api().send(method, path, method == "GET" ? "" : "{}",
                                                 {{"Authorization", "Bearer " + admin_token}})),
                    "404");
}

CAF_TEST(the admin port serves feeds without the token) {
  CAF_CHECK_EQUAL(demo().stranger().get("/v1/feed?user_hash=user_sporty").status, 200);
}

CAF_TEST(without chaos nothing can be hurt) {
  CAF_CHECK_EQUAL(problem_of(demo().admin().post("/admin/v1/actors/rankers/0/kill")), "404");
  for (auto path :
       {"/admin/v1/actors/rankers/0/faults", "/admin/v1/faults/signals", "/admin/v1/faults/ranking"}) {
    CAF_CHECK_EQUAL(problem_of(demo().admin().put(path, "{}")), "404");
    CAF_CHECK_EQUAL(problem_of(demo().admin().del(path)), "404");
  }
}

CAF_TEST(a wrong method is told the right ones) {
  auto check = [](const endpoint& at, const std::string& method, const std::string& path,
                  const std::string& allowed) {
    const auto answer = at.send(method, path, method == "GET" ? "" : "{}");
    CAF_CHECK_EQUAL(problem_of(answer), "405");
    CAF_CHECK(lists(answer.header("Allow"), allowed));
    CAF_CHECK(!lists(answer.header("Allow"), method));
  };
  for (auto method : {"POST", "PUT", "DELETE", "PATCH"}) {
    check(demo().api(), method, "/v1/feed", "GET");
    check(demo().api(), method, "/v1/feed", "HEAD");
    check(demo().api(), method, "/health", "GET");
  }
  check(demo().admin(), "POST", "/admin/v1/flags", "PATCH");
  check(demo().admin(), "POST", "/admin/v1/tenants/a", "DELETE");
  check(demo().admin(), "GET", "/admin/v1/tenants/tenant_sports/preview", "POST");
}

CAF_TEST(every answer carries a request id) {
  const auto made = demo().api().get("/health").header("X-Request-ID");
  CAF_CHECK(!made.empty());
  CAF_CHECK(demo().api().get("/health").header("X-Request-ID") != made);
  for (auto path : {"/health", "/v1/feed?user_hash=u", "/v1/feed", "/nowhere"}) {
    CAF_CHECK_EQUAL(demo().api().get(path, {{"X-Request-ID", "abc-1.2_3"}}).header("X-Request-ID"),
                    "abc-1.2_3");
    for (auto& bad : {std::string{"a b"}, std::string{"a\"b"}, std::string(200, 'x')})
      CAF_CHECK(demo().api().get(path, {{"X-Request-ID", bad}}).header("X-Request-ID") != bad);
  }
  const std::string trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
  CAF_CHECK_EQUAL(demo().api().get("/health", {{"traceparent", trace}}).header("traceparent"), trace);
  CAF_CHECK_EQUAL(demo().api().get("/health", {{"traceparent", "nonsense"}}).header("traceparent"), "");
}

CAF_TEST(pages of the origins in the settings may read feeds) {
  const auto known = demo().api().get("/v1/feed?user_hash=u", {{"Origin", "https://b.example"}});
  CAF_CHECK_EQUAL(known.header("Access-Control-Allow-Origin"), "https://b.example");
  CAF_CHECK(lists(known.header("Vary"), "Origin"));
  const auto stranger = demo().api().get("/v1/feed?user_hash=u", {{"Origin", "https://c.example"}});
  CAF_CHECK_EQUAL(stranger.header("Access-Control-Allow-Origin"), "");
  CAF_CHECK(lists(stranger.header("Vary"), "Origin"));
  const auto flight = demo().api().send(
      "OPTIONS", "/v1/feed", {}, {{"Origin", "https://a.example"}, {"Access-Control-Request-Method", "GET"}});
  CAF_CHECK_EQUAL(flight.status, 204);
  CAF_CHECK(lists(flight.header("Access-Control-Allow-Methods"), "GET"));
  CAF_CHECK(lists(flight.header("Access-Control-Allow-Headers"), "X-Tenant-ID"));
}

CAF_TEST(a body over its limit is refused and the server goes on) {
  const auto before = kept_by(demo());
  const auto path = "/admin/v1/tenants/tenant_sports/videos";
  CAF_CHECK_EQUAL(problem_of(demo().admin().put(path, std::string(100'001, ' '))), "413");
  CAF_CHECK_EQUAL(demo().admin().put(path, std::string(100'000, ' ')).status, 200);
  const auto chunked = "PUT " + std::string{path} + " HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer " +
                       admin_token + "\r\nTransfer-Encoding: chunked\r\n\r\n186A1\r\n" +
                       std::string(100'001, ' ') + "\r\n0\r\n\r\n";
  CAF_CHECK_EQUAL(status_of(demo().admin().port(), chunked), 413);
  CAF_CHECK_EQUAL(problem_of(demo().api().post("/v1/feed?user_hash=u", std::string(1'048'577, ' '))), "413");
  CAF_CHECK_EQUAL(problem_of(demo().api().post("/v1/feed?user_hash=u", std::string(1'000, ' '))), "405");
  CAF_CHECK_EQUAL(kept_by(demo()), before);
}

CAF_TEST(what could be read in two ways is refused) {
  const std::string line = "GET /v1/feed?user_hash=u HTTP/1.1\r\n";
  const std::string host = "Host: a\r\n";
  for (auto& [expected, bytes] : std::vector<std::pair<int, std::string>>{
           {400, line + "\r\n"},
           {400, line + host + host + "\r\n"},
           {400, line + host + "Content-Length: 3\r\n\r\nabc"},
           {400, line + host + "Content-Length: 0\r\nContent-Length: 0\r\n\r\n"},
           {400, line + host + "Transfer-Encoding: x, chunked\r\n\r\n"},
           {400, line + host + "A: b\r\n c\r\n\r\n"},
           {400, line + host + "Bad Name: b\r\n\r\n"},
           {400, line + host + std::string("A: b\0c\r\n", 8) + "\r\n"},
           {400, "GET /v1/feed?user_hash=\xFF HTTP/1.1\r\n" + host + "\r\n"},
           {400, "nonsense\r\n\r\n"},
           {400, "GET /health HTTP/2.0\r\n" + host + "\r\n"},
           {414, "GET /" + std::string(20'000, 'x') + " HTTP/1.1\r\n" + host + "\r\n"},
           {431, line + host + "A: " + std::string(20'000, 'x') + "\r\n\r\n"}}) {
    CAF_MESSAGE(bytes.substr(0, 100));
    CAF_CHECK_EQUAL(status_of(demo().api().port(), bytes), expected);
    CAF_CHECK_EQUAL(status_of(demo().admin().port(), bytes), expected);
  }
}

CAF_TEST(a page comes as gzip to who asks for it and else as it is) {
  const auto port = demo().api().port();
  const std::string line =
      "GET /v1/feed?user_hash=user_home_cook HTTP/1.1\r\nHost: a\r\nX-Tenant-ID: tenant_showcase\r\n"
      "Connection: close\r\n";
  for (auto& [fields, zipped] :
       std::vector<std::pair<std::string, bool>>{{"", false},
                                                 {"Accept-Encoding: gzip, br\r\n", true},
                                                 {"Accept-Encoding: gzip;q=0\r\n", false},
                                                 {"Accept-Encoding: zstd\r\n", false},
                                                 {"Range: bytes=0-9\r\n", false}}) {
    connection c{port};
    c.send(line + fields + "\r\n");
    const auto answer = c.receive_all();
    CAF_MESSAGE(fields);
    CAF_CHECK(answer.starts_with("HTTP/1.1 200 "));
    CAF_CHECK_EQUAL(answer.find("Content-Encoding: gzip") != answer.npos, zipped);
    CAF_CHECK_EQUAL(answer.find("\"items\":") == answer.npos, zipped);
    CAF_CHECK(answer.find("Vary: X-User-Hash, X-Tenant-ID, Accept-Encoding") != answer.npos); // in Vary
  }
}

CAF_TEST(events may come in chunks and are limited after decoding) {
  const std::string head =
      "POST /v1/events HTTP/1.1\r\nHost: a\r\nX-Tenant-ID: tenant_sports\r\nConnection: close\r\n"
      "Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n";
  connection whole{demo().api().port()};
  whole.send(head + "1\r\n[\r\n1;x\r\n]\r\n0\r\n\r\n");
  CAF_CHECK(whole.receive_all().starts_with("HTTP/1.1 202 "));
  connection endless{demo().api().port()};
  endless.send(head);
  const auto chunk = "10000\r\n" + std::string(0x10000, ' ') + "\r\n";
  for (int i = 0; i < 17; ++i)
    endless.send(chunk);
  CAF_CHECK(endless.receive_all().starts_with("HTTP/1.1 413 "));
}

CAF_TEST(who does not finish a request in time is let go) {
  CAF_CHECK_EQUAL(status_of(demo().api().port(), "GET /health HTTP/1.1\r\nHost: a\r\n"), 408);
  CAF_CHECK_EQUAL(
      status_of(demo().admin().port(), "PATCH /admin/v1/flags HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n"
                                       "Authorization: Bearer " +
                                           admin_token + "\r\n\r\n{"),
      408);
}

CAF_TEST(a connection answers many requests and several sent at once) {
  keep_alive_client client{demo().api().port()};
  std::vector<std::chrono::steady_clock::duration> took;
  for (int i = 0; i < 200; ++i) {
    const auto answer = client.send("GET", "/v1/feed?user_hash=u");
    CAF_CHECK_EQUAL(answer.status, 200);
    took.push_back(answer.took);
  }
  std::sort(took.begin(), took.end());
  CAF_CHECK(took[100] < 20ms); // no 40 ms of a delayed acknowledgement
  connection pipelined{demo().api().port()};
  pipelined.send("GET /health HTTP/1.1\r\nHost: a\r\n\r\nGET /nowhere HTTP/1.1\r\nHost: a\r\n\r\n"
                 "GET /health HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
  const auto answers = pipelined.receive_all();
  CAF_CHECK(pipelined.closed());
  const auto second = answers.find("HTTP/1.1 404");
  CAF_CHECK(answers.starts_with("HTTP/1.1 200"));
  CAF_CHECK(second != std::string::npos && answers.find("HTTP/1.1 200", second) != std::string::npos);
}
