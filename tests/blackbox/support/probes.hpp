// Values to try on a server, made from a schema: at its limits, past them, and of other types.
#pragma once

#include "tests/blackbox/support/json_schema.hpp"

#include <boost/json/value.hpp>

#include <set>
#include <string>
#include <vector>

namespace kinora::blackbox {

/// An example with another value in one place.
struct probe {
  std::string place; ///< As a problem names it: "filters.languages[0]", `pins["v1"]`.
  boost::json::value body;
  bool valid; ///< By the schema.
};

/// Probes of every place in `example`, which is valid by the schema at `pointer`, but of the whole.
std::vector<probe> probes_of(const json_schemas& schemas, const std::string& pointer,
                             const boost::json::value& example);

/// An example with a member that its schema does not list, in an object that takes no others.
struct stranger {
  std::string place; ///< Of the member.
  boost::json::value body;
  std::set<std::string> known; ///< The members that the schema lists there.
};

/// One for every such object in `example`.
std::vector<stranger> strangers_of(const json_schemas& schemas, const std::string& pointer,
                                   const boost::json::value& example);

/// Texts to try for a parameter in a query, in order, each once.
std::vector<std::string> texts_to_try(const json_schemas& schemas, const std::string& pointer);

/// Whether a parameter in a query may be sent so.
bool is_valid_text(const json_schemas& schemas, const std::string& pointer, const std::string& sent);

/// Places that the schema at `pointer` has and none of the examples shows.
std::set<std::string> unshown(const json_schemas& schemas, const std::string& pointer,
                              const std::vector<boost::json::value>& examples);

} // namespace kinora::blackbox
