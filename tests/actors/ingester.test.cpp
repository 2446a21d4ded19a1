#define CAF_SUITE actors.ingester
#include "tests/support/actor_test.hpp"

#include "actors/ingester.hpp"
#include "tests/support/flaky_stores.hpp"

using namespace kinora;
using namespace kinora::test;
using namespace std::chrono_literals;

namespace {

/// Counts its writes.
class counting_event_store : public event_store {
public:
  explicit counting_event_store(std::shared_ptr<event_store> next) : next_{std::move(next)} {}

  result<std::vector<batch_outcome>> apply(std::span<const std::shared_ptr<const event_batch>> batches,
                                           wall_time now) override {
    ++writes;
    if (fail)
      return disk_failure();
    return next_->apply(batches, now);
  }

  bool fail = false;
  int writes = 0;

private:
  std::shared_ptr<event_store> next_;
};

struct fixture : actor_fixture {
  std::shared_ptr<counting_event_store> events = std::make_shared<counting_event_store>(engine.events);
  std::shared_ptr<flaky_signal_store> signals = std::make_shared<flaky_signal_store>(engine.signals);
  tree_slots_ptr reach = std::make_shared<tree_slots>(*slots, tree_options{});
  tenant_board_ptr board = std::make_shared<tenant_board>();
  ingester_actor hdl;

  fixture() {
    store_tenant("acme", {}, {make_video("v", 50, {"music"})});
    auto map = std::make_shared<tenant_map>();
    map->emplace("acme", board);
    all_boards->tenants.publish(map);
    auto flaky = engine;
    flaky.events = events;
    flaky.signals = signals;
    hdl = start<ingester_state>(ingester_options{10, wall_clock()}, flaky, all_boards, reach, slots);
  }

  event_effect like(std::string id, std::string user = "ada") {
    event_effect out;
    out.event_id = std::move(id);
    out.user = std::move(user);
    out.video_id = "v";
    out.at_ms = wall_now().time_since_epoch().count();
    out.amount = 2.0;
    out.about = share(make_video("v", 50, {"music"}));
    return out;
  }

  payload<ingest_job> job_of(std::vector<event_effect> effects, std::string tenant = "acme") {
    auto place = reach->events_waiting->enter(effects.size());
    auto batch = std::make_shared<const event_batch>(event_batch{std::move(tenant), 72h, std::move(effects)});
    return std::make_shared<const ingest_job>(ingest_job{batch, std::move(place)});
  }

  auto send(payload<ingest_job> job) {
    return self->request(hdl, caf::infinite, apply_atom_v, std::move(job));
  }

  caf::expected<payload<batch_outcome>> apply(std::vector<event_effect> effects,
                                              std::string tenant = "acme") {
    return ask<payload<batch_outcome>>(hdl, apply_atom_v, job_of(std::move(effects), std::move(tenant)));
  }

  caf::expected<void> put(std::string user, user_signals x) {
    return ask<void>(hdl, put_atom_v,
                     std::make_shared<const put_signals>(put_signals{"acme", std::move(user), std::move(x)}));
  }

  caf::expected<void> erase(std::string user) {
    return ask<void>(hdl, erase_atom_v,
                     std::make_shared<const erase_user>(erase_user{"acme", std::move(user)}));
  }

  void cache(const std::string& user) { reach->cache->begin("acme", user).keep(nullptr, wall_now()); }
  bool is_cached(const std::string& user) { return reach->cache->find("acme", user, wall_now()).has_value(); }

