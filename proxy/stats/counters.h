#pragma once

// What flows up: plain counters, one writer (a worker), read by the control thread at any time.
// They are allocated by the control thread, carried down inside the Snapshot and outlive it.

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>

#include "config/base/verify.h"

namespace crossfade {

// A number that only its owner changes; anyone may read it. No locked instruction.
class Counter {
 public:
  void add(std::uint64_t n = 1) { set(value() + n); }
  void subtract(std::uint64_t n = 1) { set(value() - n); }
  void set(std::uint64_t n) { value_.store(n, std::memory_order_relaxed); }
  std::uint64_t value() const { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<std::uint64_t> value_ = 0;
};

// One cell per worker, each on cache lines of its own.
template <class Cell>
class PerWorker {
 public:
  explicit PerWorker(std::size_t workers) : cells_{new Padded[workers]}, size_{workers} {}

  // Requires: worker < size().
  Cell& of(std::size_t worker) {
    VERIFY(worker < size_);
    return cells_[worker].cell;
  }
  const Cell& of(std::size_t worker) const {
    VERIFY(worker < size_);
    return cells_[worker].cell;
  }
  std::size_t size() const { return size_; }

  // Sum over all workers of one number of the cell: total([](const Cell& c) { return
  // c.requests.value(); }).
  template <class Number>
  std::uint64_t total(Number&& number) const {
    std::uint64_t sum = 0;
    for (std::size_t i = 0; i < size_; ++i) sum += number(cells_[i].cell);
    return sum;
  }

 private:
  struct alignas(64) Padded {
    Cell cell;
  };
  std::unique_ptr<Padded[]> cells_;
  std::size_t size_;
};

// Latencies in fixed buckets: four per octave from 64 us to over 4 minutes; see latency.h for
// bounds and quantiles.
inline constexpr std::size_t kLatencyBuckets = 90;
struct LatencyCells {
  std::array<Counter, kLatencyBuckets> buckets;
  Counter sum_us;
};

// What happened to the requests of one (service, cluster), for dashboards and Prometheus. Never
// reset.
struct ClusterCell {
  std::array<Counter, 5> responses;  // by status class, 1xx..5xx, as sent by the cluster
  std::array<Counter, 3> failures;   // by Side
  Counter attempts;                  // tries begun
  Counter retries;                   // tries after a failed one
  Counter crossed;                   // of those, tries taken over from another cluster
  Counter request_bytes;             // body bytes
  Counter response_bytes;
  Counter in_flight;
  Counter open_tunnels;        // upgraded connections
  LatencyCells response_head;  // request sent -> response head read
};

// The evidence of one (service, cluster, split revision): what the gate judges. One attempt counts
// exactly once.
struct CohortCell {
  Counter attempts;        // finished
  Counter failures;        // of the cluster's side
  Counter failure_events;  // failures, at most one per endpoint and second: failures bunch
  Counter slow;            // response head later than the service's slow_threshold
};
using Cohort = PerWorker<CohortCell>;
using ClusterCounters = PerWorker<ClusterCell>;

// Of one endpoint: rarely written, so one cell for all workers.
struct EndpointCell {
  std::atomic<std::uint32_t> ejected_by = 0;  // workers that have it ejected now
  std::atomic<std::uint32_t> last_failure_second =
      0;  // of the monotonic clock; makes failure_events
};

// Of one worker.
struct WorkerCell {
  Counter adopted_version;  // of the Snapshot it serves from
  Counter connections_accepted;
  Counter connections_open;
  Counter connections_refused;  // over connections_max
  Counter listen_failures;      // listeners of a new Snapshot that could not be opened
  Counter requests;             // heads read well
  Counter requests_malformed;
  Counter requests_unrouted;
  Counter client_timeouts;
  Counter pool_connects;
  Counter pool_connect_failures;
  Counter pool_reuses;
  Counter pool_idle;
  Counter pool_stale;  // idle connections found closed
  Counter pool_full;   // connections_max reached
  Counter ejections;
  Counter panics;  // picks that ignored ejection
  Counter retry_budget_exhausted;
};
using WorkerCounters = PerWorker<WorkerCell>;

}  // namespace crossfade
