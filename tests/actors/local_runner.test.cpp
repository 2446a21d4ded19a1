#define CAF_SUITE actors.local_runner
#include "tests/support/actor_test.hpp"

#include "actors/local_runner.hpp"
#include "actors/pool.hpp"
#include "tests/support/failing_allocation.hpp"

#include <caf/resumable.hpp>

#include <algorithm>
#include <array>
#include <new>
#include <thread>

using namespace kinora;
using namespace std::chrono_literals;

namespace {

using log = std::shared_ptr<std::vector<std::string>>;

/// Notes what it handles. Asked to find a tenant, it asks the next one, if there is one.
class noting_state {
public:
  static inline const char* name = "test.noting";

  noting_state(tenants_actor::pointer self, log seen, std::string as, tenants_actor next)
      : self_{self}, seen_{std::move(seen)}, name_{std::move(as)}, next_{std::move(next)} {}

  tenants_actor::behavior_type make_behavior() {
    return {
        [this](ping_atom) { on_ping(); },
        [](started_atom, const std::string&, std::uint64_t) {},
        [](retry_atom, const std::string&, std::uint64_t) {},
        [this](tick_atom) { port::tell(self_, tick_atom_v); },
        [this](find_atom, const std::string& what) { return on_find(what); },
        [](put_atom, const payload<put_rules>&) -> caf::result<payload<put_outcome>> {
          return caf::make_error(errc::unavailable);
        },
        [](erase_atom, const payload<erase_tenant>&) {},
    };
  }

private:
  void on_ping() {
    seen_->push_back(name_);
    if (auto* here = local_runner::of_this_thread())
      here->run();
    seen_->push_back("end of " + name_);
  }

  caf::result<tenant_board_ptr> on_find(const std::string& what) {
    seen_->push_back(name_ + " " + what);
    if (!next_)
      return caf::make_error(errc::not_found);
    auto out = self_->make_response_promise<tenant_board_ptr>();
    port::ask(self_, next_, 1s, find_atom_v, what)
        .then([out](const tenant_board_ptr& x) mutable { out.deliver(x); },
              [this, out](const caf::error& why) mutable {
                seen_->push_back(name_ + " was answered");
                out.deliver(why);
              });
    return out;
  }

  tenants_actor::pointer self_;
  log seen_;
  std::string name_;
  tenants_actor next_;
};

/// What CAF wants run; nobody counts references to it.
struct counting_turns final : caf::resumable {
  resume_result resume(caf::execution_unit*, std::size_t) override {
    ++turns;
    return done;
  }
  void intrusive_ptr_add_ref_impl() override {}
  void intrusive_ptr_release_impl() override {}
  int turns = 0;
};

struct fixture : test::actor_fixture {
  log seen = std::make_shared<std::vector<std::string>>();
  record_ptr second_slot = slots->open("second");
  tenants_actor second = start_in<noting_state>(second_slot, seen, "second", tenants_actor{});
  tenants_actor first = start_in<noting_state>(slots->open("first"), seen, "first", second);

  fixture() { settle(); }

