#include "tests/blackbox/support/judge.hpp"

#include <pthread.h>
#include <sched.h>

#include <algorithm>
#include <charconv>
#include <fstream>
#include <map>
#include <utility>

namespace kinora::blackbox {

namespace {

using clock = std::chrono::steady_clock;
using milliseconds_f = std::chrono::duration<double, std::milli>;

constexpr std::chrono::milliseconds nap{1};
constexpr std::chrono::milliseconds look_interval{10};
constexpr std::chrono::milliseconds stall_min{3}; ///< Less is to be expected anyway.
constexpr std::chrono::milliseconds disturbance_min{6};

/// See `complaint`.
std::size_t late_for_clients_max(std::size_t answers) {
  return std::max<std::size_t>(8, answers / 100);
}

/// The cores that this process may use.
std::vector<std::size_t> usable_cores() {
  cpu_set_t set;
  CPU_ZERO(&set);
  ::sched_getaffinity(0, sizeof(set), &set);
  std::vector<std::size_t> out;
  for (std::size_t i = 0; i < CPU_SETSIZE; ++i)
    if (CPU_ISSET(i, &set))
      out.push_back(i);
  return out;
}

std::string describe(const sample& x) {
  return "status " + std::to_string(x.status) + ", " + std::to_string(x.items) + " items" +
         (x.personalized ? ", personalized" : ", trending") + (x.degraded ? ", degraded" : "") +
         ", reason \"" + x.reason + "\", " + x.timing + ", " +
         std::to_string(milliseconds_f{x.latency()}.count()) + " ms for the client";
}

bool is_sound(const sample& x) {
  return x.status == 200 && x.items > 0 && x.degraded == !x.reason.empty() && !(x.degraded && x.personalized);
}

} // namespace

stall_watch::stall_watch(pid_t server)
    : threads_of_server_{"/proc/" + std::to_string(server) + "/task"}, looked_at_{clock::now()} {
  for (auto core : usable_cores())
    threads_.emplace_back([this, core] { watch_core(core); });
  threads_.emplace_back([this] { watch_server(); });
}

stall_watch::~stall_watch() {
  stopping_ = true;
  for (auto& x : threads_)
    x.join();
}

void stall_watch::watch_core(std::size_t core) {
  cpu_set_t only;
  CPU_ZERO(&only);
  CPU_SET(core, &only);
  ::pthread_setaffinity_np(::pthread_self(), sizeof(only), &only);
  while (!stopping_) {
    const auto due = clock::now() + nap;
    std::this_thread::sleep_until(due);
    const auto came = clock::now();
    if (came - due >= stall_min)
      note({due, came, came - due});
  }
}

void stall_watch::watch_server() {
  while (!stopping_) {
    look_at_server();
    std::this_thread::sleep_for(look_interval);
  }
}

/// What each thread has waited for a core since the last look; the short waits of a working server do not
/// count.
void stall_watch::look_at_server() {
  const auto from = std::exchange(looked_at_, clock::now());
  std::error_code gone;
  const std::filesystem::directory_iterator end;
  for (std::filesystem::directory_iterator thread{threads_of_server_, gone}; !gone && thread != end;
       thread.increment(gone)) {
    std::ifstream in{thread->path() / "schedstat"};
    std::int64_t ran = 0;
    std::int64_t waited = 0;
    if (!(in >> ran >> waited))
      continue;
    auto [last, is_new] = waited_.try_emplace(thread->path().filename().string(), waited);
    const auto lost =
        std::chrono::nanoseconds{waited} - std::exchange(last->second, std::chrono::nanoseconds{waited});
    if (lost >= stall_min)
      note({from, clock::now(), lost});
  }
}

void stall_watch::note(stall x) {
  const std::lock_guard lock{mutex_};
  stalls_.push_back(x);
}

clock::duration stall_watch::lost(clock::time_point from, clock::time_point to) const {
  const std::lock_guard lock{mutex_};
  clock::duration out{0};
  for (auto& x : stalls_)
    if (x.from < to && x.to > from)
      out += x.lost;
  return out;
}

std::optional<milliseconds_f> stage_time(std::string_view timing, std::string_view stage) {
  while (!timing.empty()) {
    auto entry = timing.substr(0, timing.find(','));
    timing.remove_prefix(std::min(entry.size() + 1, timing.size()));
    entry.remove_prefix(std::min(entry.find_first_not_of(' '), entry.size()));
    constexpr std::string_view separator = ";dur=";
    if (!entry.starts_with(stage) || !entry.substr(stage.size()).starts_with(separator))
      continue;
    entry.remove_prefix(stage.size() + separator.size());
    double out = 0;
    std::from_chars(entry.data(), entry.data() + entry.size(), out);
    return milliseconds_f{out};
  }
  return std::nullopt;
}

std::string complaint(const std::vector<sample>& answers, const stall_watch& machine,
                      std::chrono::milliseconds limit) {
  if (answers.empty())
    return "there was no request";
  if (auto bad = first_of(answers, [](const sample& x) { return !is_sound(x); }); !bad.empty())
    return bad;
  auto late = first_of(answers, [&](const sample& x) {
    const auto total = stage_time(x.timing, "total");
    return !total || (*total > limit && *total > limit + machine.lost(x.started, x.ended));
  });
  if (!late.empty())
    return "late by the server's clock: " + late;
  auto took_long = [&](const sample& x) {
    return x.latency() > limit && x.latency() > limit + machine.lost(x.started, x.ended);
  };
  if (auto count = count_of(answers, took_long); count > late_for_clients_max(answers.size()))
    return std::to_string(count) + " of " + std::to_string(answers.size()) +
           " late by the clients' clocks: " + first_of(answers, took_long);
  return {};
}

std::string exceeds(std::chrono::milliseconds limit, clock::time_point begin, std::chrono::milliseconds took,
                    const stall_watch& machine) {
  if (took <= limit + machine.lost(begin, begin + took))
    return {};
  return "took " + std::to_string(took.count()) + " ms, not " + std::to_string(limit.count());
}

std::string first_of(const std::vector<sample>& answers,
                     const std::function<bool(const sample&)>& predicate) {
  auto found = std::find_if(answers.begin(), answers.end(), predicate);
  return found == answers.end() ? std::string{} : describe(*found);
}

std::size_t count_of(const std::vector<sample>& answers,
                     const std::function<bool(const sample&)>& predicate) {
  return static_cast<std::size_t>(std::count_if(answers.begin(), answers.end(), predicate));
}

std::vector<sample> started_between(const std::vector<sample>& answers, clock::time_point from,
                                    clock::time_point to) {
  std::vector<sample> out;
  std::copy_if(answers.begin(), answers.end(), std::back_inserter(out),
               [&](auto& x) { return x.started >= from && x.started < to; });
  return out;
}

std::vector<sample> undisturbed(const std::vector<sample>& answers, const stall_watch& machine) {
  std::vector<sample> out;
  std::copy_if(answers.begin(), answers.end(), std::back_inserter(out),
               [&](auto& x) { return machine.lost(x.started, x.ended) < disturbance_min; });
  return out;
}

std::string reasons_in(const std::vector<sample>& answers) {
  std::map<std::string, std::size_t> counts;
  for (auto& x : answers)
    ++counts[x.reason];
  std::string out;
  for (auto& [reason, count] : counts)
    out += (reason.empty() ? "not degraded" : reason) + ": " + std::to_string(count) + "; ";
  return out;
}

load_options clients_of(const std::string& tenant, std::size_t threads) {
  load_options out;
  out.threads = threads;
  out.fields = {{"X-Tenant-ID", tenant}};
  for (auto user : {"user_sporty", "user_newsy", "user_new"})
    out.targets.push_back(std::string{"/v1/feed?user_hash="} + user);
  out.pause = std::chrono::milliseconds{1};
  return out;
}

} // namespace kinora::blackbox
