#pragma once

// The tests of the gate for one target: what one look adds to the sums. PURE; used by gate.cc.

#include <cstddef>
#include <string_view>

#include "proxy/migration/gate.h"

namespace crossfade {

// What a look says about one target, and what the null hypothesis says about the same look.
struct Comparison {
  Evidence now_new;
  Evidence now_old;
  Rates record;  // upper bounds from the baseline
  Rates
      mixture;  // the same, raised to what old shows in the last seconds: isolated and deaths only
};

// Mean counts of one signal under "new is just as bad as allowed", and what came instead, in the
// test's unit.
struct Expectation {
  double came_new = 0;
  double came_old = 0;
  double mean_new = 0;   // by the record
  double share_new = 0;  // of all that come, by concurrent comparison
};

// test: 0 to kGateTests - 1.
std::string_view name_of_test(std::size_t test);
bool is_concurrent(std::size_t test);
bool is_about_slow(std::size_t test);
Expectation expect(std::size_t test, const GateSettings& settings, const Comparison& comparison);

// S <- (S + weight) * LR for each ratio; held at `ceiling`. Returns the mixture.
double advance(GateSums& sums, std::size_t test, const Expectation& expectation, double weight,
               double ceiling);

// Failures on new that its allowance explains.
double failures_allowed(const GateSettings& settings, const Comparison& comparison);

}  // namespace crossfade
