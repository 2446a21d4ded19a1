// What deciding whether one request is personalized costs.
#include "bench/support/world.hpp"
#include "domain/rollout.hpp"

#include <benchmark/benchmark.h>

using namespace kinora;

namespace {

void decide(benchmark::State& state, const global_flags& flags) {
  auto rules = bench::make_rules();
  std::vector<std::string> names;
  for (std::size_t i = 0; i < bench::users; ++i)
    names.push_back("user_" + std::to_string(100'000 + i));
  std::size_t turn = 0;
  for (auto _ : state) {
    benchmark::DoNotOptimize(decide_personalization(flags, rules, "bench", names[turn]));
    turn = (turn + 1) % names.size();
  }
}

void flags_for_all(benchmark::State& state) {
  decide(state, {});
}
BENCHMARK(flags_for_all);

void flags_with_rollout(benchmark::State& state) {
  global_flags half;
  half.rollout_percentage = 50.0;
  decide(state, half);
}
BENCHMARK(flags_with_rollout);

void flags_with_kill_switch(benchmark::State& state) {
  global_flags killed;
  killed.kill_switch_active = true;
  decide(state, killed);
}
BENCHMARK(flags_with_kill_switch);

void rollout_bucket_of_user(benchmark::State& state) {
  for (auto _ : state)
    benchmark::DoNotOptimize(rollout_bucket("personalization", "bench", "user_100042"));
}
BENCHMARK(rollout_bucket_of_user);

} // namespace
