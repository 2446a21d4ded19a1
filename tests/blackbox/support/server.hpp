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

/// `kinora serve --port 0 --admin-port 0 --store memory --admin-token ... --data-dir ... args...`: the last
/// of two flags would be refused, so `args` names none of these. Killed at the end, with its folder.
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

  process& child() { return child_; }

  /// Sends a signal and waits for the end; nullopt when it does not come within `timeout`.
  struct stopped {
    int exit_code;
    std::chrono::steady_clock::duration took;
  };
  std::optional<stopped> stop(int signal, std::chrono::milliseconds timeout = call_timeout);

  /// Memory that is in use, as the system counts it.
  std::size_t rss_kb() const;

private:
  temporary_folder folder_;
  process child_;
  std::optional<endpoint> api_;
  std::optional<endpoint> admin_;
};

/// GET /v1/feed?query for a tenant, as JSON. Throws `std::runtime_error` when the status is not 200.
boost::json::object feed(const endpoint& from, const std::string& tenant, const std::string& query);

/// The ids of a page's items, in order.
std::vector<std::string> ids_of(const boost::json::object& page);

} // namespace kinora::blackbox
