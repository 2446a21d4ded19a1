// What the rate limit costs a request: asking the limiter, by how many users ask in turns; and all of it,
// with the headers of the answer.
#include "http/rate_limit.hpp"
#include "http/rate_limiter.hpp"
#include "storage/memory/memory_stores.hpp"

#include <benchmark/benchmark.h>

#include <chrono>
#include <memory>
#include <string>
#include <vector>

using namespace kinora;

namespace {

const http::rate_limiter_options ten_a_second{.each = make_rate_limit(10.0, 20)};

std::vector<std::string> names_of(std::int64_t users) {
  std::vector<std::string> out;
  for (std::int64_t i = 0; i < users; ++i)
    out.push_back("user_" + std::to_string(100'000 + i));
  return out;
}

void rate_limit_take(benchmark::State& state) {
  http::rate_limiter limiter{ten_a_second};
  const auto names = names_of(state.range(0));
  std::size_t turn = 0;
  for (auto _ : state) {
    benchmark::DoNotOptimize(limiter.take("bench", names[turn], std::chrono::steady_clock::now()));
    turn = (turn + 1) % names.size();
  }
}
BENCHMARK(rate_limit_take)->ArgName("users")->Arg(1)->Arg(10'000)->Arg(1'000'000);

/// Forgets its answer.
class sink final : public http::exchange {
public:
  bool complete(http::response answer) override {
    benchmark::DoNotOptimize(answer.headers.data());
    return true;
  }
  void expire_at(steady_time, compose) override {}
};

void rate_limit_feed(benchmark::State& state) {
  metrics measured{1};
  supervision_tree tree{{}, make_memory_stores({1}), {[] { return wall_time{}; }, {}, {}}};
  http::api_options options;
  if (state.range(0) != 0)
    options.rate_limit = ten_a_second;
  http::api api{options, tree, {make_cursor_key("secret")}, measured};
  const auto names = names_of(1'000'000); // each asks again when its bucket is full
  std::size_t turn = 0;
  for (auto _ : state) {
    http::exchange_ptr out = std::make_shared<sink>();
    if (http::admit_user(api, {}, "bench", names[turn], out))
      out->complete({});
    turn = (turn + 1) % names.size();
  }
}
BENCHMARK(rate_limit_feed)->ArgName("limited")->Arg(0)->Arg(1);

} // namespace
