// Tracking tokens as clients send them: none but our own is ever taken.
#include "tests/fuzz/check.hpp"

#include "domain/tracking.hpp"

using namespace kinora;

namespace {

constexpr wall_time now{std::chrono::milliseconds{1'790'000'000'000}};

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  static const tracking_codec codec{{make_cursor_key("a secret of this fuzz target")}};
  const std::string text{reinterpret_cast<const char*>(data), size};
  check(!codec.read(text, "tenant", "user", now), "a token that nobody has signed");

  // One of our own, and the same with what the input says changed: then it names another item, or nothing.
  const std::size_t items = 1 + size % 50;
  const tracked_page own{size % 2 == 0,
                         feed_type::trending,
                         size % 3 == 0 ? std::nullopt : std::optional{5'000u},
                         request_hash(text),
                         now,
                         size % 400,
                         items};
  const auto token = codec.sign(own, "tenant", "user").at(size % items);
  const auto back = codec.read(token, "tenant", "user", now);
  check(back && back->request == own.request && back->rank == own.first + size % items,
        "a token that changed");
  check(!codec.read(token, "other", "user", now), "a token of another tenant");
  check(!own.binds_user || !codec.read(token, "tenant", "other", now), "a token of another user");
  if (size >= 2) {
    auto altered = token;
    altered[(data[0] * 256u + data[1]) % altered.size()] ^= 1;
    const auto read = codec.read(altered, "tenant", "user", now);
    check(!read || (read->rank >= own.first && read->rank < own.first + items && read->rank != back->rank),
          "an altered token");
  }
  return 0;
}
