#define CAF_SUITE blackbox.crash
#include "tests/support/unit_test.hpp"

#include "tests/blackbox/support/event_traffic.hpp"

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include <csignal>
#include <cstdlib>
#include <functional>
#include <thread>

using namespace kinora::blackbox;
using namespace std::chrono_literals;

namespace json = boost::json;

namespace {

constexpr auto start_limit = 10s; ///< A start after a kill takes a fraction of a second on an idle machine.
constexpr int event_clients = 3;  ///< Of each tenant.

int rounds() {
  const auto* text = std::getenv("KINORA_CRASH_ROUNDS");
  return text == nullptr ? 15 : std::stoi(text);
}

/// What `check` returns or throws.
std::string complaints_of(const std::function<std::string()>& check) {
  try {
    return check();
  } catch (const std::exception& bad) {
    return std::string{bad.what()} + '\n';
  }
}

std::chrono::steady_clock::duration time_of(const std::function<void()>& work) {
  const auto begin = std::chrono::steady_clock::now();
  work();
  return std::chrono::steady_clock::now() - begin;
}

std::int64_t to_ms(std::chrono::steady_clock::duration x) {
  return std::chrono::floor<std::chrono::milliseconds>(x).count();
}

/// Ends a server at once, and returns what it complained of since its start.
std::string kill(server& x) {
  x.stop(SIGKILL);
  auto out = x.child().err();
  for (auto& line : lines_of(x.child().out()))
    if (line.find(R"("level":"error")") != std::string::npos)
      out += line + '\n';
  return out;
}

/// Every client of one server, each with a ledger.
class world {
public:
  world(const server& at, std::mt19937& random) {
    for (auto tenant : {"north", "south"}) {
      auto x = prepare(at, tenant);
      x.seed = static_cast<unsigned>(random());
      for (auto& one : write_tenant(x))
        writers_.push_back(std::move(one));
      traffic_.push_back(std::make_shared<event_traffic>(tenant, event_clients, ledgers_.path(), x.seed));
      writers_.push_back(traffic_.back());
    }
    writers_.push_back(write_flags(ledgers_.path(), static_cast<unsigned>(random())));
    writers_.push_back(write_attributed(at, ledgers_.path(), static_cast<unsigned>(random())));
    writers_.push_back(write_passing_tenant(ledgers_.path(), static_cast<unsigned>(random())));
  }

  void run(const server& to) {
    for (auto& x : writers_)
      threads_.emplace_back([&] { x->run(to); });
  }

  /// Waits for the end that a killed server makes.
  void wait() {
    for (auto& x : threads_)
      x.join();
    threads_.clear();
  }

  std::string check(const server& at) {
    std::string out;
    for (auto& x : writers_)
      out += x->check(at);
    return out;
  }

  std::string check_all(const server& at) const {
    std::string out;
    for (auto& x : traffic_)
      out += x->check_all(at);
    return out;
  }

  std::size_t acknowledged() const {
    std::size_t out = 0;
    for (auto& x : writers_)
      out += x->acknowledged();
    return out;
  }

  temporary_folder& ledgers() { return ledgers_; }

private:
  /// Makes a tenant with the videos that stay.
  writers_options prepare(const server& at, const std::string& tenant) const {
    writers_options out;
    out.tenant = tenant;
    out.ledgers = ledgers_.path();
    out.learning = {{"popularity_k", event_traffic::popularity_k},
                    {"popularity_half_life_hours", event_traffic::popularity_half_life_hours}};
    auto add = [&](const std::string& id, const std::string& tag) {
      out.titles[id] = "fixed";
      out.videos += json::serialize(json::object{{"id", id}, {"title", "fixed"}, {"tags", {tag}}}) + '\n';
    };
    add(liked_video, liked_tag);
    for (int i = 0; i < event_traffic::videos; ++i)
      add("f" + std::to_string(i), "t" + std::to_string(i));
    const json::object rules{
        {"recency_window_hours", 1}, {"pins", {{"nowhere", 1}}}, {"learning", out.learning}};
    put_tenant(at, tenant, json::serialize(rules), out.videos);
    return out;
  }

  temporary_folder ledgers_;
  std::vector<std::shared_ptr<writer>> writers_;
  std::vector<std::shared_ptr<event_traffic>> traffic_; ///< Of `writers_`.
  std::vector<std::thread> threads_;
};

} // namespace

CAF_TEST(what was acknowledged is there after every kill and nothing is there twice) {
  const auto seed = std::random_device{}();
  std::mt19937 random{seed};
  auto between = [&](int first, int last) {
    return std::chrono::milliseconds{std::uniform_int_distribution{first, last}(random)};
  };
  server tested{patiently({"--store", "rocksdb", "--store-write-buffer-mb", "1"})};
  world clients{tested, random};
  std::chrono::steady_clock::duration longest{};
  std::string wrong;
  for (int round = 1; round <= rounds() && wrong.empty(); ++round) {
    clients.run(tested);
    const auto after = between(20, 600);
    std::this_thread::sleep_for(after);
    wrong = kill(tested);
    clients.wait();
    if (round % 3 == 0)
      tested.restart_and_kill(between(0, 100));
    std::chrono::steady_clock::duration took{};
    wrong += complaints_of([&] {
      took = time_of([&] { tested.restart(); });
      return clients.check(tested);
    });
    longest = std::max(longest, took);
    CAF_MESSAGE("seed " << seed << ", round " << round << ": killed after " << after.count() << " ms, "
                        << clients.acknowledged() << " requests acknowledged so far, started again in "
                        << to_ms(took) << " ms");
  }
  wrong += complaints_of([&] { return clients.check_all(tested); });
  wrong += kill(tested);
  const auto store = run_to_exit({"store", "check", "--data-dir", tested.data_dir().string()}, {}, 60s);
  CAF_MESSAGE(store.out << store.err);
  CAF_CHECK_EQUAL(store.exit_code, 0);
  CAF_MESSAGE("longest start: " << to_ms(longest) << " ms");
  CAF_CHECK(longest < start_limit);
  CAF_CHECK_EQUAL(wrong, "");
  if (wrong.empty() && store.exit_code == 0)
    return;
  tested.keep();
  clients.ledgers().keep();
  CAF_MESSAGE("kept: " << tested.data_dir() << ", ledgers: " << clients.ledgers().path());
}
