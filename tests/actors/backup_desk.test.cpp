#define CAF_SUITE actors.backup_desk
#include "tests/support/unit_test.hpp"

#include "actors/backup_desk.hpp"

#include <future>
#include <stdexcept>

using namespace kinora;
using namespace std::chrono_literals;

namespace {

/// Waits for a word before it is done.
class slow_backups : public backup_store {
public:
  result<backup_report> make(const backup_order& x) override {
    ++made;
    while (!go && !x.is_stopped())
      std::this_thread::yield();
    if (x.is_stopped())
      return failure{errc::unavailable, {}, "given up"};
    if (throws)
      throw std::runtime_error{"a bug"};
    return backup_report{"name", x.folder + "/name", 7};
  }

  std::atomic<bool> go{false};
  bool throws = false;
  std::atomic<int> made{0};
};

struct fixture {
  std::shared_ptr<slow_backups> store = std::make_shared<slow_backups>();
  backup_desk desk{{"/backups", 3, [] { return wall_time{}; }, {}}, store};

  std::future<backup_status> start() {
    auto promise = std::make_shared<std::promise<backup_status>>();
    auto out = promise->get_future();
    auto bad = desk.start([promise](const backup_status& x) { promise->set_value(x); });
    CAF_CHECK(!bad);
    return out;
  }
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(backup_desk_tests, fixture)

CAF_TEST(one backup is made at a time and its status can be seen) {
  CAF_CHECK(desk.status().state == backup_status::stage::none);
  auto first = start();
  CAF_CHECK(desk.status().state == backup_status::stage::running);
  auto second = desk.start([](const backup_status&) {});
  CAF_REQUIRE(second.has_value());
  CAF_CHECK(second->code == errc::conflict);
  store->go = true;
  CAF_CHECK_EQUAL(first.get().report.path, "/backups/name");
  CAF_CHECK(desk.status().state == backup_status::stage::succeeded);
  CAF_CHECK_EQUAL(start().get().report.bytes, 7u);
  CAF_CHECK_EQUAL(store->made, 2);
}

CAF_TEST(an exception is a backup that failed) {
  store->throws = true;
  store->go = true;
  CAF_CHECK(start().get().state == backup_status::stage::failed);
  CAF_CHECK(desk.status().why.code == errc::work_failed);
}

CAF_TEST(a desk that closes gives up what is under way and starts nothing) {
  auto first = start();
  desk.close();
  CAF_CHECK(first.get().why.code == errc::unavailable);
  CAF_CHECK(desk.start([](const backup_status&) {}).value().code == errc::unavailable);
}

CAF_TEST_FIXTURE_SCOPE_END()
