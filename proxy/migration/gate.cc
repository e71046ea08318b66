#include "proxy/migration/gate.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <numbers>

#include "config/base/verify.h"
#include "proxy/migration/harm.h"

namespace crossfade {
namespace {

constexpr Duration kBaselineMemory =
    30min;                              // time of day moves slower, a refreshed record follows it
constexpr Duration kRecentMemory = 5s;  // long enough for a few failures of thin traffic
constexpr Duration kWindowMin = 1s;     // of looks, before anything but hold or roll back is said

double seconds(Duration time) {
  return std::chrono::duration<double>(time).count();
}

// How much of the weight of all time falls on [before, after). Adds up to 1 from zero to for ever:
// the density 1 / (x ln^2 x) falls so slowly that a fault on the tenth day is found a few failures
// later than on the first.
double weight_between(Duration before, Duration after) {
  constexpr double kScale = 10;  // seconds
  const auto spent = [](Duration time) {
    return 1 / std::log(std::numbers::e + seconds(time) / kScale);
  };
  return spent(before) - spent(after);
}

bool has_share(const Look& look) {
  return std::any_of(look.targets.begin(), look.targets.end(),
                     [](const Look::Target& target) { return target.share.ppm() > 0; });
}

double rate(double count, double attempts) {
  return attempts > 0 ? count / attempts : 0;
}

// What old says, by the same seconds, to the charge that new fails more than is on record.
enum class Witness : std::uint8_t {
  kCleared,  // old does not fail like this, or has too little traffic to say
  kUnclear,  // it may fail like this: a few requests more will tell
  kShared,   // it fails like this: the cause is not new's, and going back would not help
};

// With k failures on old and m on as many requests of new, old is cleared when the upper bound of
// k, times what is allowed, stays below m.
Witness ask_old(std::size_t test, const GateSettings& settings, const Evidence& look,
                const Baseline& of_new, const Baseline& of_old) {
  constexpr double kDoubt = 0.01;
  const bool slow = is_about_slow(test);
  const double ratio = slow ? settings.slow.ratio : settings.failures.ratio;
  const double on_old = slow ? of_old.slow : of_old.failures;
  const double recent = rate(slow ? of_new.slow : of_new.failures, of_new.attempts);
  const double on_new = recent * of_old.attempts;
  if (on_old >= 0.5 && on_old * 2 * ratio >= on_new) return Witness::kShared;
  if (ratio * poisson_upper(on_old, kDoubt) < on_new) return Witness::kCleared;
  // A fault that has just begun fills the recent seconds only by and by; the look shows where they
  // are going.
  const double now = rate(static_cast<double>(slow ? look.slow : look.failures),
                          static_cast<double>(look.attempts));
  const bool can_tell = ratio * poisson_upper(0, kDoubt) < std::max(now, recent) * of_old.attempts;
  return can_tell ? Witness::kUnclear : Witness::kCleared;
}

// The record and the last seconds of old take in what the look shows of it.
void observe_old(GateState& state, const Look& look) {
  std::uint64_t all = look.old_side.attempts;
  for (const Look::Target& target : look.targets) all += target.evidence.attempts;
  // The record fades only as fast as old's own traffic renews it: with none it stays.
  const double part = rate(static_cast<double>(look.old_side.attempts), static_cast<double>(all));
  const auto faded =
      Duration{static_cast<std::int64_t>(part * static_cast<double>(look.elapsed.count()))};
  observe(state.baseline, look.old_side, faded, kBaselineMemory);
}

// What the tests of one look came to.
struct Harm {
  bool found = false;
  bool shared = false;  // found, but old may be failing the same way
  double statistic = -1e9;
  std::size_t test = 0;
  std::size_t target = 0;
};

Rates raised(Rates rates, const Baseline& recent) {
  rates.isolated = std::max(rates.isolated, rate(recent.isolated, recent.attempts));
  rates.deaths = std::max(rates.deaths, rate(recent.bunched, recent.endpoint_seconds));
  return rates;
}

void test_target(const GateSettings& settings, GateState& state, std::size_t index,
                 const Comparison& comparison, double weight, double threshold, Harm& harm) {
  GateState::Target& target = state.targets[index];
  for (std::size_t test = 0; test < kGateTests; ++test) {
    const Expectation expectation = expect(test, settings, comparison);
    const double mixture =
        advance(target.sums[test], test, expectation, weight, 1e3 * std::exp(threshold));
    const double statistic = std::log(std::max(mixture, 1e-300));
    bool found = statistic >= threshold;
    if (found && !is_concurrent(test)) {
      const Witness old =
          ask_old(test, settings, comparison.now_new, target.recent, state.old_recent);
      found = old == Witness::kCleared;
      harm.shared |= !found;
      if (old == Witness::kShared) target.sums[test] = {};  // explained, and nothing to remember
    }
    if ((found && !harm.found) || (found == harm.found && statistic > harm.statistic)) {
      harm.statistic = statistic;
      harm.test = test;
      harm.target = index;
    }
    harm.found |= found;
  }
}

Harm test_all(const GateSettings& settings, GateState& state, const Look& look, double threshold) {
  const double weight = weight_between(state.judged_time, state.judged_time + look.elapsed);
  state.judged_time += look.elapsed;
  const Rates record = upper_rates(state.baseline, settings.alpha);
  const Rates mixture = raised(record, state.old_recent);
  Harm harm;
  double beyond = 0;
  for (std::size_t i = 0; i < look.targets.size(); ++i) {
    const Comparison comparison{look.targets[i].evidence, look.old_side, record, mixture};
    test_target(settings, state, i, comparison, weight, threshold, harm);
    beyond +=
        static_cast<double>(comparison.now_new.failures) - failures_allowed(settings, comparison);
  }
  // Good times earn no credit.
  state.harmed = std::max(0.0, state.harmed + beyond);
  return harm;
}

// The target that has a share and nobody to serve it, or none.
const Look::Target* find_dead(const Look& look) {
  const auto dead =
      std::find_if(look.targets.begin(), look.targets.end(), [](const Look::Target& target) {
        return target.share.ppm() > 0 && target.evidence.healthy_endpoints == 0;
      });
  return dead == look.targets.end() ? nullptr : &*dead;
}

std::string text(const char* format, double a, double b) {
  char buffer[160];
  std::snprintf(buffer, sizeof buffer, format, a, b);
  return buffer;
}

// Why the ramp has to wait, or empty.
std::string reason_to_wait(const GateSettings& settings, const GateState& state, const Look& look) {
  const auto recorded = state.baseline.attempts;
  if (recorded < static_cast<double>(settings.baseline_requests) &&
      state.window < settings.baseline_time) {
    return text("recording the baseline of old: %.0f of %.0f requests", recorded,
                static_cast<double>(settings.baseline_requests));
  }
  if (state.window < kWindowMin) return "no fresh window of evidence yet";
  if (!state.requests_needed) return {};
  for (std::size_t i = 0; i < look.targets.size(); ++i) {
    const std::uint64_t attempts = state.targets[i].since_checkpoint.attempts;
    if (look.targets[i].share.ppm() == 0 || attempts >= settings.requests_min) continue;
    return text("too few requests on new since the last checkpoint: %.0f of %.0f",
                static_cast<double>(attempts), static_cast<double>(settings.requests_min));
  }
  return {};
}

void fill_counts(Verdict& verdict, const GateState& state) {
  const Evidence& of_new = state.targets[verdict.target].since_checkpoint;
  const Evidence& of_old = state.old_since_checkpoint;
  verdict.new_attempts = of_new.attempts;
  verdict.new_failures = of_new.failures;
  verdict.new_slow = of_new.slow;
  verdict.old_attempts = of_old.attempts;
  verdict.old_failures = of_old.failures;
  verdict.old_slow = of_old.slow;
  verdict.harmed = static_cast<std::uint64_t>(state.harmed);
}

std::string harm_text(const Verdict& verdict) {
  return verdict.test + text(" say that new is worse than allowed: %.1f is over %.1f",
                             verdict.statistic, verdict.threshold);
}

// Kind and reason, from what was found. Harm comes first, then everything that makes the ramp wait.
void decide(Verdict& verdict, const GateSettings& settings, const GateState& state,
            const Look& look, const Harm& harm) {
  using Kind = Verdict::Kind;
  const Look::Target* dead = find_dead(look);
  const bool over_budget = state.harmed >= static_cast<double>(settings.harm_max);
  if (dead != nullptr || harm.found || over_budget) {
    if (dead != nullptr) {
      verdict.target = static_cast<std::size_t>(dead - look.targets.data());
      verdict.because = "no endpoint of new is healthy";
    } else if (harm.found) {
      verdict.because = harm_text(verdict);
    } else {
      verdict.because =
          text("harm budget spent: %.0f failures on new beyond what is allowed, at most %.0f",
               state.harmed, static_cast<double>(settings.harm_max));
    }
    verdict.kind = Kind::kRollBack;
    if (look.old_side.healthy_endpoints == 0) {
      verdict.kind = Kind::kHold;
      verdict.because += "; held, as no endpoint of old is healthy either";
    }
    return;
  }
  verdict.because =
      harm.shared
          ? "new fails more than on record, and old is not cleared of the same: a shared cause?"
          : reason_to_wait(settings, state, look);
  verdict.kind = verdict.because.empty() ? Kind::kProceed : Kind::kHold;
  if (verdict.kind == Kind::kProceed) verdict.because = "new is not seen to be worse than allowed";
}

}  // namespace

std::string_view to_string(Verdict::Kind kind) {
  switch (kind) {
    case Verdict::Kind::kProceed: return "proceed";
    case Verdict::Kind::kHold: return "hold";
    case Verdict::Kind::kRollBack: return "roll_back";
  }
  return "unknown";
}

std::vector<FieldError> check(const GateSettings& settings, const std::string& at) {
  std::vector<FieldError> errors;
  const auto expect_that = [&](bool holds, const char* field, const char* expected) {
    if (!holds) errors.push_back({at + field, expected});
  };
  const auto expect_allowance = [&](const Allowance& allowance, const std::string& field) {
    expect_that(allowance.ratio >= 1 && allowance.ratio <= 100, (field + "/ratio").c_str(),
                "expected 1 to 100");
    expect_that(allowance.margin >= 0 && allowance.margin <= 1, (field + "/margin").c_str(),
                "expected 0 to 1");
  };
  expect_that(settings.alpha >= 1e-12 && settings.alpha <= 0.1, "/alpha", "expected 1e-12 to 0.1");
  expect_allowance(settings.failures, "/failures");
  expect_allowance(settings.slow, "/slow");
  expect_that(settings.harm_max > 0, "/harm_max", "expected at least 1");
  expect_that(settings.baseline_time >= 0s && settings.baseline_time <= 24h, "/baseline_time",
              "expected 0s to 24h");
  return errors;
}

Verdict judge(const GateSettings& settings, GateState& state, const Look& look) {
  VERIFY(!look.targets.empty() && settings.alpha > 0 && settings.alpha < 1);
  if (state.targets.empty()) state.targets.resize(look.targets.size());
  VERIFY(state.targets.size() == look.targets.size());

  state.window += look.elapsed;
  state.old_since_checkpoint += look.old_side;
  observe(state.old_recent, look.old_side, look.elapsed, kRecentMemory);
  for (std::size_t i = 0; i < look.targets.size(); ++i) {
    state.targets[i].since_checkpoint += look.targets[i].evidence;
    observe(state.targets[i].recent, look.targets[i].evidence, look.elapsed, kRecentMemory);
  }

  Verdict verdict;
  verdict.threshold =
      std::log(static_cast<double>(kGateTests * look.targets.size()) / settings.alpha);
  Harm harm;
  if (has_share(look)) {
    harm = test_all(settings, state, look, verdict.threshold);
    verdict.statistic = harm.statistic;
    verdict.target = harm.target;
    verdict.test = name_of_test(harm.test);
  }
  observe_old(state, look);  // last, so that the record a look is tested against was made before it
  decide(verdict, settings, state, look, harm);
  fill_counts(verdict, state);
  return verdict;
}

void begin_checkpoint(GateState& state) {
  for (GateState::Target& target : state.targets) target.since_checkpoint = {};
  state.old_since_checkpoint = {};
  state.requests_needed = true;
}

GateState surviving(const GateState& state) {
  GateState kept;
  kept.baseline = state.baseline;
  kept.judged_time = state.judged_time;
  kept.harmed = state.harmed;
  return kept;
}

}  // namespace crossfade
