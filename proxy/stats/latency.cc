#include "proxy/stats/latency.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "config/base/verify.h"

namespace crossfade {
namespace {

Duration bucket_start(std::size_t bucket) {
  if (bucket == 0) return Duration::zero();
  const std::size_t octave = (bucket - 1) / 4;
  const std::size_t quarter = (bucket - 1) % 4;
  return std::chrono::microseconds((16ULL << octave) * (4 + quarter));
}

}  // namespace

Duration latency_bucket_end(std::size_t bucket) {
  VERIFY(bucket < kLatencyBuckets - 1);
  return bucket_start(bucket + 1);
}

std::uint64_t Latencies::count() const {
  return std::accumulate(buckets.begin(), buckets.end(), std::uint64_t{0});
}

void Latencies::merge(const LatencyCells& cells) {
  for (std::size_t i = 0; i < kLatencyBuckets; ++i) buckets[i] += cells.buckets[i].value();
  sum_us += cells.sum_us.value();
}

void Latencies::merge(const Latencies& other) {
  for (std::size_t i = 0; i < kLatencyBuckets; ++i) buckets[i] += other.buckets[i];
  sum_us += other.sum_us;
}

Latencies Latencies::since(const Latencies& earlier) const {
  Latencies difference;
  for (std::size_t i = 0; i < kLatencyBuckets; ++i) {
    VERIFY(buckets[i] >= earlier.buckets[i]);
    difference.buckets[i] = buckets[i] - earlier.buckets[i];
  }
  difference.sum_us = sum_us - earlier.sum_us;
  return difference;
}

std::optional<Duration> Latencies::quantile(double quantile) const {
  VERIFY(quantile >= 0 && quantile <= 1);
  const std::uint64_t total = count();
  if (total == 0) return std::nullopt;
  const auto wanted = std::max<std::uint64_t>(
      1, static_cast<std::uint64_t>(std::ceil(quantile * static_cast<double>(total))));
  std::uint64_t passed = 0;
  for (std::size_t i = 0; i < kLatencyBuckets - 1; ++i) {
    passed += buckets[i];
    if (passed >= wanted) return latency_bucket_end(i);
  }
  return bucket_start(kLatencyBuckets - 1);
}

Latencies response_head_latencies(const ClusterCounters& counters) {
  Latencies latencies;
  for (std::size_t i = 0; i < counters.size(); ++i) latencies.merge(counters.of(i).response_head);
  return latencies;
}

}  // namespace crossfade
