#include "proxy/upstream/ejection.h"

#include <algorithm>

namespace crossfade {
namespace {

constexpr std::uint32_t kDoublingsMax =
    20;  // a million base times: over any sensible bound, far from overflow

Duration ejection_time(const EjectionConfig& config, std::uint32_t ejections_before) {
  const std::uint32_t doublings = std::min(ejections_before, kDoublingsMax);
  if (config.base_time > config.time_max / (std::int64_t{1} << doublings)) return config.time_max;
  return config.base_time * (std::int64_t{1} << doublings);
}

}  // namespace

Ejection::State Ejection::state(Instant now) const {
  if (ejections_ == 0) return State::kAdmitting;
  return now < until_ ? State::kEjected : State::kProbing;
}

void Ejection::on_success(Instant now) {
  if (state(now) != State::kEjected) *this = Ejection{};
}

bool Ejection::on_failure(const EjectionConfig& config, Instant now) {
  switch (state(now)) {
    case State::kEjected: return false;
    case State::kAdmitting:
      ++failures_;
      if (config.consecutive_failures == 0 || failures_ < config.consecutive_failures) return false;
      break;
    case State::kProbing: break;
  }
  until_ = now + ejection_time(config, ejections_);
  ++ejections_;
  return true;
}

}  // namespace crossfade
