// What strangers send to a port that speaks TLS: as long as they do not shake hands, nothing is heard from
// them and nothing is told to them.
#include "tests/fuzz/check.hpp"

#include "http/tls_stream.hpp"
#include "tests/support/temp_dir.hpp"
#include "tests/support/tls_pair.hpp"

#include <algorithm>

using namespace kinora;

namespace {

constexpr std::size_t answer_bytes_max =
    16 * 1024; // our part of a handshake, with the small certificate below

const http::tls_context& context() {
  static const test::temp_dir folder;
  static http::tls_context out{folder / "crt", folder / "key"};
  static const auto loaded = [] {
    const auto pair = test::make_tls_pair();
    test::write_file(folder / "crt", pair.certificate);
    test::write_file(folder / "key", pair.key);
    return out.load();
  }();
  check(loaded.has_value(), "a pair that is not loaded");
  return out;
}

} // namespace

/// The first byte says in how large pieces the others come.
extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  if (size == 0)
    return 0;
  const std::string_view bytes{reinterpret_cast<const char*>(data) + 1, size - 1};
  const auto piece = std::size_t{data[0]} + 1;
  http::tls_stream tested{context()};
  std::string plain;
  auto goes_on = true;
  for (std::size_t i = 0; i < bytes.size() && goes_on; i += piece)
    goes_on = tested.take(bytes.substr(i, piece), plain);
  check(plain.empty(), "text that nobody has sealed");
  check(!tested.is_established(), "a handshake with noise");
  check(!tested.seal("HTTP/1.1 200 OK"), "an answer to noise");
  tested.end();
  check(tested.output().size() <= answer_bytes_max, "a long answer to noise");
  check(goes_on || !tested.take("more", plain), "a stream that goes on after it has failed");
  return 0;
}
