// Bytes of a connection, as a listener reads them: head after head, with the bodies between.
#include "tests/fuzz/check.hpp"

#include "http/body_decoder.hpp"
#include "http/request_head.hpp"
#include "http/uri.hpp"

#include <algorithm>

using namespace kinora::http;

namespace {

constexpr std::size_t body_bytes_max = 4096;

struct read_body {
  body_decoder::status status = body_decoder::status::incomplete;
  std::string text;
  std::size_t bytes = 0; ///< Of the input.
};

/// Reads a body that arrives `step` bytes at a time.
read_body body_of(const request_head& head, std::string_view input, std::size_t step) {
  read_body out;
  body_decoder decoder{head, body_bytes_max};
  while (out.status == body_decoder::status::incomplete && !input.empty()) {
    auto piece = input.substr(0, step);
    const auto before = piece.size();
    out.status = decoder.take(piece, out.text);
    out.bytes += before - piece.size();
    input.remove_prefix(before - piece.size());
    if (out.status == body_decoder::status::incomplete)
      check(piece.empty(), "bytes were left though more are needed");
  }
  return out;
}

void check_head(const request_head& head) {
  check(!(head.chunked && head.content_length), "two ways to tell where the body ends");
  check(head.path.starts_with('/'), "a path that is none");
  const auto count = [&](std::string_view name) {
    return std::count_if(head.headers.begin(), head.headers.end(),
                         [&](const auto& x) { return equal_ignoring_case(x.first, name); });
  };
  check(count("Host") <= 1 && count("Content-Length") <= 1 && count("Transfer-Encoding") <= 1,
        "a field twice");
  for (const auto& [name, value] : head.headers)
    check(value.find_first_of(std::string_view{"\r\n\0", 3}) == value.npos, "a line's end in a value");
  (void)parse_query(head.query, {});
  for (const auto part : split_path(head.path))
    (void)percent_decode(part, "path");
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  std::string_view input{reinterpret_cast<const char*>(data), size};
  while (const auto length = find_head_end(input)) {
    const auto head = parse_request_head(input.substr(0, length));
    if (!head)
      return 0; // the connection ends
    check_head(*head);
    input.remove_prefix(length);
    if (!head->has_body())
      continue;
    const auto whole = body_of(*head, input, input.size());
    const auto trickled = body_of(*head, input, 1);
    check(whole.status == trickled.status, "it matters how a body arrives");
    if (whole.status != body_decoder::status::complete)
      return 0;
    check(whole.text == trickled.text && whole.bytes == trickled.bytes,
          "a body that differs by how it arrives");
    check(whole.text.size() <= body_bytes_max, "a body over the limit");
    input.remove_prefix(whole.bytes);
  }
  (void)check_partial_head(input, {});
  return 0;
}
