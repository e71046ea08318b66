#pragma once

#include <algorithm>
#include <cstdint>

#include "config/config.h"
#include "proxy/stats/counters.h"
#include "proxy/upstream/retry_budget.h"

namespace crossfade {

// How often one exchange may try again: bounded by its service's attempts_max and by the worker's
// budget for it.
class Retries {
 public:
  Retries(const RetryConfig& config, RetryBudget& budget, WorkerCell& cell, Instant now)
      : config_{config}, budget_{budget}, cell_{cell} {
    budget_.on_first_attempt(now);
  }

  // Takes the right to one more attempt.
  bool take(Instant now) {
    if (attempts_ >= config_.attempts_max) return false;
    if (!budget_.try_retry(config_.budget, now)) {
      cell_.retry_budget_exhausted.add();
      return false;
    }
    ++attempts_;
    return true;
  }

  std::uint32_t attempts() const { return attempts_; }  // allowed so far, the first included
  bool covers(std::uint16_t status) const {
    return std::find(config_.statuses.begin(), config_.statuses.end(), status) !=
           config_.statuses.end();
  }

 private:
  const RetryConfig& config_;
  RetryBudget& budget_;
  WorkerCell& cell_;
  std::uint32_t attempts_ = 1;
};

}  // namespace crossfade
