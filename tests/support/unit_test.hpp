// CAF's test macros. A test file defines CAF_SUITE on its first line, then includes this.
#pragma once

// Precompiled, this header comes before the first line, and CAF would choose a suite's name.
#ifndef CAF_SUITE
#define KINORA_SUITE_COMES_LATER
#endif

#ifndef FAIL
#define FAIL CAF_FAIL // used, but not defined, by caf/test/dsl.hpp 0.17
#endif

#include <caf/test/dsl.hpp>

#ifdef KINORA_SUITE_COMES_LATER
#undef CAF_SUITE
#undef KINORA_SUITE_COMES_LATER
#endif
