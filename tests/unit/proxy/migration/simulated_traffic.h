#pragma once

// Traffic for the gate without sockets or time: failures come alone with requests, in bunches when
// an endpoint dies, and from a fault that begins when told to. Everything follows from the seed.

#include <cmath>
#include <cstdint>
#include <vector>

#include "config/base/random.h"
#include "proxy/migration/gate.h"

namespace crossfade {

inline std::uint64_t poisson(Random& random, double mean) {
  if (mean > 30) {  // close enough for traffic
    const double radius = std::sqrt(-2 * std::log(1 - random.unit()));
    const double normal = radius * std::cos(2 * 3.14159265358979 * random.unit());
    return static_cast<std::uint64_t>(std::max(0.0, std::round(mean + normal * std::sqrt(mean))));
  }
  std::uint64_t count = 0;
  for (double left = std::exp(-mean), product = random.unit(); product > left;
       product *= random.unit())
    ++count;
  return count;
}

struct ClusterModel {
  std::uint32_t endpoints = 20;
  double failing = 0.001;  // of requests, each for itself
  double deaths = 0;       // per endpoint and second; each fails `at_once` requests
  std::uint64_t at_once = 5;
  double slow = 0.005;  // of requests
};

// One cluster's side of the traffic.
class SimulatedCluster {
 public:
  explicit SimulatedCluster(const ClusterModel& model)
      : model_{model}, failed_in_(model.endpoints, ~0ULL) {}
  ClusterModel& model() { return model_; }

  // What `seconds` from `now` on bring at this many requests per second.
  Evidence advance(Random& random, double now, double seconds, double rate) {
    Evidence evidence;
    evidence.attempts = poisson(random, rate * seconds);
    const auto attempts = static_cast<double>(evidence.attempts);
    evidence.slow = std::min(evidence.attempts, poisson(random, attempts * model_.slow));
    const std::uint64_t alone =
        model_.failing >= 1 ? evidence.attempts : poisson(random, attempts * model_.failing);
    fail(random, now, std::min(alone, evidence.attempts), 1, evidence);
    fail(random, now, poisson(random, model_.deaths * model_.endpoints * seconds), model_.at_once,
         evidence);
    evidence.failures = std::min(evidence.failures, evidence.attempts);
    evidence.failure_events = std::min(evidence.failure_events, evidence.failures);
    evidence.endpoint_seconds = model_.endpoints * seconds;
    evidence.healthy_endpoints = model_.endpoints;
    return evidence;
  }

 private:
  // One event per endpoint and second, however many failures.
  void fail(Random& random, double now, std::uint64_t times, std::uint64_t failures,
            Evidence& evidence) {
    const auto second = static_cast<std::uint64_t>(now);
    for (std::uint64_t i = 0; i < times; ++i) {
      std::uint64_t& last = failed_in_[random.below(model_.endpoints)];
      if (last != second) ++evidence.failure_events;
      last = second;
      evidence.failures += failures;
    }
  }

  ClusterModel model_;
  std::vector<std::uint64_t> failed_in_;
};

// An old and a new cluster behind one service, judged look by look.
class SimulatedMigration {
 public:
  SimulatedMigration(std::uint64_t seed, double rate, const ClusterModel& of_old,
                     const ClusterModel& of_new)
      : random_{seed}, rate_{rate}, old_{of_old}, new_{of_new} {}

  SimulatedCluster& old_cluster() { return old_; }
  SimulatedCluster& new_cluster() { return new_; }
  GateState& state() { return state_; }
  double now() const { return now_; }
  std::uint64_t failures_on_new() const { return failures_on_new_; }
  void set_rate(double rate) { rate_ = rate; }

  // The baseline, as it would be on record after this long at share zero.
  void record(double seconds, double look) {
    for (const double end = now_ + seconds; now_ < end;) judge_once(0, look);
  }

  Verdict judge_once(double share, double look) {
    Look seen;
    seen.elapsed = Duration{static_cast<std::int64_t>(look * 1e9)};
    seen.old_side = old_.advance(random_, now_, look, rate_ * (1 - share));
    const Evidence of_new = new_.advance(random_, now_, look, rate_ * share);
    failures_on_new_ += of_new.failures;
    seen.targets = {{Share::from_ppm(static_cast<std::uint32_t>(share * Share::kWhole)), of_new}};
    now_ += look;
    return judge(settings, state_, seen);
  }

  // Looks until `seconds` have passed; true when the gate has rolled back by then.
  bool rolls_back_within(double seconds, double share, double look) {
    for (const double end = now_ + seconds; now_ < end;) {
      last = judge_once(share, look);
      if (last.kind == Verdict::Kind::kRollBack) return true;
    }
    return false;
  }

  GateSettings settings;
  Verdict last;

 private:
  Random random_;
  double rate_;
  SimulatedCluster old_;
  SimulatedCluster new_;
  GateState state_;
  double now_ = 0;
  std::uint64_t failures_on_new_ = 0;
};

}  // namespace crossfade
