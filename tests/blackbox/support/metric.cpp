#include "tests/blackbox/support/metric.hpp"

namespace kinora::blackbox {

std::string metric(const server& of, const std::string& series) {
  for (auto& line : lines_of(must(200, of.admin().get("/metrics")).body))
    if (line.starts_with(series + ' '))
      return line.substr(series.size() + 1);
  return "absent";
}

} // namespace kinora::blackbox
