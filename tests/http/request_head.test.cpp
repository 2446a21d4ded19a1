#define CAF_SUITE http.request_head
#include "tests/support/unit_test.hpp"

#include "http/request_head.hpp"

#include <random>
#include <span>
#include <utility>

using namespace kinora::http;
using namespace std::string_literals;

namespace {

/// 0 for a head that is accepted, else the status that refuses it.
int status_of(std::string_view head) {
  const auto out = parse_request_head(head);
  return out ? 0 : out.error().status;
}

std::string with(const std::string& lines) {
  return "POST /v1/events HTTP/1.1\r\nHost: a\r\n" + lines + "\r\n";
}

struct hostile {
  std::string head;
  int status;
};

const hostile request_lines[] = {
    {"\r\n"s, 400},
    {"\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n"s, 400},
    {"GET\r\n\r\n"s, 400},
    {"GET /\r\n\r\n"s, 400},
    {"GET  HTTP/1.1\r\nHost: a\r\n\r\n"s, 400},
    {"GET /  HTTP/1.1\r\nHost: a\r\n\r\n"s, 400},
    {" GET / HTTP/1.1\r\nHost: a\r\n\r\n"s, 400},
    {"GET\t/\tHTTP/1.1\r\nHost: a\r\n\r\n"s, 400},
    {"GET / HTTP/1.1 \r\nHost: a\r\n\r\n"s, 400},
    {"GET /a b HTTP/1.1\r\nHost: a\r\n\r\n"s, 400},
    {"G@T / HTTP/1.1\r\nHost: a\r\n\r\n"s, 400},
    {"GET / HTTP/1.1\nHost: a\r\n\r\n"s, 400},
    {"GET / HTTP/1.1\r\r\nHost: a\r\n\r\n"s, 400},
    {"GET /\r HTTP/1.1\r\nHost: a\r\n\r\n"s, 400},
    {"GET / http/1.1\r\nHost: a\r\n\r\n"s, 400},
    {"GET / HTTP/1.1x\r\nHost: a\r\n\r\n"s, 400},
    {"GET / HTTP/11\r\nHost: a\r\n\r\n"s, 400},
    {"GET / HTTP/1.2\r\nHost: a\r\n\r\n"s, 400},
    {"GET / HTTP/2.0\r\nHost: a\r\n\r\n"s, 400},
    {"GET / HTTP/0.9\r\nHost: a\r\n\r\n"s, 400},
    {"PRI * HTTP/2.0\r\n\r\n"s, 400},
    {"OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n"s, 400},
    {"GET http://a/ HTTP/1.1\r\nHost: a\r\n\r\n"s, 400},
    {"CONNECT a:80 HTTP/1.1\r\nHost: a\r\n\r\n"s, 400},
    {"GET v1/feed HTTP/1.1\r\nHost: a\r\n\r\n"s, 400},
    {"GET /a#b HTTP/1.1\r\nHost: a\r\n\r\n"s, 400},
    {"GET /\xc3\xa9 HTTP/1.1\r\nHost: a\r\n\r\n"s, 400},
    {"GET /\x7f HTTP/1.1\r\nHost: a\r\n\r\n"s, 400},
    {"GET /a\0b HTTP/1.1\r\nHost: a\r\n\r\n"s, 400},
    {"GET /" + std::string(8192, 'a') + " HTTP/1.1\r\nHost: a\r\n\r\n", 414},
    {"\x16\x03\x01\x02\n\n"s, 400},
};

const hostile fields[] = {
    {"GET / HTTP/1.1\r\n\r\n"s, 400},
    {with("Host: a\r\n"), 400},
    {with("host: b\r\n"), 400},
    {"GET / HTTP/1.1\r\nHost: a, b\r\n\r\n"s, 400},
    {"GET / HTTP/1.1\r\nHost: a/b\r\n\r\n"s, 400},
    {"GET / HTTP/1.1\r\nHost: u@a\r\n\r\n"s, 400},
    {"GET / HTTP/1.1\r\nHost: a b\r\n\r\n"s, 400},
    {"GET / HTTP/1.1\r\n Host: a\r\n\r\n"s, 400},
    {with("X: a\r\n b\r\n"), 400},
    {with("X: a\r\n\tb\r\n"), 400},
    {with("X: a\r\n \r\n"), 400},
    {with("X : a\r\n"), 400},
    {with("X\t: a\r\n"), 400},
    {with(": a\r\n"), 400},
    {with("X\r\n"), 400},
    {with("X Y: a\r\n"), 400},
    {with("X(: a\r\n"), 400},
    {with("\xc3\xa9: a\r\n"), 400},
    {with("X: a\nY: b\r\n"), 400},
    {with("X: a\rY: b\r\n"), 400},
    {with("X: a\r\r\n"), 400},
    {with("X: a\n"), 400},
    {with("X: a\0b\r\n"s), 400},
    {with("X\0: a\r\n"s), 400},
    {with("X: a\x01\r\n"), 400},
    {with("X: a\x7f\r\n"), 400},
    {with("Expect: 200-ok\r\n"), 417},
    {with("Content-Encoding: gzip\r\nContent-Length: 5\r\n"), 415},
    {with("Content-Encoding: br\r\n"), 415},
    {with("Content-Encoding: identity, gzip\r\n"), 415},
    {with("X: " + std::string(16 * 1024, 'a') + "\r\n"), 431},
};

const hostile framings[] = {
    {with("Content-Length: 5\r\nContent-Length: 5\r\n"), 400},
    {with("Content-Length: 5\r\ncontent-length: 6\r\n"), 400},
    {with("Content-Length: 5, 5\r\n"), 400},
    {with("Content-Length: +5\r\n"), 400},
    {with("Content-Length: -5\r\n"), 400},
    {with("Content-Length: 5 5\r\n"), 400},
    {with("Content-Length: 5;\r\n"), 400},
    {with("Content-Length: 0x5\r\n"), 400},
    {with("Content-Length: 5.0\r\n"), 400},
    {with("Content-Length: %35\r\n"), 400},
    {with("Content-Length: \"5\"\r\n"), 400},
    {with("Content-Length: \r\n"), 400},
    {with("Content-Length: 99999999999999999999\r\n"), 400},
    {with("Content-Length : 5\r\n"), 400},
    {with("Content-Length:\x0b 5\r\n"), 400},
    {with("Transfer-Encoding: chunked\r\nContent-Length: 5\r\n"), 400},
    {with("Content-Length: 0\r\nTransfer-Encoding: chunked\r\n"), 400},
    {with("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n"), 400},
    {with("Transfer-Encoding: chunked, chunked\r\n"), 400},
    {with("Transfer-Encoding: x, chunked\r\n"), 400},
    {with("Transfer-Encoding: gzip, chunked\r\n"), 400},
    {with("Transfer-Encoding: chunked, gzip\r\n"), 400},
    {with("Transfer-Encoding: xchunked\r\n"), 400},
    {with("Transfer-Encoding: \"chunked\"\r\n"), 400},
    {with("Transfer-Encoding: chunked;q=1\r\n"), 400},
    {with("Transfer-Encoding: identity\r\n"), 400},
    {with("Transfer-Encoding: identity\r\nContent-Length: 5\r\n"), 400},
    {with("Transfer-Encoding: \r\n"), 400},
    {with("Transfer-Encoding:\x0b"
          "chunked\r\n"),
     400},
    {with("Transfer-Encoding : chunked\r\n"), 400},
    {with("Transfer-Encoding:\r\n chunked\r\n"), 400},
    {"POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n"s, 400},
    {"GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\n"s, 400},
    {"GET / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"s, 400},
    {"HEAD / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\n"s, 400},
    {"OPTIONS / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\n"s, 400},
};

void check(std::span<const hostile> table) {
  for (std::size_t row = 0; row < table.size(); ++row) {
    const auto status = status_of(table[row].head);
    CAF_CHECK_EQUAL(std::pair(row, status), std::pair(row, table[row].status));
  }
}

} // namespace

