#define CAF_SUITE actors.tenant
#include "tests/support/actor_test.hpp"

#include "actors/tenant.hpp"
#include "domain/best_candidates.hpp"
#include "tests/support/flaky_stores.hpp"

using namespace kinora;
using namespace kinora::test;
using namespace std::chrono_literals;

namespace {

payload<erase_video> video_named(std::string id) {
  return std::make_shared<const erase_video>(erase_video{{}, std::move(id)});
}

using ids = std::vector<std::string>;

struct fixture : actor_fixture {
  std::shared_ptr<flaky_tenant_store> rules_store = std::make_shared<flaky_tenant_store>(engine.tenants);
  std::shared_ptr<flaky_video_store> video_store = std::make_shared<flaky_video_store>(engine.videos);
  tenant_board_ptr board = std::make_shared<tenant_board>();
  std::size_t videos_max = 10;

  fixture() { store_tenant("acme", {}, {make_video("low", 10), make_video("high", 90)}); }

  tenant_actor run_tenant() {
    auto flaky = engine;
    flaky.tenants = rules_store;
    flaky.videos = video_store;
    return start<tenant_state>(tenant_options{"acme", videos_max, 60s, wall_clock()}, flaky, board);
  }

  static payload<upsert_videos> upload(const std::vector<video>& videos, bool replace = false) {
    upsert_videos out;
    for (auto& x : videos)
      out.videos.push_back(share(x));
    out.replace = replace;
    return std::make_shared<const upsert_videos>(std::move(out));
  }

  auto upsert(const tenant_actor& hdl, const std::vector<video>& videos, bool replace = false) {
    return ask<payload<upsert_outcome>>(hdl, upsert_atom_v, upload(videos, replace));
  }

  auto put(const tenant_actor& hdl, tenant_rules rules, std::optional<std::uint64_t> if_revision = {}) {
    return ask<payload<put_outcome>>(
        hdl, put_atom_v, std::make_shared<const put_rules>(put_rules{"acme", std::move(rules), if_revision}));
  }

  auto preview(const tenant_actor& hdl, preview_job job) {
    job.now = wall_now();
    return ask<payload<slate>>(hdl, preview_atom_v, std::make_shared<const preview_job>(std::move(job)));
  }

  ids listed() { return trending_ids(board->snapshot.load()); }

  static ids ids_of(const slate& x) {
    ids out;
    for (auto& item : x.items)
      out.push_back(item.video->id);
    return out;
  }

  ids stored() {
    ids out;
    for (auto& x : *engine.videos->load("acme"))
      out.push_back(x->id);
    return out;
  }
};

tenant_rules excluding(std::string tag) {
  tenant_rules out;
  out.filters.exclude_tags = {std::move(tag)};
  return out;
}

} // namespace

CAF_TEST_FIXTURE_SCOPE(tenant_tests, fixture)

// -- start --------------------------------------------------------------------------------------------------

CAF_TEST(it starts from the store and publishes a snapshot with trending) {
  run_tenant();
  auto snapshot = board->snapshot.load();
  CAF_REQUIRE(snapshot);
  CAF_CHECK_EQUAL(snapshot->id, "acme");
  CAF_CHECK_EQUAL(listed(), (ids{"high", "low"}));
  auto stored = engine.tenants->load("acme");
  CAF_CHECK_EQUAL(snapshot->revision, (*stored)->revision);
  CAF_CHECK_EQUAL(snapshot->trending->made_at, wall_now());
}

CAF_TEST(it does not start when the store cannot be read and the last snapshot serves) {
  auto hdl = run_tenant();
  auto last = board->snapshot.load();
  kill(hdl);
  for (auto* broken : {&rules_store->fail, &video_store->fail}) {
    *broken = true;
    CAF_CHECK_EQUAL(code_of(ask<video_ptr>(run_tenant(), find_atom_v, std::string{"low"})),
                    errc::unavailable);
    CAF_CHECK_EQUAL(board->snapshot.load(), last);
    *broken = false;
  }
}

CAF_TEST(it does not start without rules) {
  CAF_REQUIRE(engine.tenants->erase("acme").has_value());
  run_tenant();
  CAF_CHECK(!board->snapshot.load());
}

CAF_TEST(a new instance has all that was acknowledged) {
  auto first = run_tenant();
  CAF_REQUIRE(upsert(first, {make_video("new", 50)}));
  CAF_REQUIRE(ask<void>(first, erase_atom_v, video_named("low")));
  auto outcome = put(first, excluding("x"));
  CAF_REQUIRE(outcome);
  kill(first);
  auto generation = board->snapshot.generation();
  run_tenant();
  CAF_CHECK_EQUAL(board->snapshot.generation(), generation + 1);
  CAF_CHECK_EQUAL(listed(), (ids{"high", "new"}));
  CAF_CHECK_EQUAL(*board->snapshot.load()->rules, excluding("x"));
  CAF_CHECK_EQUAL(board->snapshot.load()->revision, (*outcome)->revision);
}

