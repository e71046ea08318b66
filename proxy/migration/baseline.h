#pragma once

// What one side of a migration did, and what may be expected of it from there. PURE.

#include <cstdint>

#include "config/base/instant.h"

namespace crossfade {

// What one side did between two looks: differences of the cohort counters (proxy/stats/counters.h),
// summed over workers and clusters.
struct Evidence {
  std::uint64_t attempts = 0;
  std::uint64_t failures = 0;           // of the cluster's side, attempts that timed out among them
  std::uint64_t failure_events = 0;     // failures, at most one per endpoint and second
  std::uint64_t slow = 0;               // answers later than slow_threshold
  double endpoint_seconds = 0;          // endpoints in use x seconds
  std::uint32_t healthy_endpoints = 0;  // now

  Evidence& operator+=(const Evidence& other);  // sums up; healthy_endpoints are those of `other`
  friend bool operator==(const Evidence&, const Evidence&) = default;
};

// A record of a side that forgets slowly. Two mechanisms are told apart: isolated failures, which
// come with requests, and bunches, which come with endpoints.
struct Baseline {
  double attempts = 0;
  double failures = 0;
  double isolated = 0;  // failure events of one failure
  double bunched = 0;   // failure events of several
  double slow = 0;
  double endpoint_seconds = 0;
  double largest_bunch = 0;  // failures, at most kLargestBunch
  friend bool operator==(const Baseline&, const Baseline&) = default;
};

// Bunches larger than this tell of an outage, not of an endpoint.
inline constexpr double kLargestBunch = 64;
// What a bunch may cost though none was seen yet: requests in flight on an endpoint that dies.
inline constexpr double kUsualBunch = 16;

// Adds evidence. What is older than `memory` fades: by exp(-faded / memory) for `faded` of time.
void observe(Baseline& baseline, const Evidence& evidence, Duration faded, Duration memory);

// Upper bounds of the rates behind a record, each wrong with probability <= delta.
struct Rates {
  double isolated = 0;  // per attempt
  double slow = 0;      // per attempt
  double deaths = 0;    // per endpoint-second
  double bunch = kUsualBunch;
};
Rates upper_rates(const Baseline& baseline, double delta);

// The upper bound of the mean of a Poisson count, wrong with probability <= delta (Chernoff).
double poisson_upper(double count, double delta);

}  // namespace crossfade
