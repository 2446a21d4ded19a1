// What publishing a changed catalogue costs its owner.
#include "bench/support/world.hpp"
#include "domain/best_candidates.hpp"

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
    benchmark::DoNotOptimize(videos.snapshot(rules, bench::noon));
    std::swap(rules, other);
  }
}
BENCHMARK(snapshot_full)->Apply(of_all_sizes);

/// One video is replaced by another version of it: one block is built anew.
void snapshot_after_upsert(benchmark::State& state) {
  auto count = static_cast<std::size_t>(state.range(0));
  auto videos = bench::make_catalogue(count);
  auto rules = std::make_shared<const tenant_rules>(bench::make_rules());
  videos.snapshot(rules, bench::noon);
  auto changed = std::make_shared<const video>(bench::make_video(count / 2, count, " (cut)"));
  for (auto _ : state) {
    if (!videos.upsert(changed)) {
      state.SkipWithError("the video is refused");
      break;
    }
    benchmark::DoNotOptimize(videos.snapshot(rules, bench::noon));
  }
}
BENCHMARK(snapshot_after_upsert)->Apply(of_all_sizes);

/// The sum that video `index` has from its `turn`-th events on.
popularity_sum some_popularity(std::size_t index, std::size_t turn) {
  constexpr std::int64_t half_life_ms = 72 * 3'600'000;
  return {static_cast<double>((index * 7'919 + turn * 104'729) % 1'000) / 10.0,
          bench::noon.time_since_epoch().count(), half_life_ms};
}

/// Every video, or every `step`-th, gets new popularity.
void teach(catalogue& videos, std::size_t count, std::size_t step, std::size_t turn) {
  for (std::size_t i = 0; i < count; i += step)
    videos.set_popularity(bench::video_id(i), some_popularity(i, turn));
}

/// Events about some percent of the videos have come in: their blocks get new prices.
void snapshot_after_events(benchmark::State& state) {
  auto count = static_cast<std::size_t>(state.range(0));
  auto step = 100 / static_cast<std::size_t>(state.range(1));
  auto videos = bench::make_catalogue(count);
  auto rules = std::make_shared<const tenant_rules>(bench::make_rules());
  teach(videos, count, 1, 0);
  videos.snapshot(rules, bench::noon);
  for (std::size_t turn = 1; auto _ : state) {
    teach(videos, count, step, turn++);
    benchmark::DoNotOptimize(videos.snapshot(rules, bench::noon));
  }
}
BENCHMARK(snapshot_after_events)
    ->ArgNames({"videos", "percent"})
    ->Unit(benchmark::kMicrosecond)
    ->ArgsProduct({{1'000, 10'000, 100'000}, {1, 100}});

/// Nothing happened for so long that every block gets new prices.
void snapshot_after_decay(benchmark::State& state) {
  auto count = static_cast<std::size_t>(state.range(0));
  auto videos = bench::make_catalogue(count);
  auto rules = std::make_shared<const tenant_rules>(bench::make_rules());
  teach(videos, count, 1, 0);
  auto now = bench::noon;
  for (auto _ : state)
    benchmark::DoNotOptimize(videos.snapshot(rules, now += catalogue::price_age_max));
}
BENCHMARK(snapshot_after_decay)->Apply(of_all_sizes);

/// What is made of every snapshot besides: the trending list...
void trending_of_snapshot(benchmark::State& state) {
  auto catalogue = bench::snapshot_of(static_cast<std::size_t>(state.range(0)));
  for (auto _ : state)
    benchmark::DoNotOptimize(make_trending(catalogue, bench::noon));
}
BENCHMARK(trending_of_snapshot)->Apply(of_all_sizes);

/// ...and of that the candidates of reduced feeds.
void best_candidates_of_snapshot(benchmark::State& state) {
  auto trending = make_trending(bench::snapshot_of(static_cast<std::size_t>(state.range(0))), bench::noon);
  auto count = static_cast<std::size_t>(state.range(1));
  for (auto _ : state)
    benchmark::DoNotOptimize(best_candidates(*trending, count));
}
BENCHMARK(best_candidates_of_snapshot)
    ->ArgNames({"videos", "candidates"})
    ->Unit(benchmark::kMicrosecond)
    ->ArgsProduct({{1'000, 10'000, 100'000}, {256, 512, 768}});

} // namespace
