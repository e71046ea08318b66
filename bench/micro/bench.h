#pragma once

// A small timing frame: what one operation costs, in nanoseconds and allocations.
// A file named *_bench.cc states what it measures and the frame does the rest:
//
//   CROSSFADE_BENCH("read a request head") {
//     ... prepare ...
//     return measure([&] { ...one operation...; keep(result); });
//   }

#include <cstddef>
#include <cstdint>

#include <ctime>

namespace crossfade::bench {

struct Cost {
  double ns = 0;  // per operation: the median of the rounds
  double ns_min = 0;
  double ns_max = 0;
  double allocations = 0;  // per operation, over all rounds
};

// Calls of operator new in this process so far.
std::uint64_t allocations();

// Makes the compiler believe that `value` is used and may have changed.
template <class T>
inline void keep(T& value) {
  asm volatile("" : : "g"(&value) : "memory");
}

// CPU time of this thread in nanoseconds: on a busy machine the wall clock would measure the
// others.
inline double thread_ns() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) * 1e9 + static_cast<double>(now.tv_nsec);
}

// Runs rounds of `operation`, each of at least a few milliseconds, after one that is not counted.
template <class Operation>
Cost measure(Operation operation);

using Body = Cost (*)();

// Adds a benchmark; `name` says what is measured. Called before main().
bool add(const char* name, Body body);

}  // namespace crossfade::bench

#define CROSSFADE_BENCH_AT(name, line) CROSSFADE_BENCH_AT_LINE(name, line)
#define CROSSFADE_BENCH_AT_LINE(name, line)                                                  \
  static ::crossfade::bench::Cost bench_at_##line();                                         \
  static const bool bench_added_at_##line = ::crossfade::bench::add(name, &bench_at_##line); \
  static ::crossfade::bench::Cost bench_at_##line()
#define CROSSFADE_BENCH(name) CROSSFADE_BENCH_AT(name, __LINE__)

namespace crossfade::bench {

Cost summarise(double* ns_of_rounds, std::size_t rounds, double allocations);

template <class Operation>
Cost measure(Operation operation) {
  constexpr std::size_t kRounds = 15;
  constexpr double kRoundNs = 8e6;

  // One round to warm up also tells how many operations fill a round.
  std::uint64_t operations = 0;
  const double warm_end = thread_ns() + kRoundNs;
  while (thread_ns() < warm_end) {
    for (int i = 0; i < 16; ++i) operation();
    operations += 16;
  }

  double ns[kRounds];
  const std::uint64_t allocations_before = allocations();
  for (double& round : ns) {
    const double begin = thread_ns();
    for (std::uint64_t i = 0; i < operations; ++i) operation();
    round = (thread_ns() - begin) / static_cast<double>(operations);
  }
  const double allocated = static_cast<double>(allocations() - allocations_before);
  return summarise(ns, kRounds, allocated / static_cast<double>(operations * kRounds));
}

}  // namespace crossfade::bench
