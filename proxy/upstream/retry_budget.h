#pragma once

#include <array>
#include <cstdint>

#include "config/base/instant.h"

namespace crossfade {

// How many retries the recent requests allow: a share of the first attempts of the last kWindow
// seconds, and a few per second besides, so that a quiet service can retry at all. Without it
// retries multiply the load of whoever fails. A value per worker and service; PURE: time is handed
// in.
class RetryBudget {
 public:
  static constexpr std::uint32_t kWindow = 10;  // seconds
  static constexpr std::uint32_t kFloorPerSecond = 3;

  void on_first_attempt(Instant now);
  // Takes one retry if there is one. ratio: RetryConfig::budget.
  bool try_retry(double ratio, Instant now);

 private:
  struct Second {
    std::int64_t number = -1;  // since the clock's beginning; older ones count as empty
    std::uint32_t first = 0;
    std::uint32_t retries = 0;
  };
  Second& at(Instant now);
  std::array<Second, kWindow> seconds_;
};

}  // namespace crossfade
