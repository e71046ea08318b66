#include "bench/micro/bench.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <new>
#include <string_view>
#include <vector>

namespace {

// One thread measures: plain counting would do, but the operators must be right in any thread.
std::uint64_t thread_local allocation_count = 0;

void* allocate(std::size_t size) {
  ++allocation_count;
  if (void* memory = std::malloc(size != 0 ? size : 1)) return memory;
  throw std::bad_alloc{};
}

}  // namespace

void* operator new(std::size_t size) {
  return allocate(size);
}
void* operator new[](std::size_t size) {
  return allocate(size);
}
void operator delete(void* memory) noexcept {
  std::free(memory);
}
void operator delete[](void* memory) noexcept {
  std::free(memory);
}
void operator delete(void* memory, std::size_t) noexcept {
  std::free(memory);
}
void operator delete[](void* memory, std::size_t) noexcept {
  std::free(memory);
}

namespace crossfade::bench {
namespace {

struct Entry {
  const char* name;
  Body body;
};

std::vector<Entry>& entries() {
  static std::vector<Entry> all;
  return all;
}

}  // namespace

std::uint64_t allocations() {
  return allocation_count;
}

bool add(const char* name, Body body) {
  entries().push_back({name, body});
  return true;
}

Cost summarise(double* ns_of_rounds, std::size_t rounds, double allocations) {
  std::sort(ns_of_rounds, ns_of_rounds + rounds);
  return {ns_of_rounds[rounds / 2], ns_of_rounds[0], ns_of_rounds[rounds - 1], allocations};
}

}  // namespace crossfade::bench

// bench_micro [PART]: runs the benchmarks whose name contains PART, all without.
int main(int argc, char** argv) {
  const std::string_view part = argc > 1 ? argv[1] : "";
  auto all = crossfade::bench::entries();
  std::sort(all.begin(), all.end(),
            [](const auto& a, const auto& b) { return std::string_view(a.name) < b.name; });
  std::printf("%-52s %10s %10s %10s %12s\n", "operation", "ns", "min", "max", "allocations");
  for (const auto& entry : all) {
    if (std::string_view(entry.name).find(part) == std::string_view::npos) continue;
    const crossfade::bench::Cost cost = entry.body();
    std::printf("%-52s %10.1f %10.1f %10.1f %12.2f\n", entry.name, cost.ns, cost.ns_min,
                cost.ns_max, cost.allocations);
  }
}
