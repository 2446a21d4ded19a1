// The Kinora binary as a child process of a test.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <condition_variable>
#include <filesystem>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

namespace kinora::blackbox {

/// Environment variables as name and value.
using environment = std::vector<std::pair<std::string, std::string>>;

/// How a process ended.
struct exit_status {
  int code = 0; ///< The exit code; 128 + n when signal n ended it.
  std::chrono::steady_clock::time_point at;
};

/// A folder of its own below the system's temporary folder, removed with all that is in it at the end.
class temporary_folder {
public:
  temporary_folder();
  ~temporary_folder();
  temporary_folder(const temporary_folder&) = delete;
  temporary_folder& operator=(const temporary_folder&) = delete;

  const std::filesystem::path& path() const { return path_; }

  /// Lets it stay.
  void keep() { kept_ = true; }

private:
  std::filesystem::path path_;
  bool kept_ = false;
};

/// A running `kinora`, the one that KINORA_BINARY names. It sees of the environment only what it is given, so
/// that no setting leaks in from outside. What it writes is kept. It does not outlive its object, nor the
/// thread that made it.
class process {
public:
  /// Starts `kinora args...`. Throws `std::runtime_error` when that is impossible.
  explicit process(const std::vector<std::string>& args, const environment& env = {});

  /// Kills it if it still runs.
  ~process();
  process(const process&) = delete;
  process& operator=(const process&) = delete;

  pid_t pid() const { return pid_; }
  void signal(int number) const;

  /// Waits until it has ended; nullopt when it has not within `timeout`.
  std::optional<exit_status> wait(std::chrono::milliseconds timeout);

  /// Waits until `enough(out, err)` holds for what it has written; false when it does not within `timeout` or
  /// when it ends before.
  bool wait_for_output(std::chrono::milliseconds timeout,
                       const std::function<bool(const std::string&, const std::string&)>& enough);

  /// What it has written so far.
  std::string out() const;
  std::string err() const;

private:
  void read_until_end(int out_fd, int err_fd);

  pid_t pid_ = -1;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::string out_;
  std::string err_;
  std::optional<exit_status> ended_;
  std::thread reader_;
};

/// What a run from start to exit left behind.
struct run_result {
  int exit_code = -1; ///< -1: it did not end in time and was killed.
  std::string out;
  std::string err;
  std::chrono::steady_clock::duration took{};
};

/// Runs `kinora args...` until it ends, or kills it after `timeout`.
run_result run_to_exit(const std::vector<std::string>& args, const environment& env = {},
                       std::chrono::milliseconds timeout = std::chrono::seconds{5});

/// Asks `predicate` again and again until it holds; false when it does not within `timeout`.
bool eventually(std::chrono::milliseconds timeout, const std::function<bool()>& predicate,
                std::chrono::milliseconds pause = std::chrono::milliseconds{5});

/// The lines of a text, without their ends; an unfinished last line counts.
std::vector<std::string> lines_of(std::string_view text);

} // namespace kinora::blackbox
