#pragma once

// How much the targets of a migration may carry after so much healthy time. PURE: values and
// functions of them. Healthy time runs only while the gate says proceed, so a pause, a restart or a
// lost journal never causes a jump.

#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "config/base/instant.h"
#include "config/base/share.h"
#include "proxy/migration/field_error.h"

namespace crossfade {

struct RampStep {
  Share share;              // of all targets together
  Duration bake_time = 0s;  // healthy time spent there before the next step
  friend bool operator==(const RampStep&, const RampStep&) = default;
};

// A ramp begins at zero and ends at the whole; it never falls.
struct Ramp {
  enum class Curve : std::uint8_t { kSteps, kLinear, kExponential };
  Curve curve = Curve::kSteps;
  std::vector<RampStep> steps = {};       // kSteps: shares grow, the last is the whole
  Duration duration = 0s;                 // kLinear, kExponential: from the beginning to the whole
  Share start = Share::from_ppm(10'000);  // kExponential: the share it begins with
  Duration final_bake = 0s;  // kLinear, kExponential: healthy time at the whole before success

  static Ramp in_steps(std::vector<RampStep> steps) {
    return {.curve = Curve::kSteps, .steps = std::move(steps)};
  }
  static Ramp linear(Duration duration, Duration final_bake = 0s) {
    return {.curve = Curve::kLinear, .duration = duration, .final_bake = final_bake};
  }
  static Ramp exponential(Share start, Duration duration, Duration final_bake = 0s) {
    return {.curve = Curve::kExponential,
            .duration = duration,
            .start = start,
            .final_bake = final_bake};
  }
  // As long as it takes when the share doubles once per `doubling`. Requires: start > 0, doubling >
  // 0.
  static Ramp doubling(Share start, Duration doubling, Duration final_bake = 0s);

  friend bool operator==(const Ramp&, const Ramp&) = default;
};

// All that is wrong with a ramp; pointers begin with `at`, e.g. "/ramp". Every function below
// Requires: nothing is.
std::vector<FieldError> check(const Ramp& ramp, const std::string& at);

// The share allowed after this much healthy time. Monotone; changes at most a thousand times on a
// curve, so that a ramp is at most so many journal records.
Share share_at(const Ramp& ramp, Duration healthy_time);

// When the last bake ends and the migration may succeed.
Duration finish_time(const Ramp& ramp);

// Checkpoints are the shares at which the gate must have seen enough requests before the ramp goes
// on: the steps, or on a curve 1, 2, 5, 10, 20, 30 ... 100 %. promote goes from one to the next.
std::size_t checkpoint_count(const Ramp& ramp);
Share checkpoint_share(const Ramp& ramp, std::size_t index);  // index < count
Duration checkpoint_time(const Ramp& ramp,
                         std::size_t index);  // when its share is reached; index < count

// How many checkpoints have been reached at this time.
std::size_t checkpoints_reached(const Ramp& ramp, Duration healthy_time);
std::size_t checkpoints_within(const Ramp& ramp, Share share);  // and with this share

// Where a ramp begins when the targets carry this much already: the last checkpoint not above it,
// or zero.
Duration time_to_begin(const Ramp& ramp, Share carried);

}  // namespace crossfade
