#pragma once

#include <cstdio>
#include <cstdlib>

namespace crossfade {

[[noreturn]] inline void verify_failed(const char* what, const char* file, int line) {
  std::fprintf(stderr, "crossfade: broken invariant: %s at %s:%d\n", what, file, line);
  std::abort();
}

}  // namespace crossfade

// Asserts what only a bug can break; on in release builds. What the world can do is a Result
// instead.
#define VERIFY(condition) \
  ((condition) ? static_cast<void>(0) : ::crossfade::verify_failed(#condition, __FILE__, __LINE__))
