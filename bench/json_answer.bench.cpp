// What turning a ranked page into the HTTP answer costs: JSON, ETag, headers and the next cursor.
#include "bench/support/world.hpp"
#include "domain/ranking.hpp"
#include "http/feed_response.hpp"

#include <benchmark/benchmark.h>

using namespace kinora;

namespace {

constexpr std::size_t videos = 1'000;

void json_answer(benchmark::State& state) {
  auto catalogue = bench::snapshot_of(videos);
  auto user = bench::make_users(videos).front();
  feed_request request;
  request.tenant = "bench";
  request.user = "user_000042";
  request.request_id = "01234567-89ab-cdef-0123-456789abcdef";
  request.now = bench::noon;
  request.page = bench::make_page(catalogue, user, static_cast<std::size_t>(state.range(0)),
                                  static_cast<std::size_t>(state.range(1)));
  request.page.explain = state.range(2) != 0;
  ranking ranker;
  feed_answer answer;
  answer.page = ranker.run({catalogue, &user, request.page, bench::noon, {}}).value();
  answer.type = feed_type::personalized;
  answer.depends_on_user = true;
  answer.stages = {std::chrono::microseconds{10}, std::chrono::microseconds{40}};
  answer.rules = catalogue->rules;
  cursor_codec cursors{{make_cursor_key("a secret of the benchmark")}};
  tracking_codec tracking{{make_cursor_key("a secret of the benchmark")}};
  std::size_t bytes = 0;
  for (auto _ : state) {
    auto out = http::feed_response(answer, request, {}, {cursors, tracking, std::chrono::seconds{1'800}},
                                   std::chrono::microseconds{100});
    bytes = out.body.size();
    benchmark::DoNotOptimize(out.body.data());
  }
  state.counters["bytes"] = static_cast<double>(bytes);
}
BENCHMARK(json_answer)
    ->ArgNames({"items", "served", "explain"})
    ->Args({1, 0, 0})
    ->Args({20, 0, 0})
    ->Args({50, 0, 0})
    ->Args({20, 400, 0})
    ->Args({20, 0, 1});

} // namespace
