// What publishing a changed catalogue costs its owner.
#include "bench/support/world.hpp"

#include <benchmark/benchmark.h>

#include <memory>
#include <utility>

using namespace kinora;

namespace {

void of_all_sizes(benchmark::internal::Benchmark* x) {
  x->ArgName("videos")->Unit(benchmark::kMicrosecond)->Arg(1'000)->Arg(10'000)->Arg(100'000);
}

/// Other rules: every block is built anew.
void snapshot_full(benchmark::State& state) {
  auto videos = bench::make_catalogue(static_cast<std::size_t>(state.range(0)));
  auto rules = std::make_shared<const tenant_rules>(bench::make_rules());
  auto other = std::make_shared<const tenant_rules>(bench::make_diverse_rules());
  for (auto _ : state) {
    benchmark::DoNotOptimize(videos.snapshot(rules));
    std::swap(rules, other);
  }
}
BENCHMARK(snapshot_full)->Apply(of_all_sizes);

/// One video is replaced by another version of it: one block is built anew.
void snapshot_after_upsert(benchmark::State& state) {
  auto count = static_cast<std::size_t>(state.range(0));
  auto videos = bench::make_catalogue(count);
  auto rules = std::make_shared<const tenant_rules>(bench::make_rules());
  videos.snapshot(rules);
  auto changed = std::make_shared<const video>(bench::make_video(count / 2, count, " (cut)"));
  for (auto _ : state) {
    if (!videos.upsert(changed)) {
      state.SkipWithError("the video is refused");
      break;
    }
    benchmark::DoNotOptimize(videos.snapshot(rules));
  }
}
BENCHMARK(snapshot_after_upsert)->Apply(of_all_sizes);

} // namespace
