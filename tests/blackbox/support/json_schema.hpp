// Checks JSON values against JSON Schemas (2020-12), as far as the project's OpenAPI document uses them.
#pragma once

#include <boost/json/value.hpp>

#include <set>
#include <string>

namespace kinora::blackbox {

/// What a check found.
struct schema_verdict {
  /// One line per violation, as "place: what is wrong"; empty when the value is valid.
  std::string violations;

  /// Pointers of the schema's parts that a valid value has shown: properties (".../properties/id"), items,
  /// values of maps, branches of oneOf and allOf, and types where there is a choice (".../type/null").
  std::set<std::string> seen;
};

/// The schemas of one document, named by their JSON pointers (RFC 6901) into it. Functions throw
/// `std::runtime_error` on a keyword that they do not know, so that nothing passes unseen, and on a pointer
/// or
/// `$ref` to nothing.
class json_schemas {
public:
  explicit json_schemas(boost::json::value document)
      : document_(std::move(document)) {} // braces would make an array of it

  /// What a pointer leads to.
  const boost::json::value& at(const std::string& pointer) const;

  /// The pointer itself, or where the `$ref` there leads.
  std::string resolved(const std::string& pointer) const;

  /// Whether `x` is valid by the schema at `pointer`. `place` is the value's own, for the violations.
  schema_verdict check(const std::string& pointer, const boost::json::value& x,
                       const std::string& place = "") const;

  /// Everything that `schema_verdict::seen` can hold for a schema, the schemas within it included.
  std::set<std::string> parts_of(const std::string& pointer) const;

private:
  void collect(const std::string& pointer, std::set<std::string>& parts,
               std::set<std::string>& visited) const;

  boost::json::value document_;
};

/// A name as one step of a pointer.
std::string pointer_step(std::string_view name);

} // namespace kinora::blackbox
