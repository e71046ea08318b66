#include <algorithm>
#include <array>
#include <cstdio>

#include <catch2/catch.hpp>

#include "tests/unit/proxy/migration/simulated_traffic.h"

namespace crossfade {
namespace {

constexpr std::array<double, 7> kRamp = {0.01, 0.05, 0.1, 0.25, 0.5, 0.75, 0.9};
constexpr double kHour = 3600;

struct Healthy {
  const char* name;
  double rate = 1000;
  ClusterModel model = {};
  double swing = 0;   // of the failure rate, in a sine of ten minutes
  double outage = 0;  // both clusters fail this part of requests for 20 s, at each step
  double minutes = 30;
};

// How many of these healthy migrations the gate rolls back.
int false_rollbacks(const Healthy& healthy, int runs, double look) {
  int rolled_back = 0;
  for (int run = 0; run < runs; ++run) {
    SimulatedMigration migration(static_cast<std::uint64_t>(1000 + run), healthy.rate,
                                 healthy.model, healthy.model);
    migration.record(600, look);
    const double step = healthy.minutes * 60 / kRamp.size();
    const double begin = migration.now();
    bool bad = false;
    while (!bad && migration.now() < begin + healthy.minutes * 60) {
      const double into = migration.now() - begin;
      const auto at = std::min(kRamp.size() - 1, static_cast<std::size_t>(into / step));
      const double within = into - static_cast<double>(at) * step;
      double failing =
          healthy.model.failing * (1 + healthy.swing * std::sin(into * 2 * 3.14159 / 600));
      if (healthy.outage > 0 && within > 60 && within < 80) failing = healthy.outage;
      migration.old_cluster().model().failing = failing;
      migration.new_cluster().model().failing = failing;
      migration.last = migration.judge_once(kRamp[at], look);
      bad = migration.last.kind == Verdict::Kind::kRollBack;
    }
    if (bad)
      UNSCOPED_INFO("run " << run << " at " << migration.now() << ": " << migration.last.because);
    rolled_back += bad;
  }
  return rolled_back;
}

struct Detection {
  double found = 0;  // part of runs
  double seconds_median = 0;
  double seconds_p99 = 0;
  double harmed_median = 0;
  double harmed_p99 = 0;
};

struct Fault {
  double share;
  double failing = 0.001;
  double slow = 0.005;
  double rate = 1000;
  ClusterModel model = {.deaths = 1 / kHour};
  double limit = 600;  // seconds
};

Detection detection(const Fault& fault, int runs, double look) {
  std::vector<double> seconds;
  std::vector<double> harmed;
  int found = 0;
  for (int run = 0; run < runs; ++run) {
    SimulatedMigration migration(static_cast<std::uint64_t>(7000 + run), fault.rate, fault.model,
                                 fault.model);
    migration.record(600, 1);
    if (migration.rolls_back_within(300, fault.share, 0.5)) continue;
    migration.new_cluster().model().failing = fault.failing;
    migration.new_cluster().model().slow = fault.slow;
    const double begin = migration.now();
    const std::uint64_t before = migration.failures_on_new();
    if (!migration.rolls_back_within(fault.limit, fault.share, look)) continue;
    ++found;
    seconds.push_back(migration.now() - begin);
    harmed.push_back(static_cast<double>(migration.failures_on_new() - before));
  }
  Detection result;
  result.found = static_cast<double>(found) / runs;
  if (seconds.empty()) return result;
  const auto quantile = [](std::vector<double>& values, double q) {
    std::sort(values.begin(), values.end());
    return values[static_cast<std::size_t>(q * static_cast<double>(values.size() - 1))];
  };
  result.seconds_median = quantile(seconds, 0.5);
  result.seconds_p99 = quantile(seconds, 0.99);
  result.harmed_median = quantile(harmed, 0.5);
  result.harmed_p99 = quantile(harmed, 0.99);
  return result;
}

const std::vector<Healthy> kHealthy = {
    {.name = "independent 0.1 %"},
    {.name = "each endpoint dies once an hour", .model = {.deaths = 1 / kHour}},
    {.name = "each endpoint dies six times an hour", .model = {.deaths = 6 / kHour}},
    {.name = "deaths that fail 40 at once", .model = {.deaths = 1 / kHour, .at_once = 40}},
    {.name = "failure rate swings by 80 %", .swing = 0.8},
    {.name = "20 requests/s in all", .rate = 20, .model = {.deaths = 1 / kHour}},
    {.name = "1 request/s in all", .rate = 1, .model = {.deaths = 1 / kHour}},
    {.name = "0.5 % base", .model = {.failing = 0.005}},
    {.name = "5 % base on three endpoints", .model = {.endpoints = 3, .failing = 0.05}},
    {.name = "shared outages, all requests", .outage = 1},
    {.name = "shared outages, a tenth of requests", .model = {.deaths = 1 / kHour}, .outage = 0.1},
    {.name = "four hours with deaths", .model = {.deaths = 1 / kHour}, .minutes = 240},
};

}  // namespace

TEST_CASE("figures of the gate", "[.table]") {
  std::printf("%-40s false rollbacks\n", "healthy, 30 minutes");
  for (const Healthy& healthy : kHealthy) {
    std::printf("%-40s %d / 300\n", healthy.name, false_rollbacks(healthy, 300, 0.5));
    std::fflush(stdout);
  }
  std::printf("\n%-44s found  seconds p50 / p99   failed p50 / p99\n", "fault on new");
  for (const std::uint32_t endpoints : {20u, 3u}) {
    for (const double share : {0.01, 0.1, 0.5, 0.9}) {
      for (const double failing : {1.0, 0.5, 0.05, 0.01}) {
        const Detection d = detection({.share = share,
                                       .failing = failing,
                                       .model = {.endpoints = endpoints, .deaths = 1 / kHour}},
                                      200, 0.05);
        std::printf(
            "%2u endpoints, share %3.0f %%, %3.0f %% failing      %5.1f %%  %6.2f / %6.2f    %5.0f "
            "/ %5.0f\n",
            endpoints, share * 100, failing * 100, d.found * 100, d.seconds_median, d.seconds_p99,
            d.harmed_median, d.harmed_p99);
        std::fflush(stdout);
      }
    }
  }
  for (const double slow : {1.0, 0.2, 0.05}) {
    const Detection d = detection({.share = 0.1, .slow = slow}, 200, 0.05);
    std::printf("share 10 %%, %3.0f %% slow: found %.1f %%, %.2f / %.2f s\n", slow * 100,
                d.found * 100, d.seconds_median, d.seconds_p99);
  }
}

TEST_CASE("a healthy migration is not rolled back") {
  for (const Healthy& healthy : kHealthy) {
    if (healthy.minutes > 30) continue;
    INFO(healthy.name << ", seeds from 1000");
    CHECK(false_rollbacks(healthy, 60, 2) == 0);
  }
}

TEST_CASE("hard faults are found within a few dozen failures") {
  const Detection all = detection({.share = 0.1, .failing = 1}, 100, 0.05);
  CHECK(all.found == 1);
  CHECK(all.harmed_p99 <= 20);
  CHECK(all.seconds_p99 <= 0.25);

  const Detection half = detection({.share = 0.1, .failing = 0.5}, 100, 0.05);
  CHECK(half.found == 1);
  CHECK(half.harmed_p99 <= 20);

  const Detection thin = detection({.share = 0.01, .failing = 1}, 100, 0.05);
  CHECK(thin.found == 1);
  CHECK(thin.harmed_p99 <= 20);
}

TEST_CASE("a fault in one request of twenty is found within about thirty failures") {
  const Detection tenth = detection({.share = 0.1, .failing = 0.05}, 100, 0.1);
  CHECK(tenth.found == 1);
  CHECK(tenth.harmed_p99 <= 30);
  CHECK(tenth.seconds_p99 <= 8);
}

TEST_CASE("faults are found at the end of the ramp, where old has little traffic left") {
  const Detection hard = detection({.share = 0.99, .failing = 1}, 100, 0.05);
  CHECK(hard.found == 1);
  CHECK(hard.seconds_p99 <= 1.5);
  const Detection alone = detection({.share = 1, .failing = 0.05}, 100, 0.1);
  CHECK(alone.found == 1);
  CHECK(alone.harmed_p99 <= 100);
}

TEST_CASE("few endpoints do not hide a hard fault") {
  const Detection d = detection(
      {.share = 0.5, .failing = 1, .model = {.endpoints = 3, .deaths = 1 / kHour}}, 100, 0.05);
  CHECK(d.found == 1);
  CHECK(d.seconds_p99 <= 0.5);
}

TEST_CASE("a slow new cluster is found") {
  const Detection d = detection({.share = 0.1, .slow = 1}, 50, 0.1);
  CHECK(d.found == 1);
  CHECK(d.seconds_p99 <= 4);
}

}  // namespace crossfade
