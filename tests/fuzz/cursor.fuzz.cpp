// Cursors as clients send them: none but our own is ever taken.
#include "tests/fuzz/check.hpp"

#include "domain/cursor.hpp"

using namespace kinora;

namespace {

constexpr wall_time now{std::chrono::milliseconds{1'790'000'000'000}};

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  static const cursor_codec codec{{make_cursor_key("a secret of this fuzz target")}};
  const std::string text{reinterpret_cast<const char*>(data), size};
  check(!codec.decode(text, "tenant", "user", now), "a cursor that nobody has signed");

  // One of our own, and the same with what the input says changed.
  session own{size % 2 == 0, now + std::chrono::hours{1}, {}};
  for (std::size_t i = 0; i < size && i < session_items_max; ++i)
    own.served.push_back(data[i] * 0x0101'0101'0101u);
  const auto token = codec.encode(own, "tenant", "user");
  const auto back = codec.decode(token, "tenant", "user", now);
  check(back && back->served == own.served && back->binds_user == own.binds_user, "a cursor that changed");
  check(!codec.decode(token, "other", "user", now), "a cursor of another tenant");
  check(!own.binds_user || !codec.decode(token, "tenant", "other", now), "a cursor of another user");
  if (size >= 2) {
    auto altered = token;
    altered[(data[0] * 256u + data[1]) % altered.size()] ^= 1;
    check(!codec.decode(altered, "tenant", "user", now), "an altered cursor");
  }
  return 0;
}
