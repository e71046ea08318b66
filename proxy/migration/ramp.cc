#include "proxy/migration/ramp.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "config/base/verify.h"
#include "config/limits.h"

namespace crossfade {
namespace {

constexpr std::array<std::uint32_t, 13> kCurveCheckpoints = {
    10'000,  20'000,  50'000,  100'000, 200'000, 300'000,  400'000,
    500'000, 600'000, 700'000, 800'000, 900'000, 1'000'000};

// A curve moves in this many jumps of equal time.
std::int64_t jumps(const Ramp& ramp) {
  return std::clamp<std::int64_t>(ramp.duration / limits::kRampJumpMin, 1, limits::kRampJumpsMax);
}

// The share after `done` of `all` jumps; exact at both ends.
Share curve_share(const Ramp& ramp, std::int64_t done, std::int64_t all) {
  if (done >= all) return Share::whole();
  if (ramp.curve == Ramp::Curve::kLinear) {
    return Share::from_ppm(static_cast<std::uint32_t>(Share::kWhole * done / all));
  }
  if (done == 0) return ramp.start;
  const double growth = static_cast<double>(Share::kWhole) / ramp.start.ppm();
  const double ppm =
      ramp.start.ppm() * std::pow(growth, static_cast<double>(done) / static_cast<double>(all));
  return Share::from_ppm(
      std::clamp(static_cast<std::uint32_t>(ppm), ramp.start.ppm(), Share::kWhole));
}

// How many jumps are done after this time. duration * i / all would overflow for long ramps; a
// jump's length rounded up would end late: the last one is as short as the rounding makes it.
std::int64_t jumps_done(const Ramp& ramp, Duration time) {
  if (time >= ramp.duration) return jumps(ramp);
  return std::max(time, Duration{0}) / ((ramp.duration + Duration{jumps(ramp) - 1}) / jumps(ramp));
}

Duration jump_time(const Ramp& ramp, std::int64_t done) {
  const std::int64_t all = jumps(ramp);
  if (done >= all) return ramp.duration;
  return done * ((ramp.duration + Duration{all - 1}) / all);
}

bool is_time(Duration time) {
  return time >= Duration{0} && time <= limits::kRampTimeMax;
}

void check_steps(const std::vector<RampStep>& steps, const std::string& at,
                 std::vector<FieldError>& errors) {
  if (steps.empty() || steps.size() > limits::kRampStepsMax) {
    errors.push_back({at, "expected 1 to " + std::to_string(limits::kRampStepsMax) + " steps"});
    return;
  }
  Share before;
  for (std::size_t i = 0; i < steps.size(); ++i) {
    const std::string place = at + "/" + std::to_string(i);
    if (steps[i].share <= before)
      errors.push_back({place + "/share", "expected more than the step before"});
    if (!is_time(steps[i].bake_time))
      errors.push_back({place + "/bake_time", "expected 0s to 366 days"});
    before = steps[i].share;
  }
  if (before != Share::whole()) {
    errors.push_back(
        {at + "/" + std::to_string(steps.size() - 1) + "/share",
         "expected the last step to be the whole (100 %): a migration moves everything"});
  }
}

}  // namespace

Ramp Ramp::doubling(Share start, Duration doubling, Duration final_bake) {
  VERIFY(start.ppm() > 0 && doubling > 0s);
  const double doublings = std::log2(static_cast<double>(Share::kWhole) / start.ppm());
  const auto longest = static_cast<double>(limits::kRampTimeMax.count());
  const double duration = std::min(static_cast<double>(doubling.count()) * doublings, 2 * longest);
  return exponential(start, Duration{static_cast<std::int64_t>(duration)}, final_bake);
}

std::vector<FieldError> check(const Ramp& ramp, const std::string& at) {
  std::vector<FieldError> errors;
  if (ramp.curve == Ramp::Curve::kSteps) {
    check_steps(ramp.steps, at + "/steps", errors);
    return errors;
  }
  if (!is_time(ramp.duration) || ramp.duration == 0s) {
    errors.push_back({at + "/duration", "expected more than 0s and at most 366 days"});
  }
  if (!is_time(ramp.final_bake)) errors.push_back({at + "/final_bake", "expected 0s to 366 days"});
  if (ramp.curve == Ramp::Curve::kExponential && ramp.start.ppm() == 0) {
    errors.push_back(
        {at + "/start", "expected a share above zero: nothing grows from zero by doubling"});
  }
  return errors;
}

Share share_at(const Ramp& ramp, Duration healthy_time) {
  if (ramp.curve != Ramp::Curve::kSteps)
    return curve_share(ramp, jumps_done(ramp, healthy_time), jumps(ramp));
  return ramp.steps[checkpoints_reached(ramp, healthy_time) - 1].share;
}

Duration finish_time(const Ramp& ramp) {
  if (ramp.curve != Ramp::Curve::kSteps) return ramp.duration + ramp.final_bake;
  Duration sum{0};
  for (const RampStep& step : ramp.steps) sum += step.bake_time;
  return sum;
}

std::size_t checkpoint_count(const Ramp& ramp) {
  return ramp.curve == Ramp::Curve::kSteps ? ramp.steps.size() : kCurveCheckpoints.size();
}

Share checkpoint_share(const Ramp& ramp, std::size_t index) {
  VERIFY(index < checkpoint_count(ramp));
  return ramp.curve == Ramp::Curve::kSteps ? ramp.steps[index].share
                                           : Share::from_ppm(kCurveCheckpoints[index]);
}

Duration checkpoint_time(const Ramp& ramp, std::size_t index) {
  VERIFY(index < checkpoint_count(ramp));
  if (ramp.curve == Ramp::Curve::kSteps) {
    Duration sum{0};
    for (std::size_t i = 0; i < index; ++i) sum += ramp.steps[i].bake_time;
    return sum;
  }
  std::int64_t low = 0;  // the first jump that reaches it, by bisection: shares are monotone
  std::int64_t high = jumps(ramp);
  while (low < high) {
    const std::int64_t middle = low + (high - low) / 2;
    if (curve_share(ramp, middle, jumps(ramp)) >= checkpoint_share(ramp, index)) {
      high = middle;
    } else {
      low = middle + 1;
    }
  }
  return jump_time(ramp, low);
}

std::size_t checkpoints_reached(const Ramp& ramp, Duration healthy_time) {
  if (ramp.curve == Ramp::Curve::kSteps) {
    VERIFY(!ramp.steps.empty());
    std::size_t reached = 1;  // the first step begins at once
    Duration begin = ramp.steps.front().bake_time;
    while (reached < ramp.steps.size() && healthy_time >= begin)
      begin += ramp.steps[reached++].bake_time;
    return reached;
  }
  return checkpoints_within(ramp, share_at(ramp, healthy_time));
}

std::size_t checkpoints_within(const Ramp& ramp, Share share) {
  std::size_t count = 0;
  while (count < checkpoint_count(ramp) && checkpoint_share(ramp, count) <= share) ++count;
  return count;
}

Duration time_to_begin(const Ramp& ramp, Share carried) {
  const std::size_t within = checkpoints_within(ramp, carried);
  return within == 0 ? Duration{0} : checkpoint_time(ramp, within - 1);
}

}  // namespace crossfade
