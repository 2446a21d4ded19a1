// Feed requests from several clients at once.
#pragma once

#include "tests/blackbox/support/endpoint.hpp"

#include <atomic>
#include <chrono>
#include <cstddef>
#include <string>
#include <thread>
#include <vector>

namespace kinora::blackbox {

/// One feed request and what came of it.
struct sample {
  int status = 0;            ///< 0: no answer; `reason` says why.
  bool personalized = false; ///< As the X-Personalized header says.
  bool degraded = false;     ///< As the body says.
  std::string reason;        ///< The body's `degraded_reason`.
  std::size_t items = 0;
  std::string timing;     ///< The Server-Timing header.
  std::size_t target = 0; ///< Index of what was asked for.
  std::chrono::steady_clock::time_point started;
  std::chrono::steady_clock::time_point ended;

  std::chrono::steady_clock::duration latency() const { return ended - started; }
};

struct load_options {
  std::size_t threads = 4;
  std::vector<std::string> targets;   ///< Path and query, asked for in turn by every thread; not empty.
  headers fields;                     ///< Sent with every request.
  std::chrono::microseconds pause{0}; ///< Of each thread between two requests.
};

/// Clients with a connection each, kept alive, that ask one request after the other while it runs.
class load {
public:
  load(std::uint16_t port, load_options options);

  /// Stops it.
  ~load();
  load(const load&) = delete;
  load& operator=(const load&) = delete;

  void start();

  /// Requests answered since the start.
  std::size_t answered() const { return answered_.load(); }

  /// Ends the clients, each after the request it is at, and returns all samples by the time they started.
  std::vector<sample> stop();

private:
  void run(std::size_t thread);

  std::uint16_t port_;
  load_options options_;
  std::atomic<bool> stopping_{false};
  std::atomic<std::size_t> answered_{0};
  std::vector<std::vector<sample>> samples_; ///< Of each thread.
  std::vector<std::thread> threads_;
};

} // namespace kinora::blackbox
