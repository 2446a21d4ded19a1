// Allocations that fail, in the whole test runner: one thread's at a time.
#pragma once

#include <cstddef>

namespace kinora::test {

/// The `at`-th `operator new` of this thread from now on throws std::bad_alloc, and no other does. 0: none.
void fail_allocation(std::size_t at) noexcept;

/// How many have failed so far, of all threads. Any thread.
std::size_t failed_allocations() noexcept;

} // namespace kinora::test