// -- videos -------------------------------------------------------------------------------------------------

CAF_TEST(a video is on the board when its upload is answered) {
  auto hdl = run_tenant();
  auto pending = self->request(hdl, caf::infinite, upsert_atom_v, upload({make_video("new", 50)}));
  while (!answered())
    CAF_REQUIRE(consume_message());
  CAF_CHECK_EQUAL(listed(), (ids{"high", "new", "low"}));
  CAF_CHECK_EQUAL(stored(), (ids{"high", "low", "new"}));
  auto answer = answer_to<payload<upsert_outcome>>(pending);
  CAF_REQUIRE(answer);
  CAF_CHECK((*answer)->refused.empty());
}

CAF_TEST(uploads that arrive together share one rebuild) {
  auto hdl = run_tenant();
  auto generation = board->snapshot.generation();
  auto a = self->request(hdl, caf::infinite, upsert_atom_v, upload({make_video("a", 95)}));
  auto b = self->request(hdl, caf::infinite, upsert_atom_v, upload({make_video("b", 94)}));
  auto c = self->request(hdl, caf::infinite, erase_atom_v, video_named("low"));
  settle();
  CAF_CHECK_EQUAL(board->snapshot.generation(), generation + 1);
  CAF_CHECK(answer_to<payload<upsert_outcome>>(a));
  CAF_CHECK(answer_to<payload<upsert_outcome>>(b));
  CAF_CHECK(answer_to<void>(c));
  CAF_CHECK_EQUAL(listed(), (ids{"a", "b", "high"}));
  CAF_CHECK(upsert(hdl, {make_video("d", 93)}));
  CAF_CHECK_EQUAL(board->snapshot.generation(), generation + 2);
}

CAF_TEST(an upload replaces the videos whose ids it names) {
  auto hdl = run_tenant();
  CAF_CHECK(upsert(hdl, {make_video("low", 99)}));
  CAF_CHECK_EQUAL(listed(), (ids{"low", "high"}));
  auto found = ask<video_ptr>(hdl, find_atom_v, std::string{"low"});
  CAF_REQUIRE(found);
  CAF_CHECK_EQUAL((*found)->score, 99.0);
}

CAF_TEST(an upload can be the whole catalogue) {
  auto hdl = run_tenant();
  CAF_CHECK(upsert(hdl, {make_video("only", 1), make_video("two", 2)}, true));
  CAF_CHECK_EQUAL(listed(), (ids{"two", "only"}));
  CAF_CHECK_EQUAL(stored(), (ids{"only", "two"}));
  CAF_CHECK_EQUAL(code_of(ask<video_ptr>(hdl, find_atom_v, std::string{"low"})), errc::not_found);
}

CAF_TEST(new videos past the limit are refused one by one and known ones are not ) {
  videos_max = 3;
  auto hdl = run_tenant();
  auto answer =
      upsert(hdl, {make_video("x", 1), make_video("y", 2), make_video("low", 99), make_video("z", 3)});
  CAF_REQUIRE(answer);
  CAF_CHECK_EQUAL((*answer)->refused, (std::vector<std::size_t>{1, 3}));
  CAF_CHECK_EQUAL(listed(), (ids{"low", "high", "x"}));
  CAF_CHECK_EQUAL(stored(), (ids{"high", "low", "x"}));
}

CAF_TEST(a whole catalogue past the limit keeps its first videos) {
  videos_max = 2;
  auto hdl = run_tenant();
  auto answer = upsert(hdl, {make_video("x", 1), make_video("y", 2), make_video("low", 99)}, true);
  CAF_REQUIRE(answer);
  CAF_CHECK_EQUAL((*answer)->refused, (std::vector<std::size_t>{2}));
  CAF_CHECK_EQUAL(stored(), (ids{"x", "y"}));
}

CAF_TEST(a removed video is out of the board when that is answered) {
  auto hdl = run_tenant();
  CAF_CHECK(ask<void>(hdl, erase_atom_v, video_named("high")));
  CAF_CHECK_EQUAL(listed(), ids{"low"});
  CAF_CHECK_EQUAL(stored(), ids{"low"});
  CAF_CHECK_EQUAL(code_of(ask<void>(hdl, erase_atom_v, video_named("high"))), errc::not_found);
}

CAF_TEST(videos are listed in order of id from a place on) {
  auto hdl = run_tenant();
  CAF_REQUIRE(upsert(hdl, {make_video("a"), make_video("b"), make_video("z")}));
  auto page = ask<payload<std::vector<video_ptr>>>(hdl, list_atom_v, std::string{"a"}, std::uint64_t{3});
  CAF_REQUIRE(page);
  ids seen;
  for (auto& x : **page)
    seen.push_back(x->id);
  CAF_CHECK_EQUAL(seen, (ids{"b", "high", "low"}));
}

