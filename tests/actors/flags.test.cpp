#define CAF_SUITE actors.flags
#include "tests/support/actor_test.hpp"

#include "actors/flags.hpp"

using namespace kinora;
using namespace kinora::test;
using namespace std::chrono_literals;

namespace {

/// Fails when told to, and shows what the board said when something was saved.
class scripted_flag_store : public flag_store {
public:
  explicit scripted_flag_store(boards_ptr watched) : watched_{std::move(watched)} {}

  result<std::optional<global_flags>> load() override {
    if (fail)
      return failure{errc::storage_failed, {}, "disk on fire"};
    return stored;
  }

  result<void> save(const global_flags& x, const audit_entry*) override {
    if (fail)
      return failure{errc::storage_failed, {}, "disk on fire"};
    published_before_saving = watched_->flags.load();
    stored = x;
    return {};
  }

  bool fail = false;
  std::optional<global_flags> stored;
  std::shared_ptr<const global_flags> published_before_saving;

private:
  boards_ptr watched_;
};

using difference = std::pair<global_flags, global_flags>;

struct fixture : actor_fixture {
  std::shared_ptr<scripted_flag_store> store = std::make_shared<scripted_flag_store>(all_boards);
  std::vector<difference> differences;

  flags_actor run_flags(global_flags initial = {}, bool kill_switch_forced = false) {
    flags_options options{initial, kill_switch_forced, wall_clock(),
                          [this](auto& stored, auto& asked) { differences.emplace_back(stored, asked); }};
    return start<flags_state>(options, store, all_boards);
  }

  auto patch(const flags_actor& hdl, flags_patch x, std::optional<std::uint64_t> if_revision = {}) {
    return ask<payload<global_flags>>(hdl, patch_atom_v,
                                      std::make_shared<const patch_flags>(patch_flags{x, if_revision}));
  }

  global_flags published() { return *all_boards->flags.load(); }
};

flags_patch kill_switch(bool on) {
  flags_patch out;
  out.kill_switch_active = on;
  return out;
}

flags_patch rollout(double percentage) {
  flags_patch out;
  out.rollout_percentage = percentage;
  return out;
}

} // namespace

CAF_TEST_FIXTURE_SCOPE(flags_tests, fixture)

CAF_TEST(the initial flags are published when nothing was stored) {
  run_flags({false, false, 12.5, 0});
  CAF_CHECK_EQUAL(published().personalization_enabled, false);
  CAF_CHECK_EQUAL(published().rollout_percentage, 12.5);
  CAF_CHECK_NOT_EQUAL(published().revision, 0u);
  CAF_CHECK(!store->stored);
  CAF_CHECK(differences.empty());
}

CAF_TEST(a patch is answered after it was stored and then published) {
  auto hdl = run_flags();
  auto before = published();
  auto answer = patch(hdl, kill_switch(true));
  CAF_REQUIRE(answer);
  CAF_CHECK((*answer)->kill_switch_active);
  CAF_CHECK_GREATER((*answer)->revision, before.revision);
  CAF_CHECK_EQUAL(published(), **answer);
  CAF_CHECK_EQUAL(*store->stored, **answer);
  CAF_CHECK_EQUAL(*store->published_before_saving, before);
}

CAF_TEST(a patch changes what it names and nothing else) {
  auto hdl = run_flags({false, true, 40.0, 0});
  CAF_CHECK(patch(hdl, rollout(55.0)));
  CAF_CHECK_EQUAL(published().personalization_enabled, false);
  CAF_CHECK_EQUAL(published().kill_switch_active, true);
  CAF_CHECK_EQUAL(published().rollout_percentage, 55.0);
}

CAF_TEST(a patch that changes nothing keeps the revision) {
  auto hdl = run_flags();
  auto before = published();
  auto answer = patch(hdl, rollout(100.0));
  CAF_REQUIRE(answer);
  CAF_CHECK_EQUAL(**answer, before);
  CAF_CHECK(!store->stored);
}

CAF_TEST(a patch for another revision is refused and changes nothing) {
  auto hdl = run_flags();
  auto before = published();
  CAF_CHECK_EQUAL(code_of(patch(hdl, kill_switch(true), before.revision + 1)), errc::precondition_failed);
  CAF_CHECK_EQUAL(published(), before);
  CAF_CHECK(!store->stored);
  CAF_CHECK(patch(hdl, kill_switch(true), before.revision));
  CAF_CHECK_EQUAL(code_of(patch(hdl, kill_switch(false), before.revision)), errc::precondition_failed);
}