  user_signals stored(const std::string& user) {
    auto found = engine.signals->load("acme", user).value();
    return found ? signals_at(*found, wall_now()) : user_signals{};
  }
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(ingester_tests, fixture)

CAF_TEST(events are answered with what became of them) {
  auto first = apply({like("e1"), like("e2"), like("e1")});
  CAF_REQUIRE(first);
  CAF_CHECK(**first == (batch_outcome{2, 1, false}));
  CAF_CHECK(stored("ada").affinities.at("music") == 4.0 / 6.0);
}

CAF_TEST(batches that wait together share one write) {
  std::vector<decltype(send({}))> pending;
  for (auto id : {"e1", "e2", "e3"})
    pending.push_back(send(job_of({like(id)})));
  settle();
  CAF_CHECK_EQUAL(events->writes, 1);
  for (auto& x : pending) {
    auto outcome = answer_to<payload<batch_outcome>>(x);
    CAF_REQUIRE(outcome);
    CAF_CHECK((**outcome == batch_outcome{1, 0, false}));
  }
}

CAF_TEST(a write takes no more than it may) {
  for (int i = 0; i < 5; ++i)
    send(job_of({like("a" + std::to_string(i)), like("b" + std::to_string(i)), like("c" + std::to_string(i)),
                 like("d" + std::to_string(i))}));
  settle();
  CAF_CHECK_EQUAL(events->writes, 2);
}

CAF_TEST(the cache forgets who is in a batch and nobody else) {
  cache("ada");
  cache("bob");
  CAF_REQUIRE(apply({like("e1")}));
  CAF_CHECK(!is_cached("ada"));
  CAF_CHECK(is_cached("bob"));
}

CAF_TEST(videos that were touched are on the board) {
  CAF_REQUIRE(apply({like("e1"), like("e2")}));
  CAF_CHECK_EQUAL(board->touched.take(), (std::vector<std::string>{"v"}));
  auto unknown = like("e3");
  unknown.about = nullptr;
  auto nothing = like("e4");
  nothing.amount = 0.0;
  CAF_REQUIRE(apply({unknown, nothing}));
  CAF_CHECK(board->touched.take().empty());
}

CAF_TEST(a failed write is acknowledged to nobody and may be repeated) {
  events->fail = true;
  cache("ada");
  CAF_CHECK_EQUAL(code_of(apply({like("e1")})), errc::storage_failed);
  CAF_CHECK(!is_cached("ada"));
  events->fail = false;
  auto again = apply({like("e1")});
  CAF_REQUIRE(again);
  CAF_CHECK((**again == batch_outcome{1, 0, false}));
}

CAF_TEST(a tenant that is gone is not found) {
  CAF_CHECK_EQUAL(code_of(apply({like("e1")}, "gone")), errc::not_found);
}

CAF_TEST(room is given back when events are answered) {
  CAF_REQUIRE(apply({like("e1"), like("e2")}));
  CAF_CHECK_EQUAL(reach->events_waiting->used(), 0u);
  auto job = job_of({like("e3")});
  CAF_CHECK_EQUAL(reach->events_waiting->used(), 1u);
}

CAF_TEST(signals that are put are stored and seen) {
  cache("ada");
  CAF_REQUIRE(put("ada", {{"v"}, {{"music", 0.5}}, {}, {}, {}}));
  CAF_CHECK(!is_cached("ada"));
  CAF_CHECK(stored("ada").affinities.at("music") == 0.5);
  signals->fail = true;
  CAF_CHECK_EQUAL(code_of(put("ada", {})), errc::storage_failed);
  CAF_CHECK(stored("ada").affinities.at("music") == 0.5);
}

CAF_TEST(an erased user is gone with what waited for the next write) {
  CAF_REQUIRE(apply({like("e1")}));
  auto waiting = send(job_of({like("e2")}));
  cache("ada");
  auto erasing = self->request(hdl, caf::infinite, erase_atom_v,
                               std::make_shared<const erase_user>(erase_user{"acme", "ada"}));
  settle();
  auto outcome = answer_to<payload<batch_outcome>>(waiting);
  CAF_REQUIRE(outcome);
  CAF_CHECK((**outcome == batch_outcome{1, 0, false}));
  CAF_CHECK(answer_to<void>(erasing));
  CAF_CHECK(!is_cached("ada"));
  CAF_CHECK(engine.signals->load("acme", "ada").value() == nullptr);
  CAF_CHECK(erase("ada"));
}

CAF_TEST_FIXTURE_SCOPE_END()
