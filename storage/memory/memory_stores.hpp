#pragma once

#include "storage/stores.hpp"

#include <cstddef>

namespace kinora {

/// An engine that keeps everything in memory and forgets it with the process: for tests and trials. Never
/// blocks. Holds the signals of at most `users_max` users, of all tenants together.
stores make_memory_stores(std::size_t users_max);

} // namespace kinora
