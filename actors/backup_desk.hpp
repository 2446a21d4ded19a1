#pragma once

#include "storage/backup_store.hpp"

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

namespace kinora {

/// The latest backup of this process.
struct backup_status {
  enum class stage : std::uint8_t { none, running, succeeded, failed };

  stage state = stage::none;
  backup_report report;             ///< Once it has succeeded.
  std::chrono::milliseconds took{}; ///< Once it has ended.
  failure why;                      ///< Once it has failed.
};

constexpr std::string_view to_string_view(backup_status::stage x) noexcept {
  switch (x) {
  case backup_status::stage::none: return "none";
  case backup_status::stage::running: return "running";
  case backup_status::stage::succeeded: return "succeeded";
  case backup_status::stage::failed: return "failed";
  }
  return "unknown";
}

/// Makes backups, one at a time, on a thread of its own. No actor: one that copies for minutes would be given
/// up as hung, and has no state that a restart could bring back. Thread-safe.
class backup_desk {
public:
  struct options {
    std::string folder;
    std::size_t kept = 7;
    std::function<wall_time()> wall_clock;
    /// Told of every backup that has ended, on the desk's thread; may be empty.
    std::function<void(const backup_status&)> on_end;
  };

  backup_desk(options x, std::shared_ptr<backup_store> store);

  /// Gives up what is under way, and waits until it has.
  ~backup_desk();

  /// Begins a backup; `on_end` is called once when it has ended, on the desk's thread. errc::conflict while
  /// another one is under way, errc::unavailable when the desk is closed.
  std::optional<failure> start(std::function<void(const backup_status&)> on_end);

  backup_status status() const;

  /// From now on nothing starts; what is under way is given up.
  void close();

private:
  void work(const std::function<void(const backup_status&)>& on_end);

  const options options_;
  const std::shared_ptr<backup_store> store_;
  std::atomic<bool> closed_{false};
  mutable std::mutex mutex_; ///< Guards `status_` and `thread_`.
  backup_status status_;
  std::thread thread_; ///< Of the latest backup.
};

} // namespace kinora
