#define CAF_SUITE actors.tenants
#include "tests/support/actor_test.hpp"

#include "actors/tenants.hpp"
#include "tests/support/flaky_stores.hpp"

using namespace kinora;
using namespace kinora::test;
using namespace std::chrono_literals;

namespace {

using ids = std::vector<std::string>;

struct fixture : actor_fixture {
  std::shared_ptr<flaky_tenant_store> rules_store = std::make_shared<flaky_tenant_store>(engine.tenants);
  std::shared_ptr<flaky_video_store> video_store = std::make_shared<flaky_video_store>(engine.videos);
  std::shared_ptr<signal_cache> cache = std::make_shared<signal_cache>(1 << 20);
  std::size_t tenants_max = 5;

  tenants_actor run_directory() {
    auto flaky = engine;
    flaky.tenants = rules_store;
    flaky.videos = video_store;
    tenants_options options;
    options.tenants_max = tenants_max;
    options.tenant = {{}, 10, 60s, wall_clock()};
    options.supervision.wall_clock = wall_clock();
    options.tenants_run = port::place::on_pool;
    return start<tenants_state>(options, flaky, all_boards, slots, cache);
  }

  static payload<put_rules> rules_of(std::string tenant, double rollout,
                                     std::optional<std::uint64_t> if_revision) {
    tenant_rules rules;
    rules.rollout_percentage = rollout;
    return std::make_shared<const put_rules>(put_rules{std::move(tenant), std::move(rules), if_revision});
  }

  auto put(const tenants_actor& hdl, std::string tenant, double rollout = 100.0,
           std::optional<std::uint64_t> if_revision = {}) {
    return ask<payload<put_outcome>>(hdl, put_atom_v, rules_of(std::move(tenant), rollout, if_revision));
  }

  static payload<erase_tenant> erasing(std::string tenant, std::optional<std::uint64_t> if_revision = {}) {
    return std::make_shared<const erase_tenant>(erase_tenant{{}, std::move(tenant), if_revision});
  }

  auto erase(const tenants_actor& hdl, std::string tenant, std::optional<std::uint64_t> if_revision = {}) {
    return ask<void>(hdl, erase_atom_v, erasing(std::move(tenant), if_revision));
  }

  record_ptr slot(const std::string& tenant) { return slots->find("tenants/" + tenant); }

  ids on_board() {
    ids out;
    for (auto& [id, board] : *all_boards->tenants.load())
      out.push_back(id);
    std::sort(out.begin(), out.end());
    return out;
  }

