#pragma once

// The judge: compares new with old and says proceed, hold or roll back, and why. PURE.
//
// Harm test. Per target and signal a sequential change detector: Shiryaev-Roberts sums of
// likelihood ratios, mixed over how much worse new may be, S <- (S + w) * LR. The weights w add up
// to 1 over all time, so under "new is not worse than allowed" the expectation of S never passes 1
// and P(S ever >= 1/a) <= a, however long the migration, at whatever moments it is looked at (Shin,
// Ramdas, Rinaldo: E-detectors, 2022). One alpha is split over all tests.
//   concurrent: of the failures that arrive, does new own more than its share explains? Time of day
//   cancels. baseline:   does new fail more than old did on record? Carries the end of a ramp,
//   where old has little
//               traffic; set aside while old fails the same way now (a shared cause is not new's
//               fault).
// Failures bunch: an endpoint that dies fails whatever is in flight. So both are run on failure
// events (one per endpoint and second) with a null that knows isolated failures (per request) and
// endpoint deaths (per endpoint and second), and on failures in units of the largest bunch, which
// is valid for any bunches up to that size. Slow answers are a signal of their own.
//
// The bound on false rollbacks is the tests' own: given that the baseline's upper bounds hold, that
// endpoints without a record of it die less than some nine times an hour, and that bunches are no
// larger than any on record (or 16). A fault that begins on both sides at once is outside it: there
// old's witness decides, on a few requests and with a doubt of 1 %. In simulation 1 of 500
// migrations with seven such outages each was rolled back. The harm budget and a target without a
// healthy endpoint are outside it too.

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "config/base/instant.h"
#include "config/base/names.h"
#include "config/base/share.h"
#include "proxy/migration/baseline.h"
#include "proxy/migration/field_error.h"

namespace crossfade {

// How much worse than old new may be: ratio * (what old does) + margin, as a fraction of requests.
struct Allowance {
  double ratio = 1.5;
  double margin = 0;
  friend bool operator==(const Allowance&, const Allowance&) = default;
};

struct GateSettings {
  double alpha = 1e-4;  // bound on false rollbacks by the harm test, for the whole migration
  Allowance failures = {1.5, 0.0001};
  Allowance slow = {1.5, 0.01};
  std::uint64_t harm_max =
      500;  // failures on new beyond what is allowed: roll back, whatever the tests say
  std::uint64_t requests_min = 20;  // on every target, at each checkpoint, before the ramp goes on
  std::uint64_t baseline_requests = 1000;  // of old, before the first request goes to new ...
  Duration baseline_time = 30s;            // ... or this long, where traffic is thin
  friend bool operator==(const GateSettings&, const GateSettings&) = default;
};

// All that is wrong with the settings; pointers begin with `at`, e.g. "/gate".
std::vector<FieldError> check(const GateSettings& settings, const std::string& at);

// What the gate is shown: what happened since the look before. Taken as often as one likes; more
// often when failures arrive finds harm sooner.
struct Look {
  Duration elapsed = 0s;   // since the look before
  Evidence old_side = {};  // all sources together
  struct Target {
    Share share;  // in force
    Evidence evidence;
  };
  std::vector<Target> targets = {};  // in the order of the migration's targets
};

struct Verdict {
  enum class Kind : std::uint8_t { kProceed, kHold, kRollBack };
  Kind kind = Kind::kHold;
  std::string because = "nothing was judged yet";  // one sentence for people
  std::string test = {};   // the test nearest to firing, e.g. "failures against baseline"
  std::size_t target = 0;  // of the target it is about
  double statistic = 0;    // of that test: ln of the mixture; fires at threshold
  double threshold = 0;    // ln(tests / alpha)
  // Counts behind it: since the checkpoint began (new: that target).
  std::uint64_t new_attempts = 0;
  std::uint64_t new_failures = 0;
  std::uint64_t new_slow = 0;
  std::uint64_t old_attempts = 0;
  std::uint64_t old_failures = 0;
  std::uint64_t old_slow = 0;
  std::uint64_t harmed = 0;  // failures on all targets beyond what is allowed
  friend bool operator==(const Verdict&, const Verdict&) = default;
};

std::string_view to_string(Verdict::Kind kind);

// The tests of one target: {failure events, failures, slow} x {concurrent, baseline}.
inline constexpr std::size_t kGateTests = 6;
// Mixed over: new is so many times worse than allowed.
inline constexpr std::array<double, 7> kGateRatios = {2, 3, 5, 10, 30, 100, 300};
using GateSums = std::array<double, kGateRatios.size()>;

// What the gate remembers of a migration: a value. The journal keeps baseline, judged_time and
// harmed; the rest begins anew after a restart, which only ever makes the tests more careful.
struct GateState {
  Baseline baseline = {};     // of old
  Duration judged_time = 0s;  // spends the weights of the sums
  double harmed = 0;
  struct Target {
    std::array<GateSums, kGateTests> sums = {};
    Baseline recent = {};  // the last seconds
    Evidence since_checkpoint = {};
  };
  std::vector<Target> targets = {};
  Baseline old_recent = {};
  Evidence old_since_checkpoint = {};
  bool requests_needed =
      false;  // a checkpoint was passed (or a restart): requests_min counts from there
  Duration window =
      0s;  // since the start or the restart; a verdict other than hold needs a fresh window
};

// Looks once more. Changes the state, returns the verdict. Holds while the baseline is being
// recorded (no target has a share yet), until a fresh window exists, and while a target has had too
// few requests since the checkpoint began. Rolls back at once when a target with a share has no
// healthy endpoint, unless old has none either. Requires: check(settings) found nothing; as many
// targets as in every look before.
Verdict judge(const GateSettings& settings, GateState& state, const Look& look);

// The ramp has passed a checkpoint: counts the requests needed for the next one from zero.
void begin_checkpoint(GateState& state);

// What of the state outlives a restart.
GateState surviving(const GateState& state);

}  // namespace crossfade
