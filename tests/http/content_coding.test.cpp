#define CAF_SUITE http.content_coding
#include "tests/support/unit_test.hpp"

#include "http/content_coding.hpp"

#include <zlib.h>

using namespace kinora::http;

namespace {

response page(std::size_t bytes) {
  response out;
  for (int i = 0; out.body.size() < bytes; ++i)
    out.body += "{\"id\":" + std::to_string(i) + "},";
  out.body.resize(bytes);
  return out.set("Vary", "X-User-Hash, Accept-Encoding");
}

std::string unzip(const std::string& text) {
  z_stream stream{};
  ::inflateInit2(&stream, 15 + 16);
  std::string out(1'000'000, '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
  stream.avail_in = static_cast<uInt>(text.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  CAF_CHECK_EQUAL(::inflate(&stream, Z_FINISH), Z_STREAM_END);
  out.resize(stream.total_out);
  ::inflateEnd(&stream);
  return out;
}

} // namespace

CAF_TEST(gzip is taken by name or by a star unless its weight is zero) {
  for (auto yes : {"gzip", "GZIP", "x-gzip", "br, gzip", "gzip;q=0.5", "gzip ; q=1.0", "*",
                   "deflate;q=0, *;q=0.1", "identity;q=0, gzip", "gzip;q=0.001", "*;q=0, gzip"})
    if (!accepts_gzip(yes))
      CAF_FAIL("refused by " << yes);
  for (auto no : {"", "br", "identity", "gzip;q=0", "gzip;q=0.000", "gzip ; q=0.0", "*;q=0", "gzip;q=0, *",
                  "gzipped", "zstd, deflate", ",;=", ";q=1"})
    if (accepts_gzip(no))
      CAF_FAIL("accepted by " << no);
}

CAF_TEST(a long answer comes back as it was) {
  for (auto bytes : {1'024u, 7'000u, 900'000u}) {
    const auto plain = page(bytes);
    auto answer = plain;
    encode_content(answer, "gzip");
    CAF_CHECK(answer.header("Content-Encoding") == "gzip");
    CAF_CHECK(answer.body.size() < bytes / 2);
    CAF_CHECK(unzip(answer.body) == plain.body);
  }
}

CAF_TEST(what is not worth it or not asked for stays as it is) {
  auto short_one = page(1'023);
  encode_content(short_one, "gzip");
  CAF_CHECK_EQUAL(short_one.body.size(), 1'023u);
  CAF_CHECK(!short_one.header("Content-Encoding"));
  auto unasked = page(5'000);
  encode_content(unasked, "br");
  CAF_CHECK_EQUAL(unasked.body.size(), 5'000u);
  auto shed = page(5'000);
  shed.is_shed = true;
  encode_content(shed, "gzip");
  CAF_CHECK_EQUAL(shed.body.size(), 5'000u);
  auto error = page(5'000);
  error.status = 400;
  encode_content(error, "gzip");
  CAF_CHECK_EQUAL(error.body.size(), 5'000u);
  auto same_for_all = page(5'000);
  same_for_all.set("Vary", "X-User-Hash");
  encode_content(same_for_all, "gzip");
  CAF_CHECK_EQUAL(same_for_all.body.size(), 5'000u);
}
