// From a user id to a cluster, and one step of a ramp.

#include <string_view>
#include <vector>

#include "bench/micro/bench.h"
#include "config/base/random.h"
#include "proxy/routing/splitter.h"

namespace crossfade {
namespace {

std::vector<Share> even(std::uint32_t clusters) {
  return shares_of_weights(std::vector<std::uint32_t>(clusters, 1)).value();
}

CROSSFADE_BENCH("split: key of 36 bytes to its cluster, 2 clusters") {
  const std::vector<Share> shares = even(2);
  const Split split{Assignment::initial(shares), 42, 1};
  std::string_view key = "3f9c1b7e-2a5d-4c8f-9e0b-1a2c3d4e5f60";
  return bench::measure([&] {
    bench::keep(key);
    ClusterIndex cluster = pick_cluster(split, shares, key_point(key, split.salt));
    bench::keep(cluster);
  });
}

CROSSFADE_BENCH("split: random point to its cluster, 64 clusters") {
  const std::vector<Share> shares = even(64);
  const Split split{Assignment::initial(shares), 42, 1};
  Random random{1};
  return bench::measure([&] {
    ClusterIndex cluster = pick_cluster(split, shares, random.below(Share::kWhole));
    bench::keep(cluster);
  });
}

}  // namespace
}  // namespace crossfade
