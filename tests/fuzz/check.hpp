// What a fuzz target says when something does not hold.
#pragma once

#include <cstdio>
#include <cstdlib>

/// Ends the process, which the fuzzer notes with its input.
inline void check(bool holds, const char* complaint) {
  if (holds)
    return;
  std::fprintf(stderr, "broken: %s\n", complaint);
  std::abort();
}
