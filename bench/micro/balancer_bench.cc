// One pick of an endpoint.

#include <vector>

#include "bench/micro/bench.h"
#include "proxy/routing/balancer.h"

namespace crossfade {
namespace {

bench::Cost pick(Balancing balancing, std::uint32_t endpoints, bool equal_weights) {
  std::vector<std::uint32_t> weights;
  std::vector<Candidate> candidates;
  for (std::uint32_t i = 0; i < endpoints; ++i) {
    weights.push_back(equal_weights ? 100 : 1 + i % 100);
    candidates.push_back({.in_flight = i % 7, .weight = weights.back()});
  }
  const WeightedTable table{weights};
  const auto view = [&](std::uint32_t index) { return candidates[index]; };
  Random random{1};
  std::uint64_t turn = 0;
  return bench::measure([&] {
    std::optional<Pick> picked = Balancer{table, view, 0.5, random}.pick(balancing, turn++);
    bench::keep(picked);
  });
}

CROSSFADE_BENCH("pick: two choices of 20") {
  return pick(Balancing::kTwoChoices, 20, true);
}
CROSSFADE_BENCH("pick: two choices of 20, unequal weights") {
  return pick(Balancing::kTwoChoices, 20, false);
}
CROSSFADE_BENCH("pick: two choices of 10 000, unequal weights") {
  return pick(Balancing::kTwoChoices, 10'000, false);
}
CROSSFADE_BENCH("pick: round robin of 20") {
  return pick(Balancing::kRoundRobin, 20, true);
}

}  // namespace
}  // namespace crossfade
