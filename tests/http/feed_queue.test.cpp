#define CAF_SUITE http.feed_queue
#include "tests/support/unit_test.hpp"

#include "http/feed_queue.hpp"
#include "tests/support/failing_allocation.hpp"

#include <new>
#include <random>
#include <vector>

using namespace kinora::http;

namespace {

/// A feed that notes what became of it.
struct noted final : feed_queue::feed {
  noted(std::vector<std::string>& to, std::string text) : log{to}, name{std::move(text)} {}
  void begin() override { log.push_back("begin " + name); }
  void give_way() override { log.push_back("give way " + name); }
  std::vector<std::string>& log;
  std::string name;
};

/// A feed for which there is no memory.
struct failing final : feed_queue::feed {
  void begin() override { throw std::bad_alloc{}; }
  void give_way() override {}
};

using log_lines = std::vector<std::string>;
using entry = feed_queue::entry;

struct fixture {
  log_lines log;
  int made = 0;

  std::shared_ptr<noted> make(const std::string& tenant) {
    return std::make_shared<noted>(log, tenant + std::to_string(++made));
  }
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(feed_queue_tests, fixture)

CAF_TEST(feeds work up to a bound and wait up to another and past that find no room) {
  feed_queue queue{3, 2};
  const auto a = make("t"), b = make("t"), c = make("t"), d = make("t");
  CAF_CHECK(queue.enter(a, "t") == entry::at_work);
  CAF_CHECK(queue.enter(b, "t") == entry::at_work);
  CAF_CHECK(queue.enter(c, "t") == entry::waiting);
  CAF_CHECK(queue.enter(d, "t") == entry::no_room);
  CAF_CHECK_EQUAL(queue.in_flight(), 3u);
  CAF_CHECK_EQUAL(log, log_lines{});
  feed_queue::begin(queue.leave(*a));
  CAF_CHECK_EQUAL(log, log_lines{"begin t3"});
  feed_queue::begin(queue.leave(*a)); // once is enough
  feed_queue::begin(queue.leave(*d));
  CAF_CHECK_EQUAL(queue.in_flight(), 2u);
  CAF_CHECK(queue.enter(d, "t") == entry::waiting);
  feed_queue::begin(queue.leave(*d)); // answered while it waited
  feed_queue::begin(queue.leave(*b));
  feed_queue::begin(queue.leave(*c));
  CAF_CHECK_EQUAL(log, log_lines{"begin t3"});
  CAF_CHECK_EQUAL(queue.in_flight(), 0u);
}

CAF_TEST(who may not wait begins at once or finds no room) {
  feed_queue queue{10, 1};
  const auto a = make("t"), b = make("t"), c = make("other");
  CAF_CHECK(queue.enter(a, "t", false) == entry::at_work);
  CAF_CHECK(queue.enter(b, "t", false) == entry::no_room);
  CAF_CHECK(queue.enter(c, "other", false) == entry::at_work); // its share
  CAF_CHECK_EQUAL(queue.in_flight(), 2u);
}

CAF_TEST(every tenant has its share of the work and they take turns with the rest) {
  feed_queue queue{10, 3};
  std::vector<std::shared_ptr<noted>> all;
  for (auto tenant : {"a", "a", "a", "a", "a"})
    queue.enter(all.emplace_back(make(tenant)), tenant);
  // One of another tenant begins at once: one of three is its share.
  CAF_CHECK(queue.enter(all.emplace_back(make("b")), "b") == entry::at_work);
  CAF_CHECK(queue.enter(all.emplace_back(make("b")), "b") == entry::waiting);
  feed_queue::begin(queue.leave(*all[0]));
  CAF_CHECK_EQUAL(log, log_lines{}); // there was one more at work than the bound
  feed_queue::begin(queue.leave(*all[1]));
  feed_queue::begin(queue.leave(*all[3]));
  CAF_CHECK_EQUAL(log, (log_lines{"begin a4", "begin b7"}));
  feed_queue::begin(queue.leave(*all[2]));
  CAF_CHECK_EQUAL(log.back(), "begin a5");
}

CAF_TEST(a tenant with less than its share takes the place of the newest of who waits longest in line) {
  feed_queue queue{6, 1};
  std::vector<std::shared_ptr<noted>> flood;
  for (int i = 0; i < 6; ++i)
    queue.enter(flood.emplace_back(make("a")), "a");
  const auto first = make("b"), second = make("b"), third = make("b"), fourth = make("b");
  CAF_CHECK(queue.enter(first, "b") == entry::at_work);
  CAF_CHECK(queue.enter(second, "b") == entry::waiting);
  CAF_CHECK_EQUAL(log, log_lines{"give way a6"});
  CAF_CHECK(queue.enter(third, "b") == entry::waiting);
  CAF_CHECK(queue.enter(fourth, "b") == entry::no_room); // three of six are its share
  CAF_CHECK(queue.enter(make("a"), "a") == entry::no_room);
  CAF_CHECK_EQUAL(log, (log_lines{"give way a6", "give way a5"}));
}

CAF_TEST(the longest line gives way and not a shorter one) {
  feed_queue queue{9, 1};
  std::vector<std::shared_ptr<noted>> all;
  for (auto tenant : {"a", "b", "a", "a", "a", "a", "b", "b", "b"})
    queue.enter(all.emplace_back(make(tenant)), tenant); // of each one at work, of a four waiting, of b three
  queue.enter(all.emplace_back(make("c")), "c");
  CAF_CHECK_EQUAL(log, log_lines{"give way a6"});
}

CAF_TEST(those that end as soon as they begin are gone through one after the other) {
  struct brief final : feed_queue::feed {
    explicit brief(feed_queue& x) : queue{x} {}
    void begin() override {
      ++depth;
      deepest = std::max(deepest, depth);
      feed_queue::begin(queue.leave(*this));
      --depth;
      ++ended;
    }
    void give_way() override {}
    feed_queue& queue;
    int &depth = count(0), &deepest = count(1), &ended = count(2);
    static int& count(int i) {
      static int counts[3];
      return counts[i];
    }
  };
  feed_queue queue{1'000, 1};
  const auto first = make("t");
  queue.enter(first, "t");
  for (int i = 0; i < 900; ++i)
    queue.enter(std::make_shared<brief>(queue), "t");
  feed_queue::begin(queue.leave(*first));
  CAF_CHECK_EQUAL(brief::count(1), 1);
  CAF_CHECK_EQUAL(brief::count(2), 900);
  CAF_CHECK_EQUAL(queue.in_flight(), 0u);
}

CAF_TEST(one that cannot begin keeps no other from it) {
  feed_queue::begin({make("a"), std::make_shared<failing>(), make("b")});
  feed_queue::begin({make("c")});
  CAF_CHECK_EQUAL(log, (log_lines{"begin a1", "begin b2", "begin c3"}));
}

CAF_TEST(who can begin at once is taken in also when there are as many as may be) {
  feed_queue queue{4, 2, [] { return 1u; }};
  std::vector<std::shared_ptr<noted>> all;
  auto enter = [&](feed_queue::kind of) { return queue.enter(all.emplace_back(make("t")), "t", true, of); };
  using kind = feed_queue::kind;
  CAF_CHECK(enter(kind::reading) == entry::at_work);
  for (auto i = 0; i < 3; ++i)
    CAF_CHECK(enter(kind::reading) == entry::waiting);
  CAF_CHECK(enter(kind::reading) == entry::no_room);
  CAF_CHECK(enter(kind::ranking) == entry::at_work);
  CAF_CHECK(enter(kind::ranking) == entry::at_work);
  CAF_CHECK(enter(kind::ranking) == entry::no_room);
  CAF_CHECK_EQUAL(queue.in_flight(), 6u);
}

CAF_TEST(nobody waits behind feeds that read) {
  constexpr auto reading = feed_queue::kind::reading;
  feed_queue queue{10, 2, [] { return std::size_t{1}; }};
  const auto slow = make("t"), next = make("t"), quick = make("t"), other = make("o");
  CAF_CHECK(queue.enter(slow, "t", true, reading) == entry::at_work);
  CAF_CHECK(queue.enter(next, "t", true, reading) == entry::waiting);
  CAF_CHECK(queue.enter(quick, "t") == entry::at_work);
  CAF_CHECK(queue.enter(other, "o", true, reading) == entry::waiting);
  CAF_CHECK_EQUAL(queue.in_flight(), 4u);
  feed_queue::begin(queue.leave(*quick));
  CAF_CHECK_EQUAL(log, log_lines{}); // there are as many that read as may
  feed_queue::begin(queue.leave(*slow));
  CAF_CHECK_EQUAL(log, log_lines{"begin t2"});
  feed_queue::begin(queue.leave(*next));
  CAF_CHECK_EQUAL(log, (log_lines{"begin t2", "begin o4"}));
  CAF_CHECK_EQUAL(queue.in_flight(), 1u);
}

CAF_TEST(however many tenants there are no more read than may and they take turns) {
  constexpr auto reading = feed_queue::kind::reading;
  feed_queue queue{100, 50, [] { return std::size_t{2}; }};
  std::vector<std::shared_ptr<noted>> flood;
  for (int i = 0; i < 5; ++i)
    queue.enter(flood.emplace_back(make("a")), "a", true, reading);
  const auto b = make("b"), c = make("c");
  CAF_CHECK(queue.enter(b, "b", true, reading) == entry::waiting);
  CAF_CHECK(queue.enter(c, "c", true, reading) == entry::waiting);
  for (const auto& x : {flood[0], flood[1], flood[2], b})
    feed_queue::begin(queue.leave(*x));
  CAF_CHECK_EQUAL(log, (log_lines{"begin a3", "begin b6", "begin c7", "begin a4"}));
}

CAF_TEST(who has read lets another read and is still at work) {
  constexpr auto reading = feed_queue::kind::reading;
  feed_queue queue{10, 2, [] { return std::size_t{1}; }};
  const auto a = make("t"), b = make("t"), c = make("t"), d = make("t");
  CAF_CHECK(queue.enter(a, "t", true, reading) == entry::at_work);
  CAF_CHECK(queue.enter(b, "t", true, reading) == entry::waiting);
  CAF_CHECK(queue.enter(c, "t", true, reading) == entry::waiting);
  feed_queue::begin(queue.stop_reading(*b)); // it waits
  CAF_CHECK_EQUAL(log, log_lines{});
  feed_queue::begin(queue.stop_reading(*a));
  CAF_CHECK_EQUAL(log, log_lines{"begin t2"});
  feed_queue::begin(queue.stop_reading(*a)); // once is enough
  CAF_CHECK(queue.enter(d, "t") == entry::at_work);
  feed_queue::begin(queue.stop_reading(*b)); // three are at work without reading, where two may begin
  feed_queue::begin(queue.leave(*a));
  CAF_CHECK_EQUAL(log, log_lines{"begin t2"});
  feed_queue::begin(queue.leave(*d));
  CAF_CHECK_EQUAL(log, (log_lines{"begin t2", "begin t3"}));
  feed_queue::begin(queue.stop_reading(*d)); // it is not here
  feed_queue::begin(queue.leave(*b));
  feed_queue::begin(queue.leave(*c));
  CAF_CHECK_EQUAL(queue.in_flight(), 0u);
}

CAF_TEST(who could not go on does not read yet unless it has a share left) {
  constexpr auto reading = feed_queue::kind::reading;
  feed_queue queue{10, 2, [] { return std::size_t{5}; }};
  std::vector<std::shared_ptr<noted>> flood;
  for (int i = 0; i < 2; ++i)
    queue.enter(flood.emplace_back(make("a")), "a");
  const auto waits = make("a"), neighbour = make("b");
  CAF_CHECK(queue.enter(waits, "a", true, reading) == entry::waiting);
  CAF_CHECK(queue.enter(neighbour, "b", true, reading) == entry::at_work);
  feed_queue::begin(queue.leave(*flood[0]));
  CAF_CHECK_EQUAL(log, log_lines{"begin a3"});
}

CAF_TEST(both kinds share what is taken in and give way to each other) {
  constexpr auto reading = feed_queue::kind::reading;
  feed_queue queue{4, 1, [] { return std::size_t{1}; }};
  std::vector<std::shared_ptr<noted>> flood;
  for (int i = 0; i < 4; ++i)
    queue.enter(flood.emplace_back(make("a")), "a", true, reading);
  CAF_CHECK(queue.enter(make("a"), "a", true, reading) == entry::no_room);
  const auto first = make("b"), second = make("b");
  CAF_CHECK(queue.enter(first, "b") == entry::at_work);
  CAF_CHECK(queue.enter(second, "b") == entry::waiting);
  CAF_CHECK_EQUAL(log, log_lines{"give way a4"});
  CAF_CHECK_EQUAL(queue.in_flight(), 5u); // one more than may wait is at work
}

CAF_TEST(a bound that changes lets in as many more when one leaves) {
  std::size_t bound = 1;
  constexpr auto reading = feed_queue::kind::reading;
  feed_queue queue{10, 1, [&] { return bound; }};
  std::vector<std::shared_ptr<noted>> all;
  for (int i = 0; i < 6; ++i)
    queue.enter(all.emplace_back(make("t")), "t", true, reading);
  bound = 3;
  feed_queue::begin(queue.leave(*all[0]));
  CAF_CHECK_EQUAL(log, (log_lines{"begin t2", "begin t3", "begin t4"}));
  bound = 2;
  feed_queue::begin(queue.leave(*all[1]));
  CAF_CHECK_EQUAL(log.size(), 3u);
  feed_queue::begin(queue.leave(*all[2]));
  CAF_CHECK_EQUAL(log.back(), "begin t5");
}

CAF_TEST(however many tenants there are no more than twice the bound are at work) {
  feed_queue queue{100, 3};
  std::vector<std::shared_ptr<noted>> all;
  std::size_t at_work = 0;
  for (int i = 0; i < 50; ++i) {
    const auto tenant = "t" + std::to_string(i);
    at_work += queue.enter(all.emplace_back(make(tenant)), tenant) == entry::at_work;
  }
  CAF_CHECK_EQUAL(at_work, 6u);
}

CAF_TEST(whatever happens the bounds hold and nobody is forgotten) {
  constexpr std::size_t in_flight_max = 8, at_work_max = 3, tenants = 4;
  std::mt19937 random{7};
  feed_queue queue{in_flight_max, at_work_max};
  std::vector<std::shared_ptr<noted>> inside;
  std::size_t began = 0, taken_in = 0, gave_way = 0, left_waiting = 0;
  auto count = [&] {
    for (auto& line : std::exchange(log, {}))
      ++(line.starts_with("begin") ? began : gave_way);
  };
  for (int i = 0; i < 20'000; ++i) {
    if (random() % 2 == 0) {
      const auto tenant = std::string(1, static_cast<char>('a' + random() % tenants));
      const auto x = make(tenant);
      const auto of = random() % 2 == 0 ? feed_queue::kind::ranking : feed_queue::kind::reading;
      const auto result = queue.enter(x, tenant, true, of);
      began += result == entry::at_work;
      taken_in += result != entry::no_room;
      if (result != entry::no_room)
        inside.push_back(x);
    } else if (!inside.empty()) {
      std::swap(inside[random() % inside.size()], inside.back());
      feed_queue::begin(queue.stop_reading(*inside.front()));
      count();
      const auto before = queue.in_flight();
      feed_queue::begin(queue.leave(*inside.back()));
      inside.pop_back();
      if (queue.in_flight() > before)
        CAF_FAIL("more are inside after one left");
    }
    count();
    if (queue.in_flight() > in_flight_max + 2 * at_work_max)
      CAF_FAIL("too many are inside: " << queue.in_flight());
  }
  for (auto& x : inside)
    feed_queue::begin(queue.leave(*x));
  count();
  left_waiting = taken_in - began - gave_way;
  CAF_CHECK_EQUAL(queue.in_flight(), 0u);
  CAF_CHECK(began + gave_way + left_waiting == taken_in);
  CAF_CHECK(began > 1'000u);
  CAF_CHECK(gave_way > 10u);
}

// Half in line it was found by those who left, and the tenant had no turn any more.
CAF_TEST(a feed that finds no memory to wait leaves no trace) {
  const std::string tenant = "a name that takes memory", busy = "another one that takes memory";
  auto failures = 0;
  for (const auto& of : {busy, tenant}) // the line is there already or not
    for (std::size_t at = 1;; ++at) {
      feed_queue queue{10, 1};
      log.clear();
      const auto working = make(busy), second = make(busy), waits = make(of), later = make(of);
      queue.enter(working, busy, true, feed_queue::kind::reading);
      queue.enter(second, busy, true, feed_queue::kind::reading);
      auto is_in = true;
      kinora::test::fail_allocation(at);
      try {
        queue.enter(waits, of, true, feed_queue::kind::reading);
      } catch (const std::bad_alloc&) {
        is_in = false;
      }
      kinora::test::fail_allocation(0);
      failures += is_in ? 0 : 1;
      CAF_CHECK_EQUAL(queue.in_flight(), is_in ? 3u : 2u);
      CAF_CHECK(queue.enter(later, of, true, feed_queue::kind::reading) == entry::waiting);
      for (const auto& x : {working, second, waits, later})
        feed_queue::begin(queue.leave(*x));
      CAF_CHECK_EQUAL(log.size(), is_in ? 3u : 2u); // who began at once is not told
      CAF_CHECK_EQUAL(queue.in_flight(), 0u);
      if (is_in)
        break;
    }
  CAF_CHECK_GREATER(failures, 3);
}

CAF_TEST(nobody gives way to a feed that finds no memory to wait) {
  const std::string busy = "a name that takes memory", other = "another one that takes memory";
  std::size_t at = 0;
  for (auto has_failed = true; has_failed;) {
    feed_queue queue{3, 1};
    log.clear();
    const auto working = make(busy), second = make(busy), third = make(busy), comes = make(other);
    for (const auto& x : {working, second, third})
      queue.enter(x, busy, true, feed_queue::kind::reading);
    const auto failed_before = kinora::test::failed_allocations();
    auto is_in = false;
    kinora::test::fail_allocation(++at);
    try {
      is_in = queue.enter(comes, other, true, feed_queue::kind::reading) == entry::waiting;
    } catch (const std::bad_alloc&) {
    }
    kinora::test::fail_allocation(0);
    has_failed = kinora::test::failed_allocations() != failed_before;
    CAF_CHECK(is_in || log.empty());
    CAF_CHECK(has_failed || log == log_lines{"give way " + third->name});
    CAF_CHECK_EQUAL(queue.in_flight(), 3u);
  }
  CAF_CHECK_GREATER(at, 3u);
}

CAF_TEST_FIXTURE_SCOPE_END()
