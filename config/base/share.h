#pragma once

#include <compare>
#include <cstdint>

#include "config/base/verify.h"

namespace crossfade {

// A share of one service's requests in parts per million.
// Integers, because shares must add up to exactly kWhole and floats cannot promise that.
class Share {
 public:
  static constexpr std::uint32_t kWhole = 1'000'000;

  constexpr Share() = default;

  // Requires: ppm <= kWhole.
  static constexpr Share from_ppm(std::uint32_t ppm) {
    VERIFY(ppm <= kWhole);
    return Share{ppm};
  }
  static constexpr Share whole() { return Share{kWhole}; }

  constexpr std::uint32_t ppm() const { return ppm_; }
  constexpr double fraction() const { return static_cast<double>(ppm_) / kWhole; }
  friend auto operator<=>(const Share&, const Share&) = default;

 private:
  explicit constexpr Share(std::uint32_t ppm) : ppm_{ppm} {}
  std::uint32_t ppm_ = 0;
};

}  // namespace crossfade