// -- rules --------------------------------------------------------------------------------------------------

CAF_TEST(new rules are in force when they are answered) {
  auto hdl = run_tenant();
  CAF_REQUIRE(upsert(hdl, {make_video("p", 99, {"politics"})}));
  auto before = board->snapshot.load()->revision;
  auto answer = put(hdl, excluding("politics"));
  CAF_REQUIRE(answer);
  CAF_CHECK(!(*answer)->created);
  CAF_CHECK_GREATER((*answer)->revision, before);
  CAF_CHECK_EQUAL(board->snapshot.load()->revision, (*answer)->revision);
  CAF_CHECK_EQUAL(board->snapshot.load()->catalogue->rules, board->snapshot.load()->rules);
  CAF_CHECK_EQUAL(listed(), (ids{"high", "low"}));
  CAF_CHECK_EQUAL((*engine.tenants->load("acme"))->rules, excluding("politics"));
}

CAF_TEST(rules for another revision are refused and change nothing) {
  auto hdl = run_tenant();
  auto before = board->snapshot.load();
  CAF_CHECK_EQUAL(code_of(put(hdl, excluding("x"), before->revision + 1)), errc::precondition_failed);
  CAF_CHECK_EQUAL(board->snapshot.load(), before);
  CAF_CHECK(put(hdl, excluding("x"), before->revision));
}

// -- time ---------------------------------------------------------------------------------------------------

