// What only the event-driven listener does, whatever it speaks. Included behind the suite of all listeners.
#pragma once

#include "tests/http/listener_suite.hpp"
#include "tests/support/failing_allocation.hpp"

CAF_TEST_FIXTURE_SCOPE(asio_listener_tests, fixture)

CAF_TEST(one address may be limited) {
  options.connections_per_address_max = 2;
  start();
  client first{port};
  CAF_CHECK_EQUAL(first.ask(get_ping), 200);
  {
    client second{port};
    CAF_CHECK_EQUAL(second.ask(get_ping), 200);
    CAF_CHECK(client{port}.is_closed());
    CAF_CHECK_EQUAL(first.ask(get_ping) + second.ask(get_ping), 400);
  }
  CAF_CHECK(reaches(1));
  CAF_CHECK_EQUAL(client{port}.ask(get_ping), 200);
}

CAF_TEST(a thread that hangs in what it serves is seen) {
  std::atomic<bool> entered{false}, let_go{false};
  routes.add("GET", "/stuck", {}, [&](const request&, const route_params&, const exchange_ptr& out) {
    entered = true;
    entered.notify_all();
    let_go.wait(false);
    out->complete({});
  });
  start();
  auto& tested = static_cast<tested_listener&>(*listener);
  auto moves = [&](std::chrono::milliseconds patience) {
    const auto before = tested.last_progress();
    const auto until = std::chrono::steady_clock::now() + patience;
    while (tested.last_progress() == before && std::chrono::steady_clock::now() < until)
      std::this_thread::sleep_for(1ms);
    return tested.last_progress() != before;
  };
  CAF_CHECK(moves(5s));
  client stuck{port};
  stuck.send("GET /stuck HTTP/1.1\r\nHost: a\r\n\r\n");
  entered.wait(false);
  moves(100ms); // the other thread may have been the one that was silent for longer
  CAF_CHECK(!moves(100ms));
  let_go = true;
  let_go.notify_all();
  CAF_CHECK(moves(5s));
}

CAF_TEST(a pipeline waits for its turn like others) {
  constexpr int in_the_pipe = 400;
  std::atomic<int> served{0};
  routes.add("GET", "/slow", {}, [&](const request&, const route_params&, const exchange_ptr& out) {
    std::this_thread::sleep_for(1ms);
    response answer;
    answer.body = std::to_string(++served) + " served";
    out->complete(answer);
  });
  options.io_threads = 1;
  start();
  client other{port};
  CAF_CHECK_EQUAL(other.ask(get_ping), 200);
  const std::string ask_slowly = "GET /slow HTTP/1.1\r\nHost: a\r\n\r\n";
  std::string pipe;
  for (int i = 0; i < in_the_pipe; ++i)
    pipe += ask_slowly;
  client piping{port};
  piping.send(pipe);
  CAF_CHECK(has(piping.receive(), "\r\n\r\n1 served"));
  CAF_CHECK(has(other.send(ask_slowly).receive(), " served"));
  CAF_CHECK_LESS(served.load(), in_the_pipe / 2);
  for (int i = 1; i < in_the_pipe; ++i)
    CAF_CHECK(has(piping.receive(), " served"));
  CAF_CHECK_EQUAL(served.load(), in_the_pipe + 1);
}

CAF_TEST(answers that are written together reach each its client) {
  options.io_threads = 1;
  start();
  std::vector<std::unique_ptr<client>> clients;
  for (int i = 0; i < 40; ++i)
    clients.push_back(std::make_unique<client>(port));
  for (int round = 0; round < 5; ++round) {
    for (std::size_t i = 0; i < clients.size(); ++i)
      clients[i]->send("GET /head?" + std::to_string(i) + " HTTP/1.1\r\nHost: a\r\n\r\n");
    for (std::size_t i = 0; i < clients.size(); ++i)
      CAF_CHECK(has(clients[i]->receive(), "/head?" + std::to_string(i) + "|"));
  }
}