  double rollout_of(const std::string& tenant) {
    return all_boards->snapshot_of(tenant)->rules->rollout_percentage;
  }
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(tenants_tests, fixture)

// -- start --------------------------------------------------------------------------------------------------

CAF_TEST(every stored tenant is started and on the board) {
  store_tenant("acme", {}, {make_video("a")});
  store_tenant("zoo");
  run_directory();
  CAF_CHECK_EQUAL(on_board(), (ids{"acme", "zoo"}));
  CAF_CHECK_EQUAL(trending_ids(all_boards->snapshot_of("acme")), ids{"a"});
  CAF_CHECK_EQUAL(slot("acme")->info().state, child_state::running);
  CAF_CHECK_EQUAL(slot("zoo")->info().state, child_state::running);
}

CAF_TEST(without its store the directory does not start and the boards stay) {
  store_tenant("acme");
  auto first = run_directory();
  auto snapshot = all_boards->snapshot_of("acme");
  kill(first);
  rules_store->fail = true;
  CAF_CHECK_EQUAL(code_of(put(run_directory(), "new")), errc::unavailable);
  CAF_CHECK_EQUAL(all_boards->snapshot_of("acme"), snapshot);
}

CAF_TEST(a restart of the directory keeps the boards and goes on from the store) {
  store_tenant("acme", {}, {make_video("a")});
  auto first = run_directory();
  CAF_REQUIRE(put(first, "zoo"));
  auto board = all_boards->find("acme");
  auto snapshot = board->snapshot.load();
  breaker_view open{breaker_state::open, 5, now() + 30s};
  board->ranking.publish(std::make_shared<const breaker_view>(open));
  kill(first);
  CAF_CHECK_EQUAL(all_boards->snapshot_of("acme"), snapshot); // nobody publishes, but it is still served
  slots->orphan_below("tenants", wall_now());
  run_directory();
  CAF_CHECK_EQUAL(all_boards->find("acme"), board);
  CAF_CHECK_NOT_EQUAL(board->snapshot.load(), snapshot);
  CAF_CHECK_EQUAL(board->ranking.load()->state, breaker_state::open);
  CAF_CHECK_EQUAL(on_board(), (ids{"acme", "zoo"}));
  CAF_CHECK_EQUAL(slot("acme")->info().restarts, 1u);
  CAF_CHECK_EQUAL(slot("zoo")->info().state, child_state::running);
}

CAF_TEST(a tenant that cannot start holds up no other for good) {
  store_tenant("acme");
  store_tenant("zoo");
  slots->open("tenants/acme")->set_crash_on_start(true);
  auto hdl = run_directory();
  pass(5s);
  CAF_CHECK_EQUAL(slot("acme")->info().state, child_state::quarantined);
  CAF_CHECK_EQUAL(slot("zoo")->info().state, child_state::running);
  CAF_CHECK(all_boards->snapshot_of("zoo"));
  CAF_CHECK_EQUAL(code_of(put(hdl, "acme")), errc::unavailable);
  slot("acme")->set_crash_on_start(false);
  pass(3s);
  CAF_CHECK(put(hdl, "acme"));
}

// -- creating and replacing ---------------------------------------------------------------------------------

CAF_TEST(a new tenant is stored and on the board with a snapshot when that is answered) {
  auto hdl = run_directory();
  auto pending = self->request(hdl, caf::infinite, put_atom_v, rules_of("acme", 25.0, {}));
  while (!answered())
    CAF_REQUIRE(consume_message());
  CAF_REQUIRE(all_boards->snapshot_of("acme"));
  CAF_CHECK_EQUAL(rollout_of("acme"), 25.0);
  auto answer = answer_to<payload<put_outcome>>(pending);
  CAF_REQUIRE(answer);
  CAF_CHECK((*answer)->created);
  auto snapshot = all_boards->snapshot_of("acme");
  CAF_CHECK_EQUAL((*answer)->revision, snapshot->revision);
  auto stored = engine.tenants->load("acme");
  CAF_CHECK_EQUAL((*stored)->revision, (*answer)->revision);
}

CAF_TEST(putting a tenant that is there replaces its rules) {
  auto hdl = run_directory();
  auto created = put(hdl, "acme");
  CAF_REQUIRE(created);
  auto replaced = put(hdl, "acme", 50.0);
  CAF_REQUIRE(replaced);
  CAF_CHECK(!(*replaced)->created);
  CAF_CHECK_GREATER((*replaced)->revision, (*created)->revision);
  CAF_CHECK_EQUAL(rollout_of("acme"), 50.0);
}

CAF_TEST(a put for another revision is refused whether there is such a tenant or not) {
  auto hdl = run_directory();
  CAF_CHECK_EQUAL(code_of(put(hdl, "acme", 10.0, 1)), errc::precondition_failed);
  CAF_CHECK_EQUAL(on_board(), ids{});
  auto created = put(hdl, "acme");
  CAF_REQUIRE(created);
  CAF_CHECK_EQUAL(code_of(put(hdl, "acme", 10.0, (*created)->revision + 1)), errc::precondition_failed);
  CAF_CHECK_EQUAL(rollout_of("acme"), 100.0);
  CAF_CHECK(put(hdl, "acme", 10.0, (*created)->revision));
}

CAF_TEST(two who create the same tenant at once do not both succeed) {
  auto hdl = run_directory();
  auto a = self->request(hdl, caf::infinite, put_atom_v, rules_of("acme", 10.0, {}));
  auto b = self->request(hdl, caf::infinite, put_atom_v, rules_of("acme", 20.0, {}));
  settle();
  auto first = answer_to<payload<put_outcome>>(a);
  CAF_REQUIRE(first);
  CAF_CHECK((*first)->created);
  CAF_CHECK_EQUAL(code_of(answer_to<payload<put_outcome>>(b)), errc::unavailable);
  CAF_CHECK_EQUAL(rollout_of("acme"), 10.0);
}

CAF_TEST(there are no more tenants than allowed) {
  tenants_max = 2;
  auto hdl = run_directory();
  CAF_CHECK(put(hdl, "a"));
  CAF_CHECK(put(hdl, "b"));
  CAF_CHECK_EQUAL(code_of(put(hdl, "c")), errc::conflict);
  CAF_CHECK_EQUAL(on_board(), (ids{"a", "b"}));
  CAF_CHECK(!*engine.tenants->load("c"));
  CAF_CHECK(put(hdl, "a", 50.0));
  CAF_CHECK(erase(hdl, "b"));
  CAF_CHECK(put(hdl, "c"));
}

CAF_TEST(a tenant that cannot be stored is not made) {
  auto hdl = run_directory();
  rules_store->fail = true;
  CAF_CHECK_EQUAL(code_of(put(hdl, "acme")), errc::storage_failed);
  CAF_CHECK_EQUAL(on_board(), ids{});
  rules_store->fail = false;
  CAF_CHECK(put(hdl, "acme"));
}

CAF_TEST(whoever makes a tenant that does not start is told so and it comes up later) {
  auto hdl = run_directory();
  video_store->fail = true;
  CAF_CHECK_EQUAL(code_of(put(hdl, "acme", 30.0)), errc::unavailable);
  CAF_CHECK_EQUAL(on_board(), ids{});
  video_store->fail = false;
  pass(1s);
  CAF_CHECK_EQUAL(on_board(), ids{"acme"});
  CAF_CHECK_EQUAL(rollout_of("acme"), 30.0);
}

CAF_TEST(a tenant that is restarting is unavailable and keeps its board) {
  auto hdl = run_directory();
  CAF_REQUIRE(put(hdl, "acme"));
  auto snapshot = all_boards->snapshot_of("acme");
  slot("acme")->set_crash_on_start(true);
  kill(slot("acme")->handle());
  CAF_CHECK_EQUAL(code_of(put(hdl, "acme", 50.0)), errc::unavailable);
  CAF_CHECK_EQUAL(all_boards->snapshot_of("acme"), snapshot);
  slot("acme")->set_crash_on_start(false);
  pass(1s);
  CAF_CHECK_EQUAL(slot("acme")->info().state, child_state::running);
  CAF_CHECK(put(hdl, "acme", 50.0));
}

// -- finding ------------------------------------------------------------------------------------------------

CAF_TEST(the boards of a tenant are found by its id) {
  auto hdl = run_directory();
  CAF_REQUIRE(put(hdl, "acme"));
  auto found = ask<tenant_board_ptr>(hdl, find_atom_v, std::string{"acme"});
  CAF_REQUIRE(found);
  CAF_CHECK_EQUAL(*found, all_boards->find("acme"));
  CAF_CHECK_EQUAL(code_of(ask<tenant_board_ptr>(hdl, find_atom_v, std::string{"nobody"})), errc::not_found);
}

// -- removing -----------------------------------------------------------------------------------------------

CAF_TEST(a removed tenant leaves nothing behind) {
  store_tenant("acme", {}, {make_video("a")});
  CAF_REQUIRE(engine.signals->save("acme", "ada", user_record{}).has_value());
  store_tenant("zoo", {}, {make_video("z")});
  auto hdl = run_directory();
  CAF_CHECK(erase(hdl, "acme"));
  CAF_CHECK_EQUAL(on_board(), ids{"zoo"});
  CAF_CHECK(!slot("acme"));
  CAF_CHECK(!*engine.tenants->load("acme"));
  CAF_CHECK((*engine.videos->load("acme")).empty());
  CAF_CHECK(!*engine.signals->load("acme", "ada"));
  CAF_CHECK_EQUAL((*engine.videos->load("zoo")).size(), 1u);
  pass(1min, 100ms);
  CAF_CHECK(!slot("acme"));
  CAF_CHECK_EQUAL(slot("zoo")->info().restarts, 0u);
}

CAF_TEST(a tenant made again after it was removed starts empty under a new revision) {
  store_tenant("acme", {}, {make_video("a")});
  auto hdl = run_directory();
  auto before = all_boards->snapshot_of("acme")->revision;
  advance_time(1ms);
  CAF_REQUIRE(erase(hdl, "acme"));
  auto made = put(hdl, "acme");
  CAF_REQUIRE(made);
  CAF_CHECK((*made)->created);
  CAF_CHECK_GREATER((*made)->revision, before);
  CAF_CHECK_EQUAL(trending_ids(all_boards->snapshot_of("acme")), ids{});
  CAF_CHECK_EQUAL(slot("acme")->info().restarts, 0u);
}

CAF_TEST(removing needs a tenant and its revision if one is named) {
  auto hdl = run_directory();
  CAF_CHECK_EQUAL(code_of(erase(hdl, "nobody")), errc::not_found);
  auto made = put(hdl, "acme");
  CAF_REQUIRE(made);
  CAF_CHECK_EQUAL(code_of(erase(hdl, "acme", (*made)->revision + 1)), errc::precondition_failed);
  CAF_CHECK_EQUAL(on_board(), ids{"acme"});
  CAF_CHECK(erase(hdl, "acme", (*made)->revision));
  CAF_CHECK_EQUAL(on_board(), ids{});
}

CAF_TEST(a tenant that cannot be removed from the store goes on) {
  store_tenant("acme", {}, {make_video("a")});
  auto hdl = run_directory();
  slot("acme")->set_hang(true);
  auto pending = self->request(hdl, caf::infinite, erase_atom_v, erasing("acme"));
  settle();
  CAF_CHECK_EQUAL(code_of(put(hdl, "acme")), errc::unavailable);
  rules_store->fail = true;
  pass(1s);
  CAF_CHECK_EQUAL(code_of(answer_to<void>(pending)), errc::storage_failed);
  rules_store->fail = false;
  pass(1s);
  CAF_CHECK_EQUAL(on_board(), ids{"acme"});
  CAF_CHECK_EQUAL(slot("acme")->info().state, child_state::running);
  CAF_CHECK(put(hdl, "acme"));
}

CAF_TEST(a hung tenant is removed when its stop timeout is over) {
  store_tenant("acme");
  auto hdl = run_directory();
  slot("acme")->set_hang(true);
  auto pending = self->request(hdl, caf::infinite, erase_atom_v, erasing("acme"));
  pass(990ms);
  CAF_CHECK(!answered());
  CAF_CHECK_EQUAL(code_of(erase(hdl, "acme")), errc::unavailable);
  pass(20ms);
  CAF_REQUIRE(answered());
  CAF_CHECK(answer_to<void>(pending));
  CAF_CHECK_EQUAL(on_board(), ids{});
}

// -- supervision --------------------------------------------------------------------------------------------

CAF_TEST(a killed tenant comes back and no other notices) {
  store_tenant("acme", {}, {make_video("a")});
  store_tenant("zoo");
  auto hdl = run_directory();
  auto zoo = all_boards->snapshot_of("zoo");
  kill(slot("acme")->handle());
  CAF_CHECK_EQUAL(slot("acme")->info().restarts, 1u);
  CAF_CHECK_EQUAL(slot("acme")->info().state, child_state::running);
  CAF_CHECK_EQUAL(all_boards->snapshot_of("zoo"), zoo);
  CAF_CHECK(put(hdl, "acme", 50.0));
}

CAF_TEST_FIXTURE_SCOPE_END()
