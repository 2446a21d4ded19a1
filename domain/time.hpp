#pragma once

#include <chrono>

namespace kinora {

/// A point of wall-clock time, in milliseconds since the Unix epoch. Always an argument, never read here.
using wall_time = std::chrono::sys_time<std::chrono::milliseconds>;

/// A point of the steady clock: deadlines, budgets, breakers.
using steady_time = std::chrono::steady_clock::time_point;

} // namespace kinora