CAF_TEST(a request that waited for too long to be read is refused at once) {
  options.io_threads = 1;
  options.queue_timeout = 50ms;
  routes.add("GET", "/block", {}, [](const request&, const route_params&, const exchange_ptr& out) {
    std::this_thread::sleep_for(150ms); // what no handler may do
    out->complete({});
  });
  start();
  client blocking{port}, late{port}, always{port};
  CAF_CHECK_EQUAL(late.ask("GET /unchanged HTTP/1.1\r\nHost: a\r\n\r\n"), 304);
  CAF_CHECK_EQUAL(always.ask(get_ping), 200);
  blocking.send("GET /block HTTP/1.1\r\nHost: a\r\n\r\n");
  std::this_thread::sleep_for(20ms);
  late.send("GET /unchanged HTTP/1.1\r\nHost: a\r\n\r\n");
  always.send(get_ping);
  const auto answer = late.receive();
  CAF_CHECK(answer.starts_with("HTTP/1.1 503 "));
  CAF_CHECK(has(answer, "\r\nRetry-After: "));
  CAF_CHECK(always.receive().starts_with("HTTP/1.1 200 "));
  CAF_CHECK(blocking.receive().starts_with("HTTP/1.1 200 "));
  CAF_CHECK_EQUAL(late.ask("GET /unchanged HTTP/1.1\r\nHost: a\r\n\r\n"), 304);
}

CAF_TEST(a deadline counts from when the system received the request) {
  options.io_threads = 1;
  routes.add("GET", "/block", {}, [](const request&, const route_params&, const exchange_ptr& out) {
    std::this_thread::sleep_for(40ms);
    out->complete({});
  });
  std::atomic<std::chrono::nanoseconds::rep> age{0};
  routes.add("GET", "/age", {}, [&](const request& req, const route_params&, const exchange_ptr& out) {
    age = (timer::now() - req.received_at).count();
    out->complete({});
  });
  start();
  client blocking{port}, late{port};
  CAF_CHECK_EQUAL(late.ask("GET /age HTTP/1.1\r\nHost: a\r\n\r\n"), 200);
  blocking.send("GET /block HTTP/1.1\r\nHost: a\r\n\r\n");
  std::this_thread::sleep_for(10ms);
  CAF_CHECK_EQUAL(late.ask("GET /age HTTP/1.1\r\nHost: a\r\n\r\n"), 200);
  CAF_CHECK(std::chrono::nanoseconds{age.load()} > 15ms);
}

CAF_TEST(half a head has its whole time however long the connection was idle) {
  options.idle_timeout = 400ms;
  options.header_timeout = 2s;
  start();
  client c{port};
  CAF_CHECK_EQUAL(c.ask(get_ping), 200);
  std::this_thread::sleep_for(250ms);
  c.send("GET /ping HTTP/1.1\r\n");
  std::this_thread::sleep_for(400ms);
  CAF_CHECK_EQUAL(c.ask("Host: a\r\n\r\n"), 200);
}

CAF_TEST(a pipeline does not age while it waits for its own connection) {
  options.queue_timeout = 50ms;
  routes.add("GET", "/slow", {}, [](const request&, const route_params&, const exchange_ptr& out) {
    std::this_thread::sleep_for(20ms);
    out->complete({});
  });
  start();
  client c{port};
  std::string all;
  for (int i = 0; i < 6; ++i)
    all += "GET /slow HTTP/1.1\r\nHost: a\r\n\r\n";
  c.send(all);
  for (int i = 0; i < 6; ++i)
    CAF_CHECK(c.receive().starts_with("HTTP/1.1 200 "));
}

CAF_TEST(who makes room is none that has just asked) {
  options.connections_max = 2;
  options.io_threads = 1;
  routes.add("GET", "/block", {}, [](const request&, const route_params&, const exchange_ptr& out) {
    std::this_thread::sleep_for(150ms); // what no handler may do
    out->complete({});
  });
  start();
  client idle{port}, blocking{port};
  CAF_CHECK_EQUAL(idle.ask(get_ping), 200);
  CAF_CHECK_EQUAL(blocking.ask(get_ping), 200);
  blocking.send("GET /block HTTP/1.1\r\nHost: a\r\n\r\n");
  std::this_thread::sleep_for(20ms);
  client third{port};
  std::this_thread::sleep_for(50ms); // room is asked for while the thread is busy
  CAF_CHECK_EQUAL(idle.ask(get_ping), 200);
  CAF_CHECK_EQUAL(third.ask(get_ping), 200);
}

CAF_TEST(draining lets a connection that was just used ask once more) {
  options.drain_idle = 400ms;
  start();
  client c{port};
  CAF_CHECK_EQUAL(c.ask(get_ping), 200);
  auto is_empty = false;
  std::thread drained{[&] { is_empty = listener->drain(5s); }};
  std::this_thread::sleep_for(50ms);
  const auto answer = c.send(get_ping).receive();
  CAF_CHECK(answer.starts_with("HTTP/1.1 200 "));
  CAF_CHECK(has(answer, "\r\nConnection: close\r\n"));
  drained.join();
  CAF_CHECK(is_empty);
}