CAF_TEST(revisions rise although the clock stands still) {
  auto hdl = run_flags();
  auto last = published().revision;
  for (int i = 0; i < 3; ++i) {
    CAF_REQUIRE(patch(hdl, rollout(i)));
    CAF_CHECK_GREATER(published().revision, last);
    last = published().revision;
  }
}

CAF_TEST(what cannot be stored is neither acknowledged nor published) {
  auto hdl = run_flags();
  auto before = published();
  store->fail = true;
  auto answer = patch(hdl, kill_switch(true));
  CAF_CHECK_EQUAL(code_of(answer), errc::storage_failed);
  CAF_CHECK_EQUAL(detail_of(answer.error()), "disk on fire");
  CAF_CHECK_EQUAL(published(), before);
  store->fail = false;
  CAF_CHECK(patch(hdl, rollout(10.0), before.revision));
  CAF_CHECK_EQUAL(published().kill_switch_active, false);
}

CAF_TEST(what was stored wins over the initial flags and the difference is told) {
  store->stored = global_flags{true, true, 30.0, 7};
  global_flags initial{true, false, 100.0, 0};
  run_flags(initial);
  CAF_CHECK_EQUAL(published(), *store->stored);
  CAF_REQUIRE_EQUAL(differences.size(), 1u);
  CAF_CHECK_EQUAL(differences[0].first, *store->stored);
  CAF_CHECK_EQUAL(differences[0].second, initial);
}

CAF_TEST(no difference is told when what was stored is what the settings say) {
  store->stored = global_flags{true, false, 100.0, 7};
  run_flags();
  CAF_CHECK(differences.empty());
}

CAF_TEST(a new instance goes on from the store) {
  auto first = run_flags();
  CAF_REQUIRE(patch(first, rollout(25.0)));
  auto before = published();
  kill(first);
  auto second = run_flags();
  CAF_CHECK_EQUAL(published(), before);
  CAF_CHECK(patch(second, kill_switch(true), before.revision));
}

CAF_TEST(without its store it does not start and the last flags stay on the board) {
  CAF_REQUIRE(patch(run_flags(), kill_switch(true)));
  auto before = published();
  store->fail = true;
  auto hdl = run_flags();
  CAF_CHECK_EQUAL(code_of(patch(hdl, kill_switch(false))), errc::unavailable);
  CAF_CHECK_EQUAL(published(), before);
}

// -- the forced kill switch ---------------------------------------------------------------------------------

CAF_TEST(nothing lifts a forced kill switch) {
  store->stored = global_flags{true, false, 100.0, 7};
  auto hdl = run_flags({true, true, 100.0, 0}, true);
  CAF_CHECK(published().kill_switch_active);
  CAF_CHECK(differences.empty());
  CAF_CHECK_EQUAL(code_of(patch(hdl, kill_switch(false))), errc::conflict);
  CAF_CHECK(published().kill_switch_active);
  auto answer = patch(hdl, rollout(10.0));
  CAF_REQUIRE(answer);
  CAF_CHECK((*answer)->kill_switch_active);
  CAF_CHECK(published().kill_switch_active);
  CAF_CHECK_EQUAL(published().rollout_percentage, 10.0);
}

CAF_TEST(a restart without it lifts a forced kill switch whatever was changed meanwhile) {
  for (bool stored_before : {false, true}) {
    store->stored.reset();
    if (stored_before)
      store->stored = global_flags{true, false, 100.0, 7};
    auto forced = run_flags({true, true, 100.0, 0}, true);
    CAF_REQUIRE(patch(forced, rollout(10.0)));
    kill(forced);
    auto free = run_flags();
    CAF_CHECK(!published().kill_switch_active);
    CAF_CHECK_EQUAL(published().rollout_percentage, 10.0);
    kill(free);
  }
}

CAF_TEST(a kill switch that an operator asks for while it is forced outlives the force) {
  auto forced = run_flags({true, true, 100.0, 0}, true);
  CAF_CHECK(patch(forced, kill_switch(true)));
  kill(forced);
  run_flags();
  CAF_CHECK(published().kill_switch_active);
}

CAF_TEST_FIXTURE_SCOPE_END()
