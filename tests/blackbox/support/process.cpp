#include "tests/blackbox/support/process.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <stdexcept>

namespace kinora::blackbox {

namespace {

using namespace std::chrono_literals;
using clock = std::chrono::steady_clock;

std::string binary() {
  auto path = std::getenv("KINORA_BINARY");
  if (path == nullptr)
    throw std::runtime_error{"KINORA_BINARY has to name the binary to test"};
  return path;
}

/// "NAME=value" for the child: what it is given, and what a sanitizer wants to know.
std::vector<std::string> child_environment(const environment& env) {
  std::vector<std::string> out;
  for (auto name : {"PATH", "ASAN_OPTIONS", "UBSAN_OPTIONS", "LSAN_OPTIONS"})
    if (auto value = std::getenv(name))
      out.push_back(std::string{name} + '=' + value);
  for (auto& [name, value] : env)
    out.push_back(name + '=' + value);
  return out;
}

std::vector<char*> pointers(std::vector<std::string>& texts) {
  std::vector<char*> out;
  for (auto& text : texts)
    out.push_back(text.data());
  out.push_back(nullptr);
  return out;
}

std::array<int, 2> make_pipe() {
  std::array<int, 2> fds{};
  if (::pipe2(fds.data(), O_CLOEXEC) != 0)
    throw std::runtime_error{std::string{"no pipe: "} + std::strerror(errno)};
  return fds;
}

/// Moves what there is to read into `text`; false at the end.
bool read_some(int fd, std::mutex& mutex, std::string& text) {
  std::array<char, 16'384> bytes;
  const auto got = ::read(fd, bytes.data(), bytes.size());
  if (got <= 0)
    return false;
  const std::lock_guard lock{mutex};
  text.append(bytes.data(), static_cast<std::size_t>(got));
  return true;
}

} // namespace

temporary_folder::temporary_folder() {
  auto pattern = (std::filesystem::temp_directory_path() / "kinora-test-XXXXXX").string();
  if (::mkdtemp(pattern.data()) == nullptr)
    throw std::runtime_error{"no temporary folder: " + pattern};
  path_ = pattern;
}

temporary_folder::~temporary_folder() {
  std::error_code ignored;
  if (!kept_)
    std::filesystem::remove_all(path_, ignored);
}

process::process(const std::vector<std::string>& args, const environment& env) {
  std::vector<std::string> words{binary()};
  words.insert(words.end(), args.begin(), args.end());
  auto variables = child_environment(env);
  auto argv = pointers(words);
  auto envp = pointers(variables);
  const auto out = make_pipe();
  const auto err = make_pipe();
  pid_ = ::fork();
  if (pid_ < 0)
    throw std::runtime_error{std::string{"no child process: "} + std::strerror(errno)};
  if (pid_ == 0) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    ::dup2(out[1], STDOUT_FILENO);
    ::dup2(err[1], STDERR_FILENO);
    ::execve(argv[0], argv.data(), envp.data());
    ::_exit(127);
  }
  ::close(out[1]);
  ::close(err[1]);
  reader_ = std::thread{[this, out, err] { read_until_end(out[0], err[0]); }};
}

process::~process() {
  if (!wait(0ms))
    ::kill(pid_, SIGKILL);
  reader_.join();
}

void process::signal(int number) const {
  const std::lock_guard lock{mutex_};
  if (!ended_)
    ::kill(pid_, number);
}

std::optional<exit_status> process::wait(std::chrono::milliseconds timeout) {
  std::unique_lock lock{mutex_};
  changed_.wait_for(lock, timeout, [this] { return ended_.has_value(); });
  return ended_;
}

bool process::wait_for_output(std::chrono::milliseconds timeout,
                              const std::function<bool(const std::string&, const std::string&)>& enough) {
  std::unique_lock lock{mutex_};
  changed_.wait_for(lock, timeout, [&] { return ended_ || enough(out_, err_); });
  return enough(out_, err_);
}

std::string process::out() const {
  const std::lock_guard lock{mutex_};
  return out_;
}

std::string process::err() const {
  const std::lock_guard lock{mutex_};
  return err_;
}

void process::read_until_end(int out_fd, int err_fd) {
  std::array<pollfd, 2> pipes{{{out_fd, POLLIN, 0}, {err_fd, POLLIN, 0}}};
  while (pipes[0].fd >= 0 || pipes[1].fd >= 0) {
    if (::poll(pipes.data(), pipes.size(), -1) < 0)
      continue;
    for (auto& pipe : pipes)
      if (pipe.revents != 0 && !read_some(pipe.fd, mutex_, pipe.fd == out_fd ? out_ : err_))
        pipe.fd = -1;
    changed_.notify_all();
  }
  ::close(out_fd);
  ::close(err_fd);
  // The id stays the child's until it is waited for, so that no signal ever meets a stranger.
  siginfo_t info{};
  ::waitid(P_PID, static_cast<id_t>(pid_), &info, WEXITED | WNOWAIT);
  const std::lock_guard lock{mutex_};
  ::waitpid(pid_, nullptr, 0);
  ended_ = exit_status{info.si_code == CLD_EXITED ? info.si_status : 128 + info.si_status, clock::now()};
  changed_.notify_all();
}

run_result run_to_exit(const std::vector<std::string>& args, const environment& env,
                       std::chrono::milliseconds timeout) {
  run_result out;
  const auto begin = clock::now();
  process child{args, env};
  const auto ended = child.wait(timeout);
  out.exit_code = ended ? ended->code : -1;
  out.took = (ended ? ended->at : clock::now()) - begin;
  out.out = child.out();
  out.err = child.err();
  return out;
}

bool eventually(std::chrono::milliseconds timeout, const std::function<bool()>& predicate,
                std::chrono::milliseconds pause) {
  const auto deadline = clock::now() + timeout;
  while (!predicate()) {
    if (clock::now() >= deadline)
      return false;
    std::this_thread::sleep_for(pause);
  }
  return true;
}

std::vector<std::string> lines_of(std::string_view text) {
  std::vector<std::string> out;
  while (!text.empty()) {
    const auto end = std::min(text.find('\n'), text.size());
    out.emplace_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return out;
}

} // namespace kinora::blackbox
