// A running `kinora serve` on free ports, and what tests ask of it.
#pragma once

#include "tests/blackbox/support/endpoint.hpp"
#include "tests/blackbox/support/process.hpp"

#include <boost/json/object.hpp>

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

namespace kinora::blackbox {

inline const std::string admin_token = "token-of-the-tests";

/// `kinora serve --port 0 --admin-port 0 --admin-token ... --data-dir ... --backup-dir ... args...`, and
/// `--store memory` unless `args` names another one: the last of two flags would be refused, so `args` names
/// none of the others. Killed at the end, with its folder.
class server {
public:
  /// Returns when both ports listen. Throws `std::runtime_error` with what the process wrote when they do
  /// not.
  explicit server(const std::vector<std::string>& args = {}, const environment& env = {});

  /// The public port, and the admin port with the token sent along.
  const endpoint& api() const { return *api_; }
  const endpoint& admin() const { return *admin_; }

  /// The admin port without a token.
  endpoint stranger() const { return endpoint{admin_->port()}; }

  process& child() { return *child_; }

  /// Kills it, and starts another one on the same folder. Throws as the constructor does.
  void restart();

  /// The same, from here on with that environment.
  void restart(const environment& env);

  /// Kills it, and starts another one on the same folder, which is killed after that time, whether it has
  /// started or not.
  void restart_and_kill(std::chrono::milliseconds after);

  /// Its folder; `keep` lets it stay when the server is gone.
  const std::filesystem::path& data_dir() const { return folder_.path(); }
  void keep() { folder_.keep(); }

  /// Sends a signal and waits for the end; nullopt when it does not come within `timeout`.
  struct stopped {
    int exit_code;
    std::chrono::steady_clock::duration took;
  };
  std::optional<stopped> stop(int signal, std::chrono::milliseconds timeout = call_timeout);

  /// Memory that is in use, as the system counts it.
  std::size_t rss_kb() const;

private:
  void start();

  temporary_folder folder_;
  std::vector<std::string> args_;
  environment env_;
  std::optional<process> child_;
  std::optional<endpoint> api_;
  std::optional<endpoint> admin_;
};

/// `args`, and so much time for a feed that a busy machine degrades none. For tests that measure no time.
std::vector<std::string> patiently(std::vector<std::string> args = {});

/// GET /v1/feed?query for a tenant, as JSON. Throws `std::runtime_error` when the status is not 200.
boost::json::object feed(const endpoint& from, const std::string& tenant, const std::string& query);

/// The ids of a page's items, in order.
std::vector<std::string> ids_of(const boost::json::object& page);

/// Pages from the start to the end of a session of one user. Throws as `feed` does, and when the session has
/// more than 501 pages.
std::vector<std::string> session_of(const endpoint& from, const std::string& tenant, const std::string& user,
                                    const std::string& limit);

/// An answer as short text for a check: "400 limit" for a problem that blames a field, "404" for one that
/// blames none. Anything but a complete RFC 9457 problem is shown as it is.
std::string problem_of(const reply& answer);

/// Returns the answer. Throws `std::runtime_error` that shows it when it has another status.
const reply& must(int status, const reply& answer);

/// Puts a tenant with rules as JSON, and makes NDJSON its whole catalogue; empty: leaves that as it is.
void put_tenant(const server& to, const std::string& tenant, const std::string& rules,
                const std::string& videos);

/// All that the admin API tells of what is kept: flags, tenants, and of each its rules, revision and videos.
std::string kept_by(const server& from);

} // namespace kinora::blackbox
