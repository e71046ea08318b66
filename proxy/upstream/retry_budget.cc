#include "proxy/upstream/retry_budget.h"

namespace crossfade {

RetryBudget::Second& RetryBudget::at(Instant now) {
  const std::int64_t number =
      std::chrono::floor<std::chrono::seconds>(now.time_since_epoch()).count();
  Second& second = seconds_[static_cast<std::size_t>(number) % kWindow];
  if (second.number != number) second = {number, 0, 0};
  return second;
}

void RetryBudget::on_first_attempt(Instant now) {
  ++at(now).first;
}

bool RetryBudget::try_retry(double ratio, Instant now) {
  Second& current = at(now);
  std::uint64_t first = 0;
  std::uint64_t retries = 0;
  for (const Second& second : seconds_) {
    if (second.number <= current.number - kWindow) continue;
    first += second.first;
    retries += second.retries;
  }
  const double allowed = ratio * static_cast<double>(first) + kFloorPerSecond * kWindow;
  if (static_cast<double>(retries) + 1 > allowed) return false;
  ++current.retries;
  return true;
}

}  // namespace crossfade
