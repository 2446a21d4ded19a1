// The OpenAPI document of a running server: what it promises, and what answers have shown of that so far.
#pragma once

#include "tests/blackbox/support/endpoint.hpp"
#include "tests/blackbox/support/json_schema.hpp"

#include <boost/json/value.hpp>

#include <optional>
#include <set>
#include <string>
#include <vector>

namespace kinora::blackbox {

struct api_parameter {
  std::string name;
  std::string place; ///< "path", "query" or "header".
  bool required;
  std::string schema;                 ///< Its pointer.
  std::optional<std::string> example; ///< As it is sent.
};

/// One media type of a request's body.
struct api_body {
  std::string media_type;
  std::string schema; ///< Its pointer; of one line, for NDJSON.
  std::vector<boost::json::value> examples;
};

struct api_operation {
  std::string id;
  std::string method; ///< As in a request line.
  std::string path;   ///< With its parameters in braces.
  bool admin;
  std::string pointer;
  std::vector<api_parameter> parameters;
  std::vector<api_body> bodies;
};

class contract {
public:
  explicit contract(boost::json::value document);

  const std::vector<api_operation>& operations() const { return operations_; }
  const json_schemas& schemas() const { return schemas_; }

  /// Throws `std::runtime_error` when there is none of that id.
  const api_operation& operation(const std::string& id) const;

  /// Whether an operation documents an answer under its own status.
  bool documents(const api_operation& x, int status) const;

  /// Which kind of answer an operation documents for everything that has no status of its own.
  enum class kind { by_status, by_default };

  /// What in an answer is not as the operation documents it, one line each; empty when all is: status,
  /// content type, body, every header. Remembers what it showed.
  std::string judge(const api_operation& x, const reply& answer, kind expected = kind::by_status);

  /// Promises that no answer has shown: statuses ("getFeed 503"), parts of the schemas of answers, and
  /// headers that need not be there.
  std::set<std::string> unseen() const;

private:
  std::string judge_headers(const std::string& response, const reply& answer);
  std::string judge_body(const std::string& response, const reply& answer);

  json_schemas schemas_;
  std::vector<api_operation> operations_;
  std::set<std::string> seen_;
};

} // namespace kinora::blackbox
