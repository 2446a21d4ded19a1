#pragma once

#include "tests/blackbox/support/server.hpp"

#include <string>

namespace kinora::blackbox {

/// The value of a series of /metrics, named with its labels in order of their names; "absent" without it.
std::string metric(const server& of, const std::string& series);

} // namespace kinora::blackbox
