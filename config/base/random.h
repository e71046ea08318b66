#pragma once

#include <cstdint>

#include "config/base/verify.h"

namespace crossfade {

// The door to entropy: seeds come from here, everything after the seed is a Random.
class Entropy {
 public:
  virtual ~Entropy() = default;
  virtual std::uint64_t seed() = 0;
};

class SystemEntropy final : public Entropy {
 public:
  std::uint64_t seed() override;  // getrandom(2)
};

// A small, fast, seeded generator (splitmix64, Steele et al. 2014). A value: copy it to replay.
class Random {
 public:
  explicit Random(std::uint64_t seed) : state_{seed} {}

  std::uint64_t next() {
    std::uint64_t z = (state_ += 0x9e3779b97f4a7c15ULL);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
    return z ^ (z >> 31);
  }

  // Uniform in [0, bound). Requires: bound > 0.
  std::uint32_t below(std::uint32_t bound) {
    VERIFY(bound > 0);
    return static_cast<std::uint32_t>(((next() >> 32) * bound) >> 32);
  }

  // Uniform in [0, 1).
  double unit() { return static_cast<double>(next() >> 11) * 0x1.0p-53; }

 private:
  std::uint64_t state_;
};

}  // namespace crossfade
