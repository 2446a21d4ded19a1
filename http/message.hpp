// Requests and responses as the routes see them: no transport, no sockets.
#pragma once

#include "domain/time.hpp"

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace kinora::http {

using header_list = std::vector<std::pair<std::string, std::string>>;

/// Compares ASCII letters without case, as header names, methods of authentication and codings are compared.
bool equal_ignoring_case(std::string_view lhs, std::string_view rhs);

/// One request. Strings are as sent: header values are not decoded, `path` and `query` are still
/// percent-encoded (http/uri.hpp decodes them, strictly).
struct request {
  std::string method; ///< As sent, e.g. "GET".
  std::string path;   ///< Before '?', percent-encoded.
  std::string query;  ///< After '?', percent-encoded; empty when there is none.
  header_list headers;
  std::string body;
  std::string request_id;  ///< A well-formed inbound X-Request-ID, or one of ours.
  steady_time received_at; ///< When the headers were complete: budgets count from here.
  wall_time now;           ///< The wall clock at the same instant.

  /// First value of a header, compared without case; nullopt when absent.
  std::optional<std::string_view> header(std::string_view name) const;
};

struct response {
  int status = 200;
  header_list headers;
  std::string body;
  std::size_t flow = 0; ///< Of which flow the request was; 0: not known. Flows take turns (`io_thread`).
  bool is_shed = false; ///< Given because there is no time: no more is to be spent on it than has to be.

  /// Replaces the header, or adds it. Name and value hold no CR, LF or NUL.
  response& set(std::string name, std::string value);

  /// First value of a header, compared without case; nullopt when absent.
  std::optional<std::string_view> header(std::string_view name) const;
};

/// The way back to one client, shared by everyone who may answer. Completed at most once; whoever comes
/// first wins and later answers are dropped. When its last copy goes without an answer, the transport answers
/// with 503. When the deadline of the exchange passes, it answers with the fallback, and waits for nobody.
class exchange {
public:
  using compose = std::function<response()>;

  virtual ~exchange() = default;

  /// Answers the request. Returns false when somebody has answered already. Any thread.
  virtual bool complete(response answer) = 0;

  /// Asks the transport to complete the request with `fallback()` at `deadline`, on a thread of its own,
  /// unless it is answered before. At most one call per exchange, made before the handler returns.
  virtual void expire_at(steady_time deadline, compose fallback) = 0;
};

using exchange_ptr = std::shared_ptr<exchange>;

} // namespace kinora::http
