#include "proxy/migration/harm.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "config/base/verify.h"

namespace crossfade {
namespace {

enum Signal : std::size_t { kEvents, kFailures, kSlow };

Signal signal_of(std::size_t test) {
  return static_cast<Signal>(test / 2);
}

double came(Signal signal, const Evidence& evidence, double bunch) {
  switch (signal) {
    case kEvents: return static_cast<double>(evidence.failure_events);
    case kFailures: return static_cast<double>(evidence.failures) / bunch;
    case kSlow: return static_cast<double>(evidence.slow) / bunch;
  }
  return 0;
}

// What a side with these rates would show. A bunch is one event, but up to `bunch` failures: one
// unit either way.
double mean(Signal signal, const Evidence& evidence, const Rates& rates) {
  const auto attempts = static_cast<double>(evidence.attempts);
  const double deaths = rates.deaths * evidence.endpoint_seconds;
  switch (signal) {
    case kEvents: return rates.isolated * attempts + deaths;
    case kFailures: return rates.isolated * attempts / rates.bunch + deaths;
    case kSlow: return rates.slow * attempts / rates.bunch;
  }
  return 0;
}

double part(double a, double b) {
  return a + b > 0 ? a / (a + b) : 1;
}

}  // namespace

std::string_view name_of_test(std::size_t test) {
  constexpr std::array<std::string_view, kGateTests> kNames = {
      "failure events against old now", "failure events against the baseline",
      "failures against old now",       "failures against the baseline",
      "slow answers against old now",   "slow answers against the baseline"};
  VERIFY(test < kGateTests);
  return kNames[test];
}

bool is_concurrent(std::size_t test) {
  return test % 2 == 0;
}
bool is_about_slow(std::size_t test) {
  return signal_of(test) == kSlow;
}

Expectation expect(std::size_t test, const GateSettings& settings, const Comparison& comparison) {
  const Signal signal = signal_of(test);
  const Allowance& allowance = signal == kSlow ? settings.slow : settings.failures;
  const Evidence& of_new = comparison.now_new;
  const Evidence& of_old = comparison.now_old;
  const double bunch = comparison.record.bunch;
  const double margin =
      allowance.margin * static_cast<double>(of_new.attempts) / (signal == kEvents ? 1 : bunch);

  Expectation expectation;
  expectation.came_new = came(signal, of_new, bunch);
  expectation.came_old = came(signal, of_old, bunch);
  expectation.mean_new = allowance.ratio * mean(signal, of_new, comparison.record) + margin;

  // Whether failures come with requests or with endpoints is not known to the last digit, and a
  // fault that both sides share may change it: new may own the larger of both parts.
  const double by_mixture =
      part(allowance.ratio * mean(signal, of_new, comparison.mixture) + margin,
           mean(signal, of_old, comparison.mixture));
  const double by_requests = part(allowance.ratio * static_cast<double>(of_new.attempts),
                                  static_cast<double>(of_old.attempts));
  expectation.share_new = std::max(by_mixture, by_requests);
  return expectation;
}

double advance(GateSums& sums, std::size_t test, const Expectation& expectation, double weight,
               double ceiling) {
  const auto& [came_new, came_old, mean_new, share_new] = expectation;
  for (std::size_t i = 0; i < sums.size(); ++i) {
    const double ratio = kGateRatios[i];
    // Concurrent: each unit is new's with odds raised by `ratio`. Baseline: a Poisson count with
    // its mean raised.
    const double log_likelihood =
        is_concurrent(test) ? came_new * std::log(ratio) -
                                  (came_new + came_old) * std::log1p(share_new * (ratio - 1))
                            : came_new * std::log(ratio) - mean_new * (ratio - 1);
    sums[i] = std::min((sums[i] + weight) * std::exp(std::min(log_likelihood, 600.0)), ceiling);
  }
  return std::accumulate(sums.begin(), sums.end(), 0.0) / static_cast<double>(sums.size());
}

double failures_allowed(const GateSettings& settings, const Comparison& comparison) {
  const auto attempts = static_cast<double>(comparison.now_new.attempts);
  const double on_record = settings.failures.ratio *
                           mean(kFailures, comparison.now_new, comparison.record) *
                           comparison.record.bunch;
  const double old_now = comparison.now_old.attempts == 0
                             ? 0
                             : static_cast<double>(comparison.now_old.failures) /
                                   static_cast<double>(comparison.now_old.attempts);
  return std::max(on_record, settings.failures.ratio * old_now * attempts) +
         settings.failures.margin * attempts;
}

}  // namespace crossfade
