// Requests that two readers could take for different ones, or that are none. Each is to get one answer, a
// 4xx, and the end of its connection: what follows it is never read as a request.
#pragma once

#include <string>
#include <utility>
#include <vector>

namespace kinora::http {

struct bad_request {
  std::string what;
  std::string bytes;
};

inline std::vector<bad_request> bad_requests() {
  using namespace std::string_literals;
  const auto get = [](const std::string& lines) {
    return "GET /ping HTTP/1.1\r\nHost: a\r\n" + lines + "\r\n";
  };
  const auto post = [](const std::string& lines, const std::string& body) {
    return "POST /echo HTTP/1.1\r\nHost: a\r\n" + lines + "\r\n" + body;
  };
  const auto chunked = [&](const std::string& body) { return post("Transfer-Encoding: chunked\r\n", body); };
  return {
      // Where a body ends, by its length.
      {"two equal lengths", post("Content-Length: 5\r\nContent-Length: 5\r\n", "hello")},
      {"two lengths", post("Content-Length: 5\r\nContent-Length: 6\r\n", "hello")},
      {"two lengths, in different cases", post("Content-Length: 5\r\ncontent-length: 0\r\n", "hello")},
      {"a list of lengths", post("Content-Length: 5, 5\r\n", "hello")},
      {"a list of different lengths", post("Content-Length: 5,6\r\n", "hello")},
      {"a positive sign", post("Content-Length: +5\r\n", "hello")},
      {"a negative length", post("Content-Length: -5\r\n", "hello")},
      {"a negative zero", post("Content-Length: -0\r\n", "")},
      {"a percent-encoded length", post("Content-Length: %35\r\n", "hello")},
      {"a length with a space", post("Content-Length: 1 0\r\n", "hello")},
      {"a length with a tab", post("Content-Length: 1\t0\r\n", "hello")},
      {"a hexadecimal length", post("Content-Length: 0x5\r\n", "hello")},
      {"a length with a letter", post("Content-Length: 5a\r\n", "hello")},
      {"a length with a fraction", post("Content-Length: 5.0\r\n", "hello")},
      {"a length with an exponent", post("Content-Length: 5e0\r\n", "hello")},
      {"a quoted length", post("Content-Length: \"5\"\r\n", "hello")},
      {"an empty length", post("Content-Length:\r\n", "hello")},
      {"a length past 64 bits", post("Content-Length: 18446744073709551621\r\n", "hello")},
      {"a length with a NUL", post("Content-Length: 5\0\r\n"s, "hello")},
      {"a length in other digits", post("Content-Length: \xd9\xa5\r\n", "hello")},
      {"a space before the colon", post("Content-Length : 5\r\n", "hello")},
      {"a tab before the colon", post("Content-Length\t: 5\r\n", "hello")},
      {"a body on GET", get("Content-Length: 5\r\n") + "hello"},
      {"a chunked body on GET", get("Transfer-Encoding: chunked\r\n") + "0\r\n\r\n"},
      {"a body on HEAD", "HEAD /ping HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello"},
      // The same by transfer encoding.
      {"a length and chunks", post("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n")},
      {"chunks and a length", post("Transfer-Encoding: chunked\r\nContent-Length: 0\r\n", "0\r\n\r\n")},
      {"an unknown coding before chunked", post("Transfer-Encoding: x, chunked\r\n", "0\r\n\r\n")},
      {"a coding like chunked", post("Transfer-Encoding: xchunked\r\n", "0\r\n\r\n")},
      {"a coding after chunked", post("Transfer-Encoding: chunked, gzip\r\n", "0\r\n\r\n")},
      {"chunked twice in a list", post("Transfer-Encoding: chunked, chunked\r\n", "0\r\n\r\n")},
      {"chunked twice", post("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n")},
      {"chunked and identity",
       post("Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n", "0\r\n\r\n")},
      {"identity", post("Transfer-Encoding: identity\r\nContent-Length: 5\r\n", "hello")},
      {"gzip", post("Transfer-Encoding: gzip\r\n", "hello")},
      {"an empty coding", post("Transfer-Encoding:\r\n", "0\r\n\r\n")},
      {"quoted chunked", post("Transfer-Encoding: \"chunked\"\r\n", "0\r\n\r\n")},
      {"chunked with a parameter", post("Transfer-Encoding: chunked;q=1\r\n", "0\r\n\r\n")},
      {"chunked after a vertical tab", post("Transfer-Encoding: \vchunked\r\n", "0\r\n\r\n")},
      {"a folded coding", post("Transfer-Encoding:\r\n chunked\r\n", "0\r\n\r\n")},
      {"a space before the coding's colon", post("Transfer-Encoding : chunked\r\n", "0\r\n\r\n")},
      {"chunks in HTTP/1.0", "POST /echo HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"},
      // Chunks.
      {"a chunk of size 0x1", chunked("0x1\r\na\r\n0\r\n\r\n")},
      {"a chunk of negative size", chunked("-1\r\na\r\n0\r\n\r\n")},
      {"a chunk of signed size", chunked("+1\r\na\r\n0\r\n\r\n")},
      {"a chunk without a size", chunked("\r\na\r\n0\r\n\r\n")},
      {"a chunk with a space before its size", chunked(" 1\r\na\r\n0\r\n\r\n")},
      {"a chunk with a space after its size", chunked("1 \r\na\r\n0\r\n\r\n")},
      {"a chunk size past 32 bits", chunked("100000001\r\na\r\n0\r\n\r\n")},
      {"chunks with bare LF", chunked("1\na\n0\n\n")},
      {"a size line with a bare CR", chunked("1\ra\r\n0\r\n\r\n")},
      {"a chunk longer than its size", chunked("1\r\nab\r\n0\r\n\r\n")},
      {"an extension with a bare LF", chunked("1;a\nb\r\na\r\n0\r\n\r\n")},
      {"a trailer", chunked("0\r\nContent-Length: 5\r\n\r\n")},
      // Lines and fields.
      {"a folded header", get("X: a\r\n b\r\n")},
      {"a header folded with a tab", get("X: a\r\n\tb\r\n")},
      {"a first header that is folded", "GET /ping HTTP/1.1\r\n Host: a\r\n\r\n"},
      {"bare LF everywhere", "GET /ping HTTP/1.1\nHost: a\n\n"},
      {"a bare LF after the request line", "GET /ping HTTP/1.1\nHost: a\r\n\r\n"},
      {"a bare LF after a header", get("X: a\nY: b\r\n")},
      {"a bare CR in a header", get("X: a\rY: b\r\n")},
      {"a blank line that is a bare LF", "GET /ping HTTP/1.1\r\nHost: a\r\n\n"},
      {"a NUL in a value", get("X: a\0b\r\n"s)},
      {"a NUL in a name", get("X\0: a\r\n"s)},
      {"a NUL in the target", "GET /ping\0 HTTP/1.1\r\nHost: a\r\n\r\n"s},
      {"a control character in a value", get("X: a\x01\r\n")},
      {"a DEL in a value", get("X: a\x7f\r\n")},
      {"a header without a colon", get("X\r\n")},
      {"a header without a name", get(": a\r\n")},
      {"a header with a space in its name", get("X Y: a\r\n")},
      {"a header with a bracket in its name", get("X[]: a\r\n")},
      {"a header with a letter past ASCII in its name", get("X\xc3\xa4: a\r\n")},
      // Whom it is for.
      {"no Host", "GET /ping HTTP/1.1\r\n\r\n"},
      {"two Hosts", "GET /ping HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n"},
      {"the same Host twice", "GET /ping HTTP/1.1\r\nHost: a\r\nhost: a\r\n\r\n"},
      {"a list of Hosts", "GET /ping HTTP/1.1\r\nHost: a, b\r\n\r\n"},
      {"a Host with a user", "GET /ping HTTP/1.1\r\nHost: u@a\r\n\r\n"},
      {"a Host with a path", "GET /ping HTTP/1.1\r\nHost: a/b\r\n\r\n"},
      // The request line.
      {"HTTP/2.0", "GET /ping HTTP/2.0\r\nHost: a\r\n\r\n"},
      {"HTTP/1.2", "GET /ping HTTP/1.2\r\nHost: a\r\n\r\n"},
      {"HTTP/0.9", "GET /ping HTTP/0.9\r\n\r\n"},
      {"no version", "GET /ping\r\n\r\n"},
      {"the preface of HTTP/2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"},
      {"a version in lower case", "GET /ping http/1.1\r\nHost: a\r\n\r\n"},
      {"a version of another protocol", "GET /ping ICY/1.1\r\nHost: a\r\n\r\n"},
      {"a version that goes on", "GET /ping HTTP/1.1 x\r\nHost: a\r\n\r\n"},
      {"two spaces", "GET  /ping HTTP/1.1\r\nHost: a\r\n\r\n"},
      {"a tab for a space", "GET\t/ping HTTP/1.1\r\nHost: a\r\n\r\n"},
      {"a space first", " GET /ping HTTP/1.1\r\nHost: a\r\n\r\n"},
      {"a blank line first", "\r\nGET /ping HTTP/1.1\r\nHost: a\r\n\r\n"},
      {"a method that is no token", "G(T /ping HTTP/1.1\r\nHost: a\r\n\r\n"},
      {"no method", "/ping HTTP/1.1\r\nHost: a\r\n\r\n"},
      {"a target that is no path", "GET ping HTTP/1.1\r\nHost: a\r\n\r\n"},
      {"a target with a fragment", "GET /ping#x HTTP/1.1\r\nHost: a\r\n\r\n"},
      {"a target past ASCII", "GET /\xff HTTP/1.1\r\nHost: a\r\n\r\n"},
      {"a proxy's target", "GET http://a/ping HTTP/1.1\r\nHost: a\r\n\r\n"},
      {"a tunnel", "CONNECT a:80 HTTP/1.1\r\nHost: a\r\n\r\n"},
      {"TLS", "\x16\x03\x01\x02\x00\x01\x00\n\n"s},
      // What this server does not do.
      {"an expectation", post("Expect: a-miracle\r\nContent-Length: 5\r\n", "hello")},
      {"a compressed body", post("Content-Encoding: gzip\r\nContent-Length: 5\r\n", "hello")},
  };
}

} // namespace kinora::http
