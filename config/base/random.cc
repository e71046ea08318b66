#include "config/base/random.h"

#include <sys/random.h>

namespace crossfade {

std::uint64_t SystemEntropy::seed() {
  std::uint64_t seed = 0;
  VERIFY(::getrandom(&seed, sizeof seed, 0) == sizeof seed);
  return seed;
}

}  // namespace crossfade
