// What the server promises to its clients, and whether they got it.
#pragma once

#include "tests/blackbox/support/load.hpp"

#include <sys/types.h>

#include <atomic>
#include <chrono>
#include <filesystem>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace kinora::blackbox {

/// Notes when the machine lets a server wait that is ready to run. What is lost that way is nobody's fault,
/// and is added to the limits that tests set to times. It looks from two sides: one thread on each core
/// sleeps for a moment, again and again, and sees by how much it overslept; and the kernel tells how long
/// each thread of the server has waited for a core.
class stall_watch {
public:
  explicit stall_watch(pid_t server);
  ~stall_watch();
  stall_watch(const stall_watch&) = delete;
  stall_watch& operator=(const stall_watch&) = delete;

  /// Time lost between two instants, summed over cores and threads: a request passes through several of them,
  /// and may have been unlucky with each.
  std::chrono::steady_clock::duration lost(std::chrono::steady_clock::time_point from,
                                           std::chrono::steady_clock::time_point to) const;

private:
  struct stall {
    std::chrono::steady_clock::time_point from;
    std::chrono::steady_clock::time_point to;
    std::chrono::steady_clock::duration lost;
  };

  void watch_core(std::size_t core);
  void watch_server();
  void look_at_server();
  void note(stall x);

  std::filesystem::path threads_of_server_;
  std::map<std::string, std::chrono::nanoseconds>
      waited_;                                      ///< By thread of the server; for its watcher alone.
  std::chrono::steady_clock::time_point looked_at_; ///< Likewise.
  mutable std::mutex mutex_;                        ///< Guards stalls_.
  std::vector<stall> stalls_;
  std::atomic<bool> stopping_{false};
  std::vector<std::thread> threads_;
};

/// The default of FEED_BUDGET_MS, and what an answer may take beyond it.
inline constexpr std::chrono::milliseconds answer_limit{100 + 50};

/// Duration of a stage in a Server-Timing header; nullopt when the stage was not entered.
std::optional<std::chrono::duration<double, std::milli>> stage_time(std::string_view timing,
                                                                    std::string_view stage);

/// What is wrong with the answers: nothing when it is empty. Each of them is a 200 with items, either
/// personalized or degraded with a reason. Each went out within `limit` of the request's arrival by the
/// server's own clock (Server-Timing): that is the promise, and no answer is excused, but for what the
/// machine lost. By the clients' clocks one in a hundred may take longer, and eight at least, as many as a
/// test has clients: their own threads compete for the cores, too, so that only what is late again and again
/// is the server's.
std::string complaint(const std::vector<sample>& answers, const stall_watch& machine,
                      std::chrono::milliseconds limit = answer_limit);

/// Empty when something took no longer than `limit`, or by no more than the machine stalled since `begin`;
/// else how long it took.
std::string exceeds(std::chrono::milliseconds limit, std::chrono::steady_clock::time_point begin,
                    std::chrono::milliseconds took, const stall_watch& machine);

/// The first of the answers to which `predicate` applies, in words; empty when there is none.
std::string first_of(const std::vector<sample>& answers, const std::function<bool(const sample&)>& predicate);

std::size_t count_of(const std::vector<sample>& answers, const std::function<bool(const sample&)>& predicate);

/// Those that started at or after `from` and before `to`.
std::vector<sample> started_between(const std::vector<sample>& answers,
                                    std::chrono::steady_clock::time_point from,
                                    std::chrono::steady_clock::time_point to);

/// Those during which the machine lost next to nothing: what steps of a few milliseconds do under starvation
/// says nothing about the server.
std::vector<sample> undisturbed(const std::vector<sample>& answers, const stall_watch& machine);

/// How often which reason was given, for a test's log.
std::string reasons_in(const std::vector<sample>& answers);

/// Clients of a demo tenant: its users and a cold one, four at once unless told.
load_options clients_of(const std::string& tenant, std::size_t threads = 4);

} // namespace kinora::blackbox