CAF_TEST(hostile request lines are refused) {
  check(request_lines);
}

CAF_TEST(hostile header fields are refused) {
  check(fields);
}

CAF_TEST(framing that readers could disagree about is refused) {
  check(framings);
}

CAF_TEST(a head cut off anywhere is never accepted) {
  const auto head = with("Content-Length: 12\r\nX-User-Hash: ada\r\n");
  for (std::size_t size = 0; size < head.size(); ++size) {
    if (find_head_end(std::string_view{head}.substr(0, size)) != 0)
      CAF_FAIL("an end was found at " << size);
    if (status_of(std::string_view{head}.substr(0, size)) == 0)
      CAF_FAIL("accepted at " << size);
  }
  CAF_CHECK_EQUAL(find_head_end(head + "body"), head.size());
}

CAF_TEST(a well - formed head is read as sent) {
  const auto head = parse_request_head(
      "GET /a%2Fb?x=%20&y HTTP/1.1\r\nhost: a:80\r\nX-A: \t1 2\t \r\nX-A:\r\nX-B: \xc3\xa9%41\r\n\r\n");
  CAF_REQUIRE(head.has_value());
  CAF_CHECK_EQUAL(head->method, "GET");
  CAF_CHECK_EQUAL(head->path, "/a%2Fb");
  CAF_CHECK_EQUAL(head->query, "x=%20&y");
  CAF_REQUIRE_EQUAL(head->headers.size(), 4u);
  CAF_CHECK_EQUAL(head->headers[1].second, "1 2");
  CAF_CHECK_EQUAL(head->headers[2].second, "");
  CAF_CHECK_EQUAL(head->headers[3].second, "\xc3\xa9%41");
  CAF_CHECK(head->keep_alive);
  CAF_CHECK(!head->has_body());
}

