// What ranking a whole catalogue for one user costs.
#include "domain/ranking.hpp"
#include "bench/support/world.hpp"

#include <benchmark/benchmark.h>

using namespace kinora;

namespace {

/// What one benchmark ranks: a catalogue, its users, and the page that each of them asks for.
struct scene {
  scene(std::size_t videos, std::size_t items, std::size_t served, bool diverse)
      : catalogue{bench::snapshot_of(videos, diverse)}, users{bench::make_users(videos)} {
    for (auto& user : users)
      pages.push_back(bench::make_page(*catalogue, user, items, served));
  }

  catalogue_snapshot_ptr catalogue;
  std::vector<user_signals> users;
  std::vector<page_request> pages;
};

void rank(benchmark::State& state, const scene& on) {
  ranking ranker;
  std::size_t turn = 0;
  for (auto _ : state) {
    auto page = ranker.run({*on.catalogue, &on.users[turn], on.pages[turn], bench::noon, {}});
    if (!page || page->items.size() != on.pages[turn].limit) {
      state.SkipWithError("the page is not full");
      break;
    }
    benchmark::DoNotOptimize(page->items.data());
    turn = (turn + 1) % on.users.size();
  }
  state.counters["videos/s"] = benchmark::Counter(static_cast<double>(on.catalogue->videos),
                                                  benchmark::Counter::kIsIterationInvariantRate);
}

std::size_t argument(const benchmark::State& state, std::size_t index) {
  return static_cast<std::size_t>(state.range(index));
}

void first_page(benchmark::State& state) {
  rank(state, {argument(state, 0), argument(state, 1), 0, false});
}
BENCHMARK(first_page)->ArgNames({"videos", "items"})->ArgsProduct({{1'000, 10'000, 100'000}, {1, 20, 50}});

/// The page after 480 served items.
void late_page(benchmark::State& state) {
  rank(state, {argument(state, 0), 20, 480, false});
}
BENCHMARK(late_page)->ArgName("videos")->Arg(1'000)->Arg(10'000)->Arg(100'000);

void diverse_first_page(benchmark::State& state) {
  rank(state, {argument(state, 0), argument(state, 1), 0, true});
}
BENCHMARK(diverse_first_page)
    ->ArgNames({"videos", "items"})
    ->ArgsProduct({{1'000, 10'000, 100'000}, {20, 50}});

void diverse_late_page(benchmark::State& state) {
  rank(state, {argument(state, 0), 20, 480, true});
}
BENCHMARK(diverse_late_page)->ArgName("videos")->Arg(1'000)->Arg(10'000)->Arg(100'000);

/// Nothing is known of the user: popularity and recency.
void cold_start(benchmark::State& state) {
  auto catalogue = bench::snapshot_of(argument(state, 0));
  page_request page;
  ranking ranker;
  for (auto _ : state)
    benchmark::DoNotOptimize(ranker.run({*catalogue, nullptr, page, bench::noon, {}}));
}
BENCHMARK(cold_start)->ArgName("videos")->Arg(1'000)->Arg(10'000)->Arg(100'000);

} // namespace
