#include <cmath>

#include <catch2/catch.hpp>

#include "proxy/migration/baseline.h"

namespace crossfade {

TEST_CASE("the upper bound of a Poisson mean is wrong no more often than it says") {
  for (const double delta : {0.1, 1e-2, 1e-4}) {
    for (const int count : {0, 1, 2, 5, 20, 100}) {
      const double mean = poisson_upper(count, delta);
      double probability = 0;  // of so few or fewer, if this were the mean
      double term = std::exp(-mean);
      for (int k = 0; k <= count; ++k, term *= mean / k) probability += term;
      INFO("count " << count << " delta " << delta << " bound " << mean);
      CHECK(probability <= delta * (1 + 1e-9));
      CHECK(mean < count + 3 * std::sqrt(count * -std::log(delta)) - 2 * std::log(delta) + 1);
    }
  }
}

TEST_CASE("failures in one event are a bunch, failures in as many events are not") {
  Baseline baseline;
  observe(baseline, {.attempts = 100, .failures = 5, .failure_events = 1, .endpoint_seconds = 2},
          0s, 1h);
  CHECK(baseline.bunched == 1);
  CHECK(baseline.isolated == 0);
  CHECK(baseline.largest_bunch == 5);
  observe(baseline, {.attempts = 100, .failures = 3, .failure_events = 3, .endpoint_seconds = 2},
          0s, 1h);
  CHECK(baseline.bunched == 1);
  CHECK(baseline.isolated == 3);
}

TEST_CASE("a record fades, and without fading it stays") {
  Baseline baseline;
  observe(baseline, {.attempts = 1000}, 0s, 1min);
  observe(baseline, {}, 0s, 1min);
  CHECK(baseline.attempts == 1000);
  observe(baseline, {}, 1min, 1min);
  CHECK(baseline.attempts == Approx(1000 / std::exp(1)));
}

TEST_CASE("bounds come down to the rates as the record grows") {
  Baseline baseline{.attempts = 1000, .isolated = 1, .endpoint_seconds = 0};
  const double little = upper_rates(baseline, 1e-4).isolated;
  baseline = {.attempts = 1e8, .isolated = 1e5, .endpoint_seconds = 1e7};
  const Rates much = upper_rates(baseline, 1e-4);
  CHECK(little > 0.01);
  CHECK(much.isolated == Approx(0.001).epsilon(0.02));
  CHECK(much.deaths < 2e-6);
}

}  // namespace crossfade
