#define CAF_SUITE transfer.server_client
#include "tests/support/unit_test.hpp"

#include "transfer/server_client.hpp"

using namespace kinora;

CAF_TEST(the address of a server is a url without a path) {
  CAF_CHECK(parse_server("http://127.0.0.1:8081").value() == (server_address{"127.0.0.1", 8081}));
  CAF_CHECK(parse_server("http://host.example:1/").value() == (server_address{"host.example", 1}));
  CAF_CHECK(parse_server("http://[::1]:8081").value() == (server_address{"::1", 8081}));
  for (auto bad :
       {"", "127.0.0.1:8081", "http://", "http://host", "http://host:", "http://host:0", "http://:80",
        "http://host:99999", "http://host:80/path", "https://host:80", "http://host:8o"})
    CAF_CHECK_EQUAL(parse_server(bad).error().field, "--server");
}

CAF_TEST(a server that does not answer is given up with a reason) {
  server_client client{{{"127.0.0.1", 1}, "token", std::chrono::seconds{0}, [] { return false; }}};
  auto answer = client.send("GET", "/health", {}, {});
  CAF_REQUIRE(!answer);
  CAF_CHECK_EQUAL(answer.error().field, "--server");
  CAF_CHECK(answer.error().detail.starts_with("given up after 0 s: 127.0.0.1:1 does not answer"));
}