  std::string handled() {
    std::string out;
    for (auto& x : std::exchange(*seen, {}))
      out += (out.empty() ? "" : ", ") + x;
    return out;
  }
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(local_runner_tests, fixture)

CAF_TEST(what a thread asks and what that asks runs on that thread) {
  local_runner here{sys};
  port::tell_on(here, first, find_atom_v, "a");
  CAF_CHECK_EQUAL(handled(), "");
  here.run();
  CAF_CHECK_EQUAL(handled(), "first a, second a, first was answered");
}

CAF_TEST(what others ask runs on the pool) {
  local_runner here{sys};
  port::tell(first, find_atom_v, "a");
  here.run();
  CAF_CHECK_EQUAL(handled(), "");
  settle();
  CAF_CHECK_EQUAL(handled(), "first a, second a, first was answered");
}

CAF_TEST(an actor that the pool runs already goes on there) {
  local_runner here{sys};
  port::tell(second, ping_atom_v);
  port::tell_on(here, first, find_atom_v, "a");
  here.run();
  CAF_CHECK_EQUAL(handled(), "first a");
  settle();
  CAF_CHECK_EQUAL(handled(), "second, end of second, second a, first was answered");
}

CAF_TEST(an actor that runs the runner runs nobody within itself) {
  local_runner here{sys};
  port::tell_on(here, first, ping_atom_v);
  port::tell_on(here, second, ping_atom_v);
  here.run();
  CAF_CHECK_EQUAL(handled(), "first, end of first, second, end of second");
}

// CAF says once that an actor is ready: one that got lost would never run again.
CAF_TEST(whoever is ready has its turn also when there is no memory) {
  std::array<counting_turns, 300> all;
  local_runner here{sys};
  for (auto& x : all) {
    test::fail_allocation(1);
    here.exec_later(&x);
    test::fail_allocation(0);
  }
  test::fail_allocation(1);
  try {
    here.run();
  } catch (const std::bad_alloc&) { // the pool has no memory for those past its turns
  }
  test::fail_allocation(0);
  for (int i = 0; i < 5; ++i)
    here.run();
  sched.run();
  CAF_CHECK(std::ranges::all_of(all, [](auto& x) { return x.turns == 1; }));
}

CAF_TEST(what never ends is left to the pool) {
  local_runner here{sys};
  port::tell_on(here, first, tick_atom_v); // it tells itself again and again
  port::tell_on(here, second, tick_atom_v);
  here.run();
  port::tell_on(here, first, ping_atom_v);
  here.run(); // returns, too
  for (int i = 0; i < 10 && seen->empty(); ++i)
    sched.run_once();
  CAF_CHECK_EQUAL(handled(), "first, end of first");
}

CAF_TEST(a runner that ends leaves what is ready to the pool) {
  {
    local_runner here{sys};
    port::tell_on(here, first, ping_atom_v);
  }
  CAF_CHECK(local_runner::of_this_thread() == nullptr);
  CAF_CHECK_EQUAL(handled(), "");
  settle();
  CAF_CHECK_EQUAL(handled(), "first, end of first");
}

CAF_TEST(a held actor waits and goes on at the pool when it is let go) {
  local_runner here{sys};
  second_slot->set_hang(true);
  port::tell_on(here, second, ping_atom_v);
  here.run();
  settle();
  CAF_CHECK_EQUAL(handled(), "");
  second_slot->set_hang(false);
  settle();
  CAF_CHECK_EQUAL(handled(), "second, end of second");
}

CAF_TEST(an actor that fails here ends as on the pool) {
  local_runner here{sys};
  port::send_exit(caf::actor_cast<caf::actor>(second), caf::exit_reason::kill);
  settle();
  port::tell_on(here, first, find_atom_v, "a");
  port::tell_on(here, second, ping_atom_v);
  here.run();
  CAF_CHECK_EQUAL(handled(), "first a, first was answered");
}

CAF_TEST(threads that share workers begin at different ones and use all) {
  worker_pool<tenants_actor> pool{{slots->open("first"), second_slot}};
  auto path_of = [&] { return pool.next()->record->path(); };
  local_runner here{sys};
  CAF_CHECK_NOT_EQUAL(path_of(), path_of()); // nobody else is there
  std::string of_other;
  std::string of_other_next;
  std::thread{[&] { // as many threads as workers
    local_runner there{sys};
    of_other = path_of();
    of_other_next = path_of();
    std::thread{[&] { CAF_CHECK(local_runner::of_this_thread() == nullptr); }}.join();
  }}
      .join();
  CAF_CHECK_EQUAL(of_other, of_other_next);
  second_slot->suspect(now());
  for (int i = 0; i < 4; ++i)
    CAF_CHECK_EQUAL(path_of(), "first");
}

CAF_TEST(the worker with the least to do is asked) {
  worker_pool<tenants_actor> pool{{slots->open("first"), second_slot}};
  auto busy = pool.next();
  const auto one = busy->load->enter();
  const auto other = busy->record->path() == "first" ? "second" : "first";
  for (int i = 0; i < 3; ++i)
    CAF_CHECK_EQUAL(pool.next()->record->path(), other);
  auto more = pool.next()->load->enter(2);
  for (int i = 0; i < 3; ++i)
    CAF_CHECK_EQUAL(pool.next()->record, busy->record);
  busy->record->suspect(now());
  CAF_CHECK_EQUAL(pool.next()->record->path(), other); // busy, but alive
}

CAF_TEST_FIXTURE_SCOPE_END()
