#include "tests/support/failing_allocation.hpp"

#include <atomic>
#include <cstdlib>
#include <new>

namespace {

thread_local std::size_t allocations_left = 0; ///< Until one fails, with that one.
std::atomic<std::size_t> failed{0};

} // namespace

namespace kinora::test {

void fail_allocation(std::size_t at) noexcept {
  allocations_left = at;
}

std::size_t failed_allocations() noexcept {
  return failed;
}

} // namespace kinora::test

void* operator new(std::size_t size) {
  if (allocations_left > 0 && --allocations_left == 0) {
    ++failed;
    throw std::bad_alloc{};
  }
  if (auto* out = std::malloc(size > 0 ? size : 1))
    return out;
  throw std::bad_alloc{};
}

void operator delete(void* x) noexcept {
  std::free(x);
}

void operator delete(void* x, std::size_t) noexcept {
  std::free(x);
}