CAF_TEST(whichever allocation of its thread fails a listener loses one answer at most and goes on) {
  options.io_threads = 1;
  options.requests_in_flight_max = 4; // a place that is lost would be missed soon
  options.answer_timeout = 2s;
  routes.add("GET", "/fail", {}, [](const request& req, const route_params&, const exchange_ptr& out) {
    out->complete({});
    kinora::test::fail_allocation(std::stoul(req.query));
  });
  std::mutex kept_mutex;
  std::vector<exchange_ptr> kept;
  routes.add("GET", "/soon", {}, [&](const request& req, const route_params&, exchange_ptr out) {
    out->expire_at(req.received_at + 1ms, [] { return response{}; });
    const std::lock_guard lock{kept_mutex};
    kept.push_back(std::move(out));
  });
  start();
  std::jthread answering{[this](const std::stop_token& stopped) {
    while (!stopped.stop_requested()) {
      std::unique_lock lock{mutex};
      arrived.wait_for(lock, 10ms, [this] { return !held.empty(); });
      const auto all = std::exchange(held, {});
      lock.unlock();
      for (const auto& out : all)
        out->complete({});
    }
  }};
  std::size_t at = 0;
  for (auto without = 0; without < 3 && at < 1'000; ++at) { // some rounds take less than others
    const auto failed_before = kinora::test::failed_allocations();
    const auto began = timer::now();
    auto unanswered = 0;
    {
      client first{port}, second{port}, third{port};
      for (auto* c : {&first, &second, &third})
        CAF_REQUIRE_EQUAL(c->ask(get_ping), 200);
      unanswered += first.ask("GET /fail?" + std::to_string(at + 1) + " HTTP/1.1\r\nHost: a\r\n\r\n") != 200;
      unanswered += second.ask("GET /hold HTTP/1.1\r\nHost: a\r\n\r\n") != 200;
      unanswered += third.ask("GET /soon HTTP/1.1\r\nHost: a\r\n\r\n") != 200;
      unanswered += client{port}.ask(post_echo("Content-Length: 3\r\n", "abc")) != 200;
      unanswered += client{port}.ask("GET /fail?0 HTTP/1.1\r\nHost: a\r\n\r\n") != 200; // from here on none
    }
    without = kinora::test::failed_allocations() == failed_before ? without + 1 : 0;
    const auto what = "allocation " + std::to_string(at + 1) + ": ";
    CAF_CHECK_EQUAL(what + std::to_string(std::max(unanswered, 1)), what + "1");
    CAF_CHECK(timer::now() - began < 4s); // a client that nobody answers waits for longer
    CAF_CHECK(reaches(0));
    const std::lock_guard lock{kept_mutex};
    kept.clear();
  }
  CAF_CHECK(at > 20 && at < 1'000); // every one has had its turn
  CAF_CHECK_EQUAL(listener->requests_in_flight(), 0u);
}

CAF_TEST(an answer that finds no memory on its way is made up for) {
  options.answer_timeout = 500ms;
  start();
  // Returns the status, and whether an allocation of who answers, or gives up, has failed.
  auto ask_with_failing = [&](std::size_t at, bool is_answered) {
    const auto failed_before = kinora::test::failed_allocations();
    client c{port};
    c.send("GET /hold HTTP/1.1\r\nHost: a\r\n\r\n");
    auto out = next_held();
    kinora::test::fail_allocation(at);
    auto is_taken = false;
    try {
      is_taken = is_answered && out->complete({});
    } catch (const std::bad_alloc&) { // who answers had none to make the answer
    }
    out.reset();
    kinora::test::fail_allocation(0);
    const auto answer = c.receive();
    CAF_CHECK(answer.starts_with(is_taken ? "HTTP/1.1 200 " : "HTTP/1.1 50"));
    CAF_CHECK_EQUAL(c.ask(get_ping), 200);
    return kinora::test::failed_allocations() != failed_before;
  };
  for (auto is_answered : {true, false}) {
    std::size_t at = 1;
    while (at < 100 && ask_with_failing(at, is_answered))
      ++at;
    CAF_CHECK(at > 1 && at < 100); // every one has had its turn
  }
}

CAF_TEST_FIXTURE_SCOPE_END()
