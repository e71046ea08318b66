#include "proxy/control/service_state.h"

#include <algorithm>

namespace crossfade {

namespace {

// FNV-1a: the same number from the same name everywhere, which std::hash does not promise.
std::uint64_t salt_of(const ServiceName& service) {
  std::uint64_t hash = 0xcbf29ce484222325ULL;
  for (const char c : service.str())
    hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3ULL;
  return hash;
}

Share share_of(std::span<const ClusterShare> shares, const ClusterName& cluster) {
  const auto found = std::ranges::find(shares, cluster, &ClusterShare::cluster);
  return found == shares.end() ? Share{} : found->share;
}

}  // namespace

Split initial_split(const ServiceConfig& service) {
  std::vector<std::uint32_t> weights;
  for (const ClusterConfig& cluster : service.clusters) weights.push_back(cluster.weight);
  const auto shares = shares_of_weights(weights);
  VERIFY(shares.has_value());  // validate refuses a service without any weight
  return {Assignment::initial(*shares), salt_of(service.name), 1};
}

std::optional<std::size_t> find_cluster(const ServiceConfig& service, const ClusterName& cluster) {
  const auto found = std::ranges::find(service.clusters, cluster, &ClusterConfig::name);
  if (found == service.clusters.end()) return std::nullopt;
  return found - service.clusters.begin();
}

std::vector<ClusterShare> named_shares(const ServiceConfig& service, const Split& split) {
  const std::vector<Share> shares = split.assignment.shares(service.clusters.size());
  std::vector<ClusterShare> named;
  for (std::size_t i = 0; i < shares.size(); ++i)
    named.push_back({service.clusters[i].name, shares[i]});
  return named;
}

std::vector<Share> ordered_shares(const ServiceConfig& service,
                                  std::span<const ClusterShare> named) {
  std::vector<Share> shares;
  for (const ClusterConfig& cluster : service.clusters)
    shares.push_back(share_of(named, cluster.name));
  return shares;
}

SplitRecord split_record(const ServiceConfig& service, const Split& split) {
  SplitRecord record;
  record.service = service.name;
  for (const Assignment::Interval& interval : split.assignment.intervals()) {
    record.intervals.push_back({interval.begin, service.clusters[interval.owner].name});
  }
  record.revision = split.revision;
  record.salt = split.salt;
  return record;
}

Result<Split> split_from(const SplitRecord& record, const ServiceConfig& service) {
  std::vector<Assignment::Interval> intervals;
  for (const SplitRecord::Interval& interval : record.intervals) {
    const auto cluster = find_cluster(service, interval.owner);
    if (!cluster) {
      return Error{ErrorCode::kConflict, Side::kClient, Retry::kNever,
                   "services." + service.name.str() + ".clusters: " + interval.owner.str() +
                       " still has a share of the requests; give that to other clusters before it "
                       "is removed"};
    }
    intervals.push_back({interval.begin, static_cast<ClusterIndex>(*cluster)});
  }
  auto assignment = Assignment::from_intervals(std::move(intervals));
  if (!assignment) return assignment.error();
  return Split{std::move(*assignment), record.salt, record.revision};
}

bool only_returns(std::span<const ClusterShare> from, std::span<const ClusterShare> to,
                  std::span<const ClusterShare> home) {
  return std::ranges::all_of(from, [&](const ClusterShare& now) {
    const Share goal = share_of(home, now.cluster);
    const Share next = share_of(to, now.cluster);
    return std::min(now.share, goal) <= next && next <= std::max(now.share, goal);
  });
}

Share total_of(std::span<const ClusterShare> shares, std::span<const MigrationTarget> targets) {
  std::uint32_t total = 0;
  for (const MigrationTarget& target : targets) total += share_of(shares, target.cluster).ppm();
  return Share::from_ppm(total);
}

}  // namespace crossfade