CAF_TEST(trending is made anew at the instant a video falls due and when one expires) {
  auto due = make_video("due", 95, {}, wall_now() + 10s);
  auto dying = make_video("dying", 94);
  dying.expires_at = wall_now() + 20s;
  auto hdl = run_tenant();
  CAF_REQUIRE(upsert(hdl, {due, dying}));
  CAF_CHECK_EQUAL(listed(), (ids{"dying", "high", "low"}));
  pass(9'999ms, 1ms);
  CAF_CHECK_EQUAL(listed(), (ids{"dying", "high", "low"}));
  pass(1ms, 1ms);
  CAF_CHECK_EQUAL(listed(), (ids{"due", "dying", "high", "low"}));
  pass(9'999ms, 1ms);
  CAF_CHECK_EQUAL(listed(), (ids{"due", "dying", "high", "low"}));
  pass(1ms, 1ms);
  CAF_CHECK_EQUAL(listed(), (ids{"due", "high", "low"}));
}

CAF_TEST(the candidates of reduced feeds are the best of each snapshot) {
  videos_max = 2 * best_candidates_max;
  auto hdl = run_tenant();
  CAF_CHECK(!board->snapshot.load()->best_candidates);
  std::vector<video> many;
  for (std::size_t i = 0; i < best_candidates_max; ++i)
    many.push_back(make_video("v" + std::to_string(i), 50));
  CAF_REQUIRE(upsert(hdl, many));
  auto snapshot = board->snapshot.load();
  CAF_REQUIRE(snapshot->best_candidates);
  CAF_CHECK(snapshot->best_candidates->rules == snapshot->rules);
  CAF_CHECK_EQUAL(snapshot->best_candidates->eligible, best_candidates_max);
  auto& best = *snapshot->best_candidates->blocks.at(0)->rows;
  CAF_CHECK_EQUAL(best.videos[0]->id, "high");
  CAF_CHECK(best.videos[1]->score == 50.0 && best.videos.back()->score == 50.0);
  CAF_REQUIRE(upsert(hdl, {make_video("better", 95)}));
  CAF_CHECK_EQUAL(board->snapshot.load()->best_candidates->blocks.at(0)->rows->videos[0]->id, "better");
}

CAF_TEST(an upload that falls due before anything else brings the next tick forward) {
  auto hdl = run_tenant();
  CAF_REQUIRE(upsert(hdl, {make_video("later", 95, {}, wall_now() + 30s)}));
  CAF_REQUIRE(upsert(hdl, {make_video("sooner", 96, {}, wall_now() + 5s)}));
  pass(5s);
  CAF_CHECK_EQUAL(listed(), (ids{"sooner", "high", "low"}));
  pass(25s);
  CAF_CHECK_EQUAL(listed(), (ids{"sooner", "later", "high", "low"}));
}

CAF_TEST(a list gets no older than it may although nothing changes) {
  run_tenant();
  auto generation = board->snapshot.generation();
  for (std::uint64_t i = 1; i <= 3; ++i) {
    pass(59'990ms);
    CAF_CHECK_EQUAL(board->snapshot.generation(), generation + i - 1);
    pass(10ms);
    CAF_CHECK_EQUAL(board->snapshot.generation(), generation + i);
    CAF_CHECK_EQUAL(board->snapshot.load()->trending->made_at, wall_now());
  }
}

CAF_TEST(a tick that another one has overtaken makes no list) {
  auto hdl = run_tenant(); // its first tick is due in 60 s
  CAF_REQUIRE(upsert(hdl, {make_video("due", 95, {}, wall_now() + 5s)}));
  pass(5s);
  auto generation = board->snapshot.generation();
  pass(59'990ms);
  CAF_CHECK_EQUAL(board->snapshot.generation(), generation);
  pass(10ms);
  CAF_CHECK_EQUAL(board->snapshot.generation(), generation + 1);
}

CAF_TEST(many that fall due one after the other do not make it publish without end) {
  std::vector<video> videos;
  for (int i = 0; i < 8; ++i)
    videos.push_back(
        make_video("v" + std::to_string(i), 50, {}, wall_now() + 10s + std::chrono::milliseconds{i * 10}));
  auto hdl = run_tenant();
  CAF_REQUIRE(upsert(hdl, videos));
  auto generation = board->snapshot.generation();
  pass(11s, 1ms);
  CAF_CHECK_EQUAL(listed().size(), 10u);
  CAF_CHECK_EQUAL(board->snapshot.generation(), generation + 2);
}

// -- failing stores -----------------------------------------------------------------------------------------

CAF_TEST(what cannot be stored is not acknowledged and changes nothing) {
  auto hdl = run_tenant();
  auto before = board->snapshot.load();
  rules_store->fail = video_store->fail = true;
  CAF_CHECK_EQUAL(code_of(upsert(hdl, {make_video("new")})), errc::storage_failed);
  CAF_CHECK_EQUAL(code_of(upsert(hdl, {make_video("new")}, true)), errc::storage_failed);
  CAF_CHECK_EQUAL(code_of(ask<void>(hdl, erase_atom_v, video_named("low"))), errc::storage_failed);
  CAF_CHECK_EQUAL(code_of(put(hdl, excluding("x"))), errc::storage_failed);
  CAF_CHECK_EQUAL(board->snapshot.load(), before);
  rules_store->fail = video_store->fail = false;
  CAF_CHECK(upsert(hdl, {make_video("after", 50)}));
  CAF_CHECK_EQUAL(listed(), (ids{"high", "after", "low"}));
  CAF_CHECK_EQUAL(board->snapshot.load()->revision, before->revision);
}

// -- previews -----------------------------------------------------------------------------------------------

CAF_TEST(a preview ranks whatever the switches say) {
  tenant_rules off;
  off.personalization_enabled = false;
  auto hdl = run_tenant();
  CAF_REQUIRE(put(hdl, off));
  preview_job job;
  job.signals = std::make_shared<const ranking_signals>(user_signals{{"high"}, {}, {}, {}, {}});
  auto page = preview(hdl, job);
  CAF_REQUIRE(page);
  CAF_CHECK_EQUAL(ids_of(**page), ids{"low"});
  job.signals = nullptr;
  CAF_CHECK_EQUAL(ids_of(**preview(hdl, job)), (ids{"high", "low"}));
}

CAF_TEST(a preview ranks for signals that are given with it) {
  auto hdl = run_tenant();
  CAF_REQUIRE(upsert(hdl, {make_video("fan", 80, {"sports"})}));
  preview_job job;
  job.signals = std::make_shared<const ranking_signals>(user_signals{{}, {{"sports", 1.0}}, {}, {}, {}});
  job.limit = 2;
  auto page = preview(hdl, job);
  CAF_REQUIRE(page);
  CAF_CHECK_EQUAL(ids_of(**page), (ids{"fan", "high"}));
  CAF_CHECK_EQUAL((*page)->items[0].matched_tags, ids{"sports"});
}

CAF_TEST(a preview under draft rules changes nothing) {
  auto hdl = run_tenant();
  CAF_REQUIRE(upsert(hdl, {make_video("p", 99, {"politics"})}));
  auto before = board->snapshot.load();
  auto stored_before = *engine.tenants->load("acme");
  preview_job job;
  job.rules = excluding("politics");
  auto page = preview(hdl, job);
  CAF_REQUIRE(page);
  CAF_CHECK_EQUAL(ids_of(**page), (ids{"high", "low"}));
  CAF_CHECK_EQUAL(board->snapshot.load(), before);
  CAF_CHECK(*engine.tenants->load("acme") == stored_before);
  job.rules.reset();
  CAF_CHECK_EQUAL(ids_of(**preview(hdl, job)), (ids{"p", "high", "low"}));
}

CAF_TEST_FIXTURE_SCOPE_END()
