#define CAF_SUITE crash.store
#include "tests/support/unit_test.hpp"

#include "storage/rocksdb/rocksdb_stores.hpp"
#include "storage/rocksdb/store_check.hpp"
#include "tests/blackbox/support/process.hpp"
#include "tests/crash/store_content.hpp"

#include <array>
#include <csignal>
#include <cstdlib>
#include <functional>
#include <map>
#include <numeric>
#include <random>
#include <sstream>
#include <thread>

// The process under test is kinora_store_writer.

using namespace kinora;
using namespace kinora::blackbox;
using namespace kinora::test;
using namespace std::chrono_literals;

namespace {

constexpr auto open_timeout = 30s;
constexpr std::int64_t per_round = 1'000'000; ///< Numbers of a round; far more than it has time for.

int rounds() {
  const auto* text = std::getenv("KINORA_CRASH_ROUNDS");
  return text == nullptr ? 15 : std::stoi(text);
}

wall_time now() {
  return std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now());
}

/// The numbers of the last calls of one thread of the writer that returned, and that began.
struct progress {
  std::int64_t done = 0;
  std::int64_t sent = 0;
};

/// How many events each user has sent about each video.
using counts = std::array<std::int64_t, event_users * event_videos>;

/// A store that is killed while it is written, and what has to be in it.
class killed_store {
public:
  killed_store() {
    const auto at = open();
    must(at.flags->save(flags_at(0)));
    must(at.access->save(token_at(0)));
    for (auto tenant : {first_tenant, second_tenant})
      must(at.tenants->save(tenant, rules_at(0)));
    must(at.videos->replace(first_tenant, catalogue_at(0)));
    must(at.videos->upsert(second_tenant, upload_at(0)));
  }

  /// Lets the writer run for that time, from its start or from its first success, and kills it.
  void write_and_kill(std::int64_t round, std::chrono::milliseconds after, bool from_start) {
    first_ = round * per_round;
    process writer{{folder_.path().string(), std::to_string(first_), std::to_string(at_ms_)}};
    auto is_writing = [](const std::string& out, const std::string&) { return out.find("done") != out.npos; };
    if (!from_start && !writer.wait_for_output(open_timeout, is_writing))
      complain("the writer does not start: " + writer.out() + writer.err());
    std::this_thread::sleep_for(after);
    writer.signal(SIGKILL);
    writer.wait(open_timeout);
    read(writer.out());
    if (!writer.err().empty())
      complain(writer.err());
  }

  /// Holds what is there against what the writer said.
  void check() {
    const auto at = open();
    check("flags", [&](auto n) { return *must(at.flags->load()) == flags_at(n); });
    check("rules", [&](auto n) { return *must(at.tenants->load(first_tenant)) == rules_at(n); });
    check("token", [&](auto n) {
      const auto tokens = must(at.access->load());
      return tokens.size() == 1 && tokens[0].who.name == token_at(n).who.name &&
             tokens[0].digest == token_at(n).digest;
    });
    check_log(at);
    check("catalogue",
          [&](auto n) { return are_same(must(at.videos->load(first_tenant)), catalogue_at(n)); });
    check("upload", [&](auto n) { return are_same(must(at.videos->load(second_tenant)), upload_at(n)); });
    check("record", [&](auto n) {
      const auto seen = must(at.signals->load(second_tenant, "set")), wanted = record_at(n);
      return seen && wanted ? *seen == *wanted : !seen && !wanted;
    });
    check_events(at);
  }

  /// A change and its entry are there together, or not at all.
  void check_log(const stores& at) {
    const auto rules = must(at.tenants->load(first_tenant))->revision;
    const auto page = must(at.audit->list({.tenants = {first_tenant}, .limit = 1}));
    const auto last = page.rows.empty() ? std::string{"0"} : page.rows.front().entry.target;
    if (last != std::to_string(rules))
      complain("the log ends with rules " + last + ", the store has " + std::to_string(rules));
  }

  std::string wrong;
  temporary_folder& folder() { return folder_; }
  std::size_t acknowledged() const { return acknowledged_; }
  std::chrono::steady_clock::duration longest_open() const { return longest_open_; }

private:
  template <class T>
  static T must(const result<T>& x) {
    if (!x)
      throw std::runtime_error{x.error().detail};
    return *x;
  }

  static void must(const result<void>& x) {
    if (!x)
      throw std::runtime_error{x.error().detail};
  }

