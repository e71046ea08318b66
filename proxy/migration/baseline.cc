#include "proxy/migration/baseline.h"

#include <algorithm>
#include <cmath>

#include "config/base/verify.h"

namespace crossfade {
namespace {

// Taken for granted before anything was seen: an hour of one endpoint's life without a death.
// Without it a short record would allow new's endpoints to die all the time.
constexpr double kEndpointSecondsTaken = 3600;

}  // namespace

Evidence& Evidence::operator+=(const Evidence& other) {
  attempts += other.attempts;
  failures += other.failures;
  failure_events += other.failure_events;
  slow += other.slow;
  endpoint_seconds += other.endpoint_seconds;
  healthy_endpoints = other.healthy_endpoints;
  return *this;
}

void observe(Baseline& baseline, const Evidence& evidence, Duration faded, Duration memory) {
  VERIFY(memory > 0s);
  const double keep =
      std::exp(-static_cast<double>(faded.count()) / static_cast<double>(memory.count()));
  const auto failures = static_cast<double>(evidence.failures);
  const auto events = static_cast<double>(evidence.failure_events);
  // Failures beyond one per event came in bunches; as many events as could have been bunches are
  // taken for some.
  const double beyond = std::max(0.0, failures - events);
  const double bunched = std::min(events, beyond);
  baseline.attempts = baseline.attempts * keep + static_cast<double>(evidence.attempts);
  baseline.failures = baseline.failures * keep + failures;
  baseline.isolated = baseline.isolated * keep + events - bunched;
  baseline.bunched = baseline.bunched * keep + bunched;
  baseline.slow = baseline.slow * keep + static_cast<double>(evidence.slow);
  baseline.endpoint_seconds = baseline.endpoint_seconds * keep + evidence.endpoint_seconds;
  baseline.largest_bunch = std::clamp(beyond + 1, baseline.largest_bunch, kLargestBunch);
}

double poisson_upper(double count, double delta) {
  VERIFY(count >= 0 && delta > 0 && delta < 1);
  const double nats = -std::log(delta);
  if (count == 0) return nats;
  // The root above `count` of f(mean) = count ln(count / mean) + mean - count - nats. f is convex
  // there and positive at the start, so Newton's steps come down to the root without passing it.
  double mean = count + nats + std::sqrt(nats * nats + 2 * count * nats);
  for (int i = 0; i < 8; ++i) {
    const double above = count * std::log(count / mean) + mean - count - nats;
    mean -= above / (1 - count / mean);
  }
  return mean;
}

Rates upper_rates(const Baseline& baseline, double delta) {
  const double attempts = std::max(1.0, baseline.attempts);
  return {
      .isolated = std::min(1.0, poisson_upper(baseline.isolated, delta) / attempts),
      .slow = std::min(1.0, poisson_upper(baseline.slow, delta) / attempts),
      .deaths = poisson_upper(baseline.bunched, delta) /
                (baseline.endpoint_seconds + kEndpointSecondsTaken),
      .bunch = std::clamp(baseline.largest_bunch, kUsualBunch, kLargestBunch),
  };
}

}  // namespace crossfade
