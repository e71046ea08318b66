#pragma once

// Whether an endpoint counts as healthy after a row of check results. PURE.

#include <cstdint>
#include <optional>

#include "config/base/verify.h"

namespace crossfade {

// The first result decides at once: a new endpoint shall neither wait for `rise` checks nor be
// trusted for `fall`. From then on `rise` good results in a row make it healthy and `fall` bad ones
// unhealthy.
class HealthState {
 public:
  // The new health when this result changed it, nullopt when everything stays. Requires: rise, fall
  // > 0.
  std::optional<bool> on_result(bool ok, std::uint32_t rise, std::uint32_t fall) {
    VERIFY(rise > 0 && fall > 0);
    if (!healthy_) return healthy_ = ok;
    if (ok == *healthy_) {
      against_ = 0;
      return std::nullopt;
    }
    ++against_;
    if (against_ < (ok ? rise : fall)) return std::nullopt;
    against_ = 0;
    return healthy_ = ok;
  }

  std::optional<bool> healthy() const { return healthy_; }  // nullopt: no result yet

 private:
  std::optional<bool> healthy_;
  std::uint32_t against_ = 0;  // results in a row that say the opposite
};

}  // namespace crossfade