  static bool are_same(const std::vector<std::shared_ptr<const video>>& a,
                       const std::vector<std::shared_ptr<const video>>& b) {
    return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](auto& x, auto& y) { return *x == *y; });
  }

  void complain(const std::string& what) { wrong += what + '\n'; }

  stores open() {
    const auto begin = std::chrono::steady_clock::now();
    rocksdb_options options;
    options.path = folder_.path().string();
    options.wall_clock = now;
    const auto out = must(open_rocksdb_stores(options));
    longest_open_ = std::max(longest_open_, std::chrono::steady_clock::now() - begin);
    return out;
  }

  void read(const std::string& said) {
    for (int i = 0; i < event_threads; ++i)
      progress_["events" + std::to_string(i)] = {first_, first_};
    std::istringstream lines{said};
    for (std::string word, name, what; lines >> word >> name && std::getline(lines, what);)
      if (word == "sent") {
        progress_[name].sent = std::stoll(what);
      } else if (word == "done") {
        progress_[name].done = std::stoll(what);
        ++acknowledged_;
      } else {
        complain(word + ' ' + name + what);
      }
  }

  /// `is_at(n)`: whether the thing is as write `n` makes it.
  void check(const std::string& name, const std::function<bool(std::int64_t)>& is_at) {
    auto& [done, sent] = progress_[name];
    if (is_at(sent))
      done = sent;
    else if (is_at(done))
      sent = done;
    else
      complain(name + " is not as " + std::to_string(done) + " or " + std::to_string(sent) + " makes it");
  }

  void check_events(const stores& at) {
    std::vector<event_name> acknowledged, others;
    for (int thread = 0; thread < event_threads; ++thread) {
      const auto [done, sent] = progress_["events" + std::to_string(thread)];
      for (auto i = first_; i < sent; ++i)
        (i < done ? acknowledged : others).push_back({thread, i});
    }
    auto least = known_;
    for (auto& x : acknowledged)
      ++least[cell_of(x)];
    auto most = least;
    for (auto& x : others)
      ++most[cell_of(x)];
    const auto seen = seen_in(at);
    for (std::size_t i = 0; i < seen.size(); ++i)
      if (seen[i] < least[i] || seen[i] > most[i])
        complain("events of cell " + std::to_string(i) + ": " + std::to_string(seen[i]) + ", acknowledged " +
                 std::to_string(least[i]) + ", sent " + std::to_string(most[i]));
    check_popularity(at, seen);
    check_stats(at, seen);
    send_again(at, acknowledged, 0);
    send_again(at, others,
               std::accumulate(most.begin(), most.end(), std::int64_t{0}) -
                   std::accumulate(seen.begin(), seen.end(), std::int64_t{0}));
    if (seen_in(at) != most)
      complain("events sent again do not add up");
    known_ = most;
  }

  /// From the users' sums; what is no whole multiple shows as -1.
  counts seen_in(const stores& at) const {
    counts out{};
    for (std::size_t cell = 0; cell < out.size(); ++cell) {
      const auto record = must(at.signals->load(first_tenant, "user" + std::to_string(cell / event_videos)));
      if (!record)
        continue;
      for (auto& sum : record->tags)
        if (sum.key == "tag" + std::to_string(cell % event_videos)) {
          const auto events = sum.value / amount_of(cell % event_videos);
          out[cell] = static_cast<std::int64_t>(events);
          if (static_cast<double>(out[cell]) != events || record->reference_ms != at_ms_)
            out[cell] = -1;
        }
    }
    return out;
  }

  void check_popularity(const stores& at, const counts& seen) {
    std::map<std::string, double> expected;
    for (std::size_t cell = 0; cell < seen.size(); ++cell)
      if (seen[cell] != 0)
        expected["video" + std::to_string(cell % event_videos)] +=
            amount_of(cell % event_videos) * static_cast<double>(seen[cell]);
    std::map<std::string, double> found;
    for (auto& [video, sum] : must(at.popularity->load(first_tenant)))
      found[video] = sum.value;
    if (found != expected)
      complain("the popularity of videos does not correspond to what users have sent");
  }

  /// Each event says of a position of its own that it was played.
  void check_stats(const stores& at, const counts& seen) {
    feed_stats expected, found;
    for (std::size_t cell = 0; cell < seen.size(); ++cell)
      expected.at(feed_type::trending, side_of_video(cell % event_videos))
          .add(engagement::play, static_cast<std::uint64_t>(seen[cell]));
    const auto hour = std::chrono::floor<std::chrono::hours>(wall_time{std::chrono::milliseconds{at_ms_}});
    for (auto& each : must(at.stats->load(first_tenant, hour, hour + 1h)))
      found += each.counts;
    if (found != expected)
      complain("the statistics do not correspond to what users have sent");
  }

  void send_again(const stores& at, const std::vector<event_name>& events, std::int64_t expected) {
    const auto outcome = must(at.events->apply(std::vector{batch_of(events, at_ms_)}, now())).at(0);
    if (outcome.accepted != static_cast<std::size_t>(expected) ||
        outcome.accepted + outcome.duplicates != events.size())
      complain("of " + std::to_string(events.size()) + " events sent again " +
               std::to_string(outcome.accepted) + " are accepted, not " + std::to_string(expected) +
               ", and " + std::to_string(outcome.duplicates) + " are duplicates");
  }

  temporary_folder folder_;
  const std::int64_t at_ms_ = now().time_since_epoch().count(); ///< When all events occurred.
  std::int64_t first_ = 0;                                      ///< The round's first number.
  std::map<std::string, progress> progress_;
  counts known_{}; ///< What was in the store after the last check.
  std::size_t acknowledged_ = 0;
  std::chrono::steady_clock::duration longest_open_{};
};

} // namespace

CAF_TEST(what was acknowledged outlives a kill that takes all that was not synced) {
  const auto seed = std::random_device{}();
  std::mt19937 random{seed};
  killed_store tested;
  for (int round = 1; round <= rounds() && tested.wrong.empty(); ++round) {
    const bool from_start = round % 3 == 0; // may kill it while it opens the store
    const std::chrono::milliseconds after{
        std::uniform_int_distribution{from_start ? 0 : 20, from_start ? 200 : 600}(random)};
    try {
      tested.write_and_kill(round, after, from_start);
      tested.check();
    } catch (const std::exception& bad) {
      tested.wrong += bad.what();
    }
    CAF_MESSAGE("seed " << seed << ", round " << round << ": killed " << after.count() << " ms after the "
                        << (from_start ? "start, " : "first write, ") << tested.acknowledged()
                        << " calls acknowledged so far, longest start "
                        << std::chrono::floor<std::chrono::milliseconds>(tested.longest_open()).count()
                        << " ms");
  }
  rocksdb_options options;
  options.path = tested.folder().path().string();
  options.wall_clock = now;
  CAF_CHECK(check_rocksdb_store(options).has_value());
  CAF_CHECK_EQUAL(tested.wrong, "");
  if (tested.wrong.empty())
    return;
  tested.folder().keep();
  CAF_MESSAGE("kept: " << tested.folder().path());
}
