// From a request to the handler of its route; what every answer carries.
#pragma once

#include "domain/access.hpp"
#include "domain/errc.hpp"
#include "http/message.hpp"
#include "http/uri.hpp"

#include <array>
#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace kinora::http {

/// Which of the two listeners a request came through.
enum class listener_kind { public_port, admin_port };

/// What one request says to its route in its path and its query. Lives as long as the request.
class route_params {
public:
  /// `query` as sent, and the names that the route declares. `caller`: see below.
  route_params(std::string_view query, std::span<const std::string> declared,
               std::shared_ptr<const principal> caller = nullptr)
      : query_{query}, declared_{declared}, caller_{std::move(caller)} {}

  void add(std::string_view name, std::string value) { path_.emplace_back(name, std::move(value)); }

  /// Value of a parameter of the path, decoded. Throws `std::out_of_range` when the pattern has none of that
  /// name: a bug.
  const std::string& at(std::string_view name) const;

  /// The parameters of the query, of which those that the route declares can be looked up. Fails as
  /// `parse_query` does.
  result<query_params> query() const { return parse_query(query_, declared_); }

  /// Whose token came with the request; nullptr on routes that need none.
  const std::shared_ptr<const principal>& caller() const { return caller_; }

private:
  std::vector<std::pair<std::string, std::string>> path_;
  std::string_view query_;
  std::span<const std::string> declared_;
  std::shared_ptr<const principal> caller_;
};

/// The first admin: whoever has the token that the server was started with.
inline constexpr std::string_view first_admin_id = "start";
inline constexpr std::string_view first_admin_name = "ADMIN_TOKEN";

/// A route's handler: validates, starts the work, returns at once; completes the exchange now or later.
/// Request and parameters live until the handler returns: copy what is needed later. An exception is a bug;
/// it is answered with a 500 that keeps its text to the log.
using route_handler = std::function<void(const request&, const route_params&, exchange_ptr)>;

struct route_options {
  /// What the token has to allow for the tenant in the path; the route exists on the admin listener only.
  /// Nothing: no token is needed.
  std::optional<permission> needs{};
  /// Of a route without a tenant in its path: whoever is limited to some tenants may call it too, and is
  /// answered with what concerns these.
  bool for_limited = false;
  std::size_t body_bytes_max = 4096; ///< A longer body is answered 413, unread.
  bool always = false;               ///< Served also when too much is in flight: it costs no actor anything.
  std::vector<std::string> query{};  ///< Names of the parameters that the handler reads of the query.
};

/// Options of a route of the admin API.
inline route_options admin_route(permission needs) {
  route_options out;
  out.needs = needs;
  return out;
}

/// One route, for whoever lists them.
struct route_info {
  std::string method;
  std::string pattern;
  route_options options;
};

/// What a transport needs to know before it reads a body.
struct admission {
  /// `not_found`, `method_not_allowed`, `unauthorized` or `forbidden`: `serve` will say so, without a body.
  errc refusal = errc::none;
  std::size_t body_bytes_max = 0;
  bool always = false;
};

/// One request that was answered, for whoever counts.
struct answered {
  listener_kind listener;
  std::string_view route; ///< The pattern; empty when none matched.
  std::string_view method;
  int status;
  std::chrono::nanoseconds took; ///< From the complete headers.
};

struct router_options {
  /// `CORS_ORIGINS`: "*", or origins separated by commas; empty: no CORS.
  std::string cors_origins;
  /// The token of the first admin. Empty: there is none.
  std::string admin_token;
  /// Whom any other token stands for; nullptr: nobody. Any thread.
  std::function<std::shared_ptr<const principal>(const secret_digest&)> find_caller =
      [](const secret_digest&) { return nullptr; };
  /// Told of exceptions that handlers let out.
  std::function<void(const request&, std::string_view what)> on_exception = [](const request&,
                                                                               std::string_view) {};
  /// Told of every answer, on the thread that gives it. Answers that a transport makes by itself are not
  /// among them.
  std::function<void(const answered&)> on_answer = [](const answered&) {};
};

/// Every route of the server, written once. Add routes first; then it is immutable and safe to use from any
/// number of threads.
class router {
public:
  explicit router(router_options options);

  /// Adds a route. `pattern` is a path whose segments are text, "{name}" (one segment) or, at most once,
  /// "{name*}" (one or more, slashes kept), e.g. "/admin/v1/actors/{path*}/kill". Of several patterns that
  /// match a path the first added counts. Either all methods of one pattern
  /// need a token or none does. HEAD comes with GET;
  /// OPTIONS is answered by the router. Throws `std::logic_error` on a route that is there already.
  void add(std::string_view method, std::string_view pattern, route_options options, route_handler handler);

  /// Every route; those of one pattern are neighbours.
  std::vector<route_info> routes() const;

  /// Looks at a request whose head is complete. Costs no actor anything.
  admission admit(const request& req, listener_kind listener) const;

  /// Answers the request through `out`, now or later, with `decorate` applied.
  void serve(const request& req, listener_kind listener, exchange_ptr out) const;

  /// Adds what every answer carries: X-Request-ID, a well-formed inbound `traceparent` and, unless the route
  /// is for admins, CORS. For answers that a transport makes by itself.
  response decorate(const request& req, response answer) const;

  /// Tells `on_answer` of an answer that a transport made by itself.
  void count(const request& req, listener_kind listener, int status) const;

private:
  struct segment {
    enum class kind { text, one, rest };
    kind what;
    std::string text; ///< The text, or the parameter's name.
  };

  struct endpoint {
    std::string method;
    route_options options;
    route_handler handler;
  };

  struct route {
    std::string pattern;
    std::vector<segment> segments;
    std::vector<endpoint> endpoints; ///< Never empty.

    bool is_admin() const { return endpoints.front().options.needs.has_value(); }
  };

  /// What a request leads to: without an endpoint `refusal` says why, unless it is an OPTIONS.
  struct target {
    const route* matched = nullptr;
    const endpoint* served_by = nullptr;
    std::vector<std::string_view> raw_params; ///< Still encoded, in the pattern's order.
    errc refusal = errc::none;
    std::shared_ptr<const principal> caller{};
  };

  static std::vector<segment> parse_pattern(std::string_view pattern);
  static bool matches(const std::vector<segment>& pattern, const std::vector<std::string_view>& path,
                      std::vector<std::string_view>& raw_params);
  static std::string allowed_methods(const route& x);

  target find(std::string_view path) const;
  target resolve(const request& req, listener_kind listener) const;
  std::shared_ptr<const principal> caller_of(const request& req) const;
  static bool is_allowed(const target& x);
  std::optional<std::string> allowed_origin(const request& req) const;
  response answer_options(const request& req, const route& x) const;
  response answer_refusal(const request& req, const target& x) const;
  void run(const request& req, const target& x, const exchange_ptr& out) const;

  /// Makes `decorate` for a request that may be gone when it is applied.
  std::function<response(response)> decorator(const request& req, const route* matched) const;

  /// Makes the call of `on_answer` for a request that may be gone when it is answered.
  std::function<void(int)> observer(const request& req, listener_kind listener, const route* matched) const;

  std::vector<route> routes_;
  std::vector<std::string> origins_;
  std::optional<secret_digest> first_digest_; ///< Of the first admin's token.
  std::shared_ptr<const principal> first_admin_;
  std::function<std::shared_ptr<const principal>(const secret_digest&)> find_caller_;
  std::function<void(const request&, std::string_view)> on_exception_;
  std::function<void(const answered&)> on_answer_;
};

} // namespace kinora::http