CAF_TEST(a body is announced by a length or by chunks) {
  CAF_CHECK(parse_request_head(with("Content-Length: 012\r\n"))->content_length == 12u);
  CAF_CHECK(!parse_request_head(with("Content-Length: 0\r\n"))->has_body());
  CAF_CHECK(parse_request_head(with("transfer-encoding: Chunked\r\n"))->chunked);
  CAF_CHECK(!parse_request_head(with(""))->has_body());
  CAF_CHECK(parse_request_head(with("Expect: 100-Continue\r\nContent-Length: 1\r\n"))->expects_continue);
  CAF_CHECK(parse_request_head(with("Content-Encoding: identity\r\nContent-Length: 1\r\n"))->has_body());
}

CAF_TEST(a connection stays open unless it is to be closed) {
  CAF_CHECK(parse_request_head(with("Connection: keep-alive\r\n"))->keep_alive);
  CAF_CHECK(!parse_request_head(with("Connection: Close\r\n"))->keep_alive);
  CAF_CHECK(!parse_request_head(with("Connection: upgrade, close\r\n"))->keep_alive);
  CAF_CHECK(!parse_request_head("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")->keep_alive);
}

CAF_TEST(the number of headers is bounded) {
  std::string lines;
  for (int i = 1; i < 100; ++i)
    lines += "X: y\r\n";
  CAF_CHECK_EQUAL(status_of(with(lines)), 0);
  CAF_CHECK_EQUAL(status_of(with(lines + "X: y\r\n")), 431);
}

CAF_TEST(an endless head is refused before it ends) {
  const head_limits limits;
  CAF_CHECK(!check_partial_head("GET /", limits));
  CAF_CHECK(check_partial_head("GET /" + std::string(9000, 'a'), limits)->status == 414);
  CAF_CHECK(check_partial_head("GET / HTTP/1.1\r\nX: " + std::string(17'000, 'a'), limits)->status == 431);
}

CAF_TEST(no mutation of a head makes the reader fail otherwise) {
  const auto seed = std::random_device{}();
  std::mt19937_64 random{seed};
  CAF_MESSAGE("seed " << seed);
  const auto good = with("Content-Length: 12\r\nConnection: close, x\r\n");
  int accepted = 0;
  for (int i = 0; i < 20'000; ++i) {
    auto head = good;
    for (auto left = 1 + random() % 3; left > 0; --left)
      head[random() % head.size()] = static_cast<char>(random());
    const auto status = status_of(head);
    accepted += status == 0 ? 1 : 0;
    if (status != 0 && (status < 400 || status > 505))
      CAF_FAIL("status " << status);
  }
  CAF_CHECK(accepted > 0);
}
