#include <catch2/catch.hpp>

#include "config/base/random.h"
#include "proxy/stats/latency.h"

using namespace crossfade;
using std::chrono::microseconds;

TEST_CASE("every duration lies in the bucket between its bounds") {
  Random random{5};
  for (int i = 0; i < 10'000; ++i) {
    const Duration duration = microseconds(random.next() >> (24 + random.below(40)));
    const std::size_t bucket = latency_bucket(duration);
    REQUIRE(bucket < kLatencyBuckets);
    if (bucket < kLatencyBuckets - 1) REQUIRE(duration < latency_bucket_end(bucket));
    if (bucket > 0) REQUIRE(duration >= latency_bucket_end(bucket - 1));
  }
}

TEST_CASE("buckets begin at 64 us, four per octave, and end after four minutes") {
  CHECK(latency_bucket(-1s) == 0);
  CHECK(latency_bucket(63us) == 0);
  CHECK(latency_bucket(64us) == 1);
  CHECK(latency_bucket(80us) == 2);
  CHECK(latency_bucket(127us) == 4);
  CHECK(latency_bucket(128us) == 5);
  CHECK(latency_bucket(4min) == kLatencyBuckets - 2);
  CHECK(latency_bucket(24h) == kLatencyBuckets - 1);
}

TEST_CASE("a quantile is never more than a quarter over the true one") {
  LatencyCells cells;
  for (int ms = 1; ms <= 1000; ++ms) count_latency(cells, std::chrono::milliseconds(ms));
  Latencies latencies;
  latencies.merge(cells);

  for (const double quantile : {0.01, 0.5, 0.9, 0.99, 1.0}) {
    const double found = std::chrono::duration<double>(*latencies.quantile(quantile)).count();
    CHECK(found > quantile);
    CHECK(found <= quantile * 1.25 + 1e-3);
  }
  CHECK(latencies.count() == 1000);
  CHECK(latencies.sum_us == 500'500'000);
  CHECK_FALSE(Latencies{}.quantile(0.5).has_value());
}

TEST_CASE(
    "latencies of all workers are merged, and the difference of two readings is what came "
    "between") {
  ClusterCounters counters{2};
  count_latency(counters.of(0).response_head, 1ms);
  const Latencies earlier = response_head_latencies(counters);
  count_latency(counters.of(1).response_head, 2ms);
  count_latency(counters.of(0).response_head, 2ms);

  const Latencies between = response_head_latencies(counters).since(earlier);

  CHECK(between.count() == 2);
  CHECK(between.sum_us == 4000);
  CHECK(between.buckets[latency_bucket(2ms)] == 2);
}
