#pragma once

// The buckets of LatencyCells: below 64 us, then four per octave, the last open to the top. A
// bucket is at most a quarter of its lower bound wide, so a quantile is never more than that off.
// PURE.

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "config/base/instant.h"
#include "proxy/stats/counters.h"

namespace crossfade {

// Which bucket a duration belongs to: the position of its highest bit and the two bits below. No
// loop, no table.
constexpr std::size_t latency_bucket(Duration duration) {
  constexpr int kFirstOctave = 6;  // 64 us
  const auto us = duration.count() > 0 ? static_cast<std::uint64_t>(duration.count()) / 1000 : 0;
  if (us < (1U << kFirstOctave)) return 0;
  const int octave = static_cast<int>(std::bit_width(us)) - 1;
  const std::size_t quarter = (us >> (octave - 2)) & 3;
  const std::size_t bucket = 1 + static_cast<std::size_t>(octave - kFirstOctave) * 4 + quarter;
  return bucket < kLatencyBuckets ? bucket : kLatencyBuckets - 1;
}

// Durations in a bucket are below its end. Requires: bucket < kLatencyBuckets - 1: the last has no
// end.
Duration latency_bucket_end(std::size_t bucket);

// Counts one duration. For the cells' one writer.
inline void count_latency(LatencyCells& cells, Duration duration) {
  cells.buckets[latency_bucket(duration)].add();
  cells.sum_us.add(duration.count() > 0 ? static_cast<std::uint64_t>(duration.count()) / 1000 : 0);
}

// Latencies as plain numbers: what was read from cells, merged over workers, or the difference of
// two readings.
struct Latencies {
  std::array<std::uint64_t, kLatencyBuckets> buckets = {};
  std::uint64_t sum_us = 0;

  std::uint64_t count() const;
  void merge(const LatencyCells& cells);
  void merge(const Latencies& other);
  // What was counted after `earlier` was read. Requires: `earlier` was read from the same cells.
  Latencies since(const Latencies& earlier) const;
  // The end of the bucket that holds the quantile (the start of the last one); nothing when empty.
  // Requires: 0 <= quantile <= 1.
  std::optional<Duration> quantile(double quantile) const;
};

// Response-head latencies of a cluster over all workers.
Latencies response_head_latencies(const ClusterCounters& counters);

}  // namespace crossfade
