// What ranking a whole catalogue, or the best of it, for one user costs.
#include "domain/ranking.hpp"
#include "bench/support/world.hpp"
#include "domain/best_candidates.hpp"

#include <benchmark/benchmark.h>

#include <algorithm>
#include <map>
#include <tuple>

using namespace kinora;

namespace {

/// What one benchmark ranks: a catalogue, its users, and the page that each of them asks for.
struct scene {
  catalogue_snapshot_ptr catalogue;
  std::vector<ranking_signals> users;
  std::vector<page_request> pages;
};

/// A benchmark runs many times over; its scene is made once.
const scene& scene_of(std::size_t videos, std::size_t items, std::size_t served, bool diverse,
                      std::size_t tags_known = 8) {
  static std::map<std::tuple<std::size_t, std::size_t, std::size_t, bool, std::size_t>, scene> made;
  auto [i, is_new] = made.try_emplace({videos, items, served, diverse, tags_known});
  auto& out = i->second;
  if (is_new) {
    out.catalogue = bench::snapshot_of(videos, diverse);
    out.users = bench::make_users(videos, tags_known);
    for (auto& user : out.users)
      out.pages.push_back(bench::make_page(out.catalogue, user, items, served));
  }
  return out;
}

void rank(benchmark::State& state, std::size_t served, bool diverse, std::size_t tags_known = 8) {
  auto items = static_cast<std::size_t>(state.range(1));
  auto& on = scene_of(static_cast<std::size_t>(state.range(0)), items, served, diverse, tags_known);
  ranking ranker;
  std::size_t turn = 0;
  for (auto _ : state) {
    auto page = ranker.run({on.catalogue, &on.users[turn], on.pages[turn], bench::noon, {}});
    if (!page || page->items.size() != items) {
      state.SkipWithError("the page is not full");
      break;
    }
    benchmark::DoNotOptimize(page->items.data());
    turn = (turn + 1) % on.users.size();
  }
}

const std::vector<std::int64_t> sizes{1'000, 3'000, 10'000, 30'000, 100'000};

void rank_first_page(benchmark::State& state) {
  rank(state, 0, false);
}
BENCHMARK(rank_first_page)->ArgNames({"videos", "items"})->ArgsProduct({sizes, {1, 20, 50}});

/// For users who know most of the 200 tags.
void rank_of_regular_user(benchmark::State& state) {
  rank(state, 0, false, 120);
}
BENCHMARK(rank_of_regular_user)->ArgNames({"videos", "items"})->ArgsProduct({sizes, {20}});

/// The page after 480 served items.
void rank_late_page(benchmark::State& state) {
  rank(state, 480, false);
}
BENCHMARK(rank_late_page)->ArgNames({"videos", "items"})->ArgsProduct({sizes, {20}});

void rank_diverse_first_page(benchmark::State& state) {
  rank(state, 0, true);
}
BENCHMARK(rank_diverse_first_page)->ArgNames({"videos", "items"})->ArgsProduct({sizes, {20, 50}});

void rank_diverse_late_page(benchmark::State& state) {
  rank(state, 480, true);
}
BENCHMARK(rank_diverse_late_page)->ArgNames({"videos", "items"})->ArgsProduct({sizes, {20}});

/// How much of one page another one has, too.
double share_of(const slate& page, const slate& other) {
  auto shared = std::count_if(page.items.begin(), page.items.end(), [&](auto& x) {
    return std::any_of(other.items.begin(), other.items.end(), [&](auto& y) { return x.hash == y.hash; });
  });
  return static_cast<double>(shared) / static_cast<double>(page.items.size());
}

/// From the best candidates alone. Counts how many pages needed no others, and how much of the whole
/// catalogue's pages they have.
void rank_reduced(benchmark::State& state, bool diverse) {
  constexpr std::size_t items = 20;
  auto& on = scene_of(static_cast<std::size_t>(state.range(0)), items, 0, diverse);
  auto candidates =
      best_candidates(*make_trending(on.catalogue, bench::noon), static_cast<std::size_t>(state.range(1)));
  auto pages = on.pages;
  for (auto& page : pages)
    page.may_reduce = true;
  ranking ranker;
  auto run = [&](std::size_t user, const catalogue_snapshot_ptr& from) {
    return ranker.run({on.catalogue, &on.users[user], pages[user], bench::noon, {}, {}, from});
  };
  std::size_t turn = 0;
  for (auto _ : state) {
    benchmark::DoNotOptimize(run(turn, candidates));
    turn = (turn + 1) % on.users.size();
  }
  auto reduced = 0.0, same = 0.0;
  for (std::size_t i = 0; i < on.users.size(); ++i) {
    auto page = run(i, candidates);
    reduced += page->is_reduced ? 1.0 : 0.0;
    same += share_of(*run(i, nullptr), *page);
  }
  state.counters["reduced"] = reduced / static_cast<double>(on.users.size());
  state.counters["same"] = same / static_cast<double>(on.users.size());
}

void rank_reduced_first_page(benchmark::State& state) {
  rank_reduced(state, false);
}
BENCHMARK(rank_reduced_first_page)
    ->ArgNames({"videos", "candidates"})
    ->ArgsProduct({{1'000, 10'000, 100'000}, {256, 512, 768}});

void rank_reduced_diverse_first_page(benchmark::State& state) {
  rank_reduced(state, true);
}
BENCHMARK(rank_reduced_diverse_first_page)
    ->ArgNames({"videos", "candidates"})
    ->ArgsProduct({{1'000, 10'000, 100'000}, {256, 512, 768}});

/// Nothing is known of the user: popularity and recency.
void rank_cold_start(benchmark::State& state) {
  auto catalogue = bench::snapshot_of(static_cast<std::size_t>(state.range(0)));
  page_request page;
  page.limit = static_cast<std::size_t>(state.range(1));
  ranking ranker;
  for (auto _ : state)
    benchmark::DoNotOptimize(ranker.run({catalogue, nullptr, page, bench::noon, {}}));
}
BENCHMARK(rank_cold_start)->ArgNames({"videos", "items"})->ArgsProduct({sizes, {20}});

} // namespace
