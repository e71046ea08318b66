#pragma once

#include <algorithm>
#include <cstdint>

#include "config/config.h"
#include "proxy/stats/counters.h"
#include "proxy/upstream/upstream.h"

namespace crossfade {

// How often one exchange may try again: bounded by its service's attempts_max and by the worker's
// budget for it.
class Retries {
 public:
  Retries(const ServiceConfig& service, Upstream& upstream, WorkerCell& cell, Instant now)
      : config_{service.retries}, service_{service.name}, upstream_{upstream}, cell_{cell} {
    budget().on_first_attempt(now);
  }

  // Takes the right to one more attempt.
  bool take(Instant now) {
    if (attempts_ >= config_.attempts_max) return false;
    if (!budget().try_retry(config_.budget, now)) {
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
  // Asked for each time: the service may leave the configuration while an exchange goes on.
  RetryBudget& budget() const { return upstream_.retry_budget(service_); }

  const RetryConfig& config_;
  const ServiceName& service_;
  Upstream& upstream_;
  WorkerCell& cell_;
  std::uint32_t attempts_ = 1;
};

}  // namespace crossfade
