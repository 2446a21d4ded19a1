#define CAF_SUITE actors.board
#include "tests/support/unit_test.hpp"

#include "actors/board.hpp"

#include <thread>
#include <vector>

using namespace kinora;

CAF_TEST(there is nothing on a board before the first publication) {
  board<int> x;
  CAF_CHECK(!x.load());
  CAF_CHECK_EQUAL(x.generation(), 0u);
}

CAF_TEST(a board can begin with a snapshot) {
  board<int> x{std::make_shared<const int>(7)};
  CAF_CHECK_EQUAL(*x.load(), 7);
  CAF_CHECK_EQUAL(x.generation(), 0u);
}

CAF_TEST(a reader sees the last snapshot and keeps the one it holds) {
  board<int> x;
  x.publish(std::make_shared<const int>(1));
  auto held = x.load();
  x.publish(std::make_shared<const int>(2));
  CAF_CHECK_EQUAL(*held, 1);
  CAF_CHECK_EQUAL(*x.load(), 2);
  CAF_CHECK_EQUAL(x.generation(), 2u);
}

CAF_TEST(readers in other threads see whole snapshots in the order of publication) {
  constexpr int publications = 20'000;
  board<std::vector<int>> x{std::make_shared<const std::vector<int>>(8, 0)};
  std::atomic<bool> torn = false;
  std::atomic<bool> backwards = false;
  auto read = [&] {
    for (int last = 0; last < publications;) {
      auto seen = x.load();
      torn = torn || *seen != std::vector<int>(8, seen->front());
      backwards = backwards || seen->front() < last;
      last = seen->front();
    }
  };
  std::thread a{read}, b{read};
  for (int i = 1; i <= publications; ++i)
    x.publish(std::make_shared<const std::vector<int>>(8, i));
  a.join();
  b.join();
  CAF_CHECK(!torn);
  CAF_CHECK(!backwards);
}
