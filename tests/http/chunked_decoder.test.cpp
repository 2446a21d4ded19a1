#define CAF_SUITE http.chunked_decoder
#include "tests/support/unit_test.hpp"

#include "http/chunked_decoder.hpp"

using namespace kinora::http;

namespace {

using status = chunked_decoder::status;

/// Decodes `text` in pieces of `step` bytes; says how it ended, the body and what was left.
std::string decode(std::string_view text, std::size_t step) {
  chunked_decoder decoder;
  std::string body;
  auto last = status::needs_more;
  while (!text.empty() && last == status::needs_more) {
    auto piece = text.substr(0, step);
    const auto size = piece.size();
    last = decoder.decode(piece, body);
    text.remove_prefix(size - piece.size());
  }
  if (last == status::malformed)
    return "malformed";
  return (last == status::done ? "done:" : "more:") + body + ":" + std::string{text};
}

} // namespace

CAF_TEST(a body is the same however it is cut) {
  for (std::size_t step = 1; step < 40; ++step) {
    CAF_CHECK_EQUAL(decode("5\r\nhello\r\n01;x=\"y\"\r\n!\r\n0\r\n\r\nGET /", step), "done:hello!:GET /");
    CAF_CHECK_EQUAL(decode("A\r\n0123456789\r\n000\r\n\r\n", step), "done:0123456789:");
    CAF_CHECK_EQUAL(decode("5\r\nhel", step), "more:hel:");
  }
}

CAF_TEST(framing that another reader could read differently is refused) {
  for (const std::string text : {"\r\n",
                                 "x\r\n",
                                 "-1\r\n",
                                 "+1\r\n",
                                 "0x1\r\n",
                                 " 1\r\n",
                                 "1 \r\na",
                                 "1\na",
                                 "1\r\na\n",
                                 "1\r\nab\r\n",
                                 "1\r\na\r0",
                                 "100000000\r\n",
                                 "ffffffffffffffffff\r\n",
                                 "1;\x01\r\na",
                                 "1;a\nb\r\n",
                                 "1\r\r\n",
                                 ";\r\n",
                                 "0\r\nTrailer: x\r\n\r\n",
                                 "0\n\n",
                                 "0\r\n\n",
                                 "1\r\na\r\nz",
                                 "1_0\r\n"})
    for (const std::size_t step : {1u, 100u})
      CAF_CHECK_EQUAL(decode(text, step), "malformed");
  CAF_CHECK_EQUAL(decode("1;" + std::string(300, 'x'), 7), "malformed");
}
