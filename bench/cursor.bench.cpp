// What signing and checking the cursor costs, by the items that the session has been served.
#include "domain/cursor.hpp"
#include "bench/support/world.hpp"
#include "domain/ids.hpp"

#include <benchmark/benchmark.h>

using namespace kinora;

namespace {

session session_of(std::size_t served) {
  session out{true, bench::noon + std::chrono::seconds{1'800}, {}};
  for (std::size_t i = 0; i < served; ++i)
    out.served.push_back(video_hash(bench::video_id(i)));
  return out;
}

void cursor_encode(benchmark::State& state) {
  cursor_codec codec{{make_cursor_key("a secret of the benchmark")}};
  auto x = session_of(static_cast<std::size_t>(state.range(0)));
  for (auto _ : state)
    benchmark::DoNotOptimize(codec.encode(x, "bench", "user_000042"));
}
BENCHMARK(cursor_encode)->ArgName("served")->Arg(20)->Arg(100)->Arg(480);

void cursor_check(benchmark::State& state) {
  cursor_codec codec{{make_cursor_key("a secret of the benchmark")}};
  auto token = codec.encode(session_of(static_cast<std::size_t>(state.range(0))), "bench", "user_000042");
  for (auto _ : state) {
    auto found = codec.decode(token, "bench", "user_000042", bench::noon);
    if (!found) {
      state.SkipWithError("the cursor is refused");
      break;
    }
    benchmark::DoNotOptimize(found->served.data());
  }
}
BENCHMARK(cursor_check)->ArgName("served")->Arg(20)->Arg(100)->Arg(480);

} // namespace
