#include "proxy/snapshot/build.h"

#include <algorithm>
#include <map>
#include <numeric>
#include <utility>

#include "config/base/verify.h"

namespace crossfade {
namespace {

// What is taken over from the Snapshot before, for one cluster; all null for a new one.
const SnapshotCluster* find_cluster(const SnapshotService* service, const ClusterName& name) {
  if (!service) return nullptr;
  const auto found =
      std::find_if(service->clusters.begin(), service->clusters.end(),
                   [&](const SnapshotCluster& cluster) { return cluster.name == name; });
  return found == service->clusters.end() ? nullptr : &*found;
}

// Both sets are sorted by address: one walk finds who stayed and who is new.
SnapshotEndpoints endpoints_of(const ServiceName& service, const ClusterName& cluster,
                               const ClusterFacts& facts, const SnapshotEndpoints& before,
                               Registry& registry, Instant now) {
  SnapshotEndpoints endpoints;
  endpoints.reserve(facts.endpoints->size());
  auto known = before.begin();
  for (const Endpoint& endpoint : *facts.endpoints) {
    while (known != before.end() && known->address < endpoint.address) ++known;
    const bool stays = known != before.end() && known->address == endpoint.address;
    const bool healthy =
        endpoint.ready && !(facts.failing && facts.failing->contains(endpoint.address));
    if (stays) {
      endpoints.push_back(*known);
      if (healthy && !known->healthy) endpoints.back().admitted_at = now;
    } else {
      auto [id, cell] = registry.endpoint(service, cluster, endpoint.address);
      endpoints.push_back(
          {.id = id, .address = endpoint.address, .admitted_at = now, .cell = std::move(cell)});
    }
    endpoints.back().weight = endpoint.weight;
    endpoints.back().healthy = healthy;
  }
  return endpoints;
}

bool same(const SnapshotEndpoints& a, const SnapshotEndpoints& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](const auto& x, const auto& y) {
    return x.id == y.id && x.weight == y.weight && x.healthy == y.healthy &&
           x.admitted_at == y.admitted_at;
  });
}

std::shared_ptr<const WeightedTable> weights_of(const SnapshotEndpoints& endpoints) {
  std::vector<std::uint32_t> weights;
  weights.reserve(endpoints.size());
  for (const SnapshotEndpoint& endpoint : endpoints) weights.push_back(endpoint.weight);
  return std::make_shared<const WeightedTable>(weights);
}

SnapshotCluster build_cluster(const ServiceName& service, const ClusterName& name,
                              const ClusterFacts& facts, std::uint64_t revision,
                              const SnapshotCluster* before, Registry& registry, Instant now) {
  SnapshotCluster cluster;
  cluster.name = name;
  cluster.counters = registry.counters(service, name);
  cluster.cohort = registry.cohort(service, name, revision);

  static const SnapshotEndpoints kNobody;
  const SnapshotEndpoints& known = before ? *before->endpoints : kNobody;
  SnapshotEndpoints endpoints;
  if (facts.endpoints) endpoints = endpoints_of(service, name, facts, known, registry, now);
  if (before && (!facts.endpoints || same(endpoints, known))) {
    cluster.endpoints = before->endpoints;
    cluster.weights = before->weights;
  } else {
    cluster.weights = weights_of(endpoints);
    cluster.endpoints = std::make_shared<const SnapshotEndpoints>(std::move(endpoints));
  }
  cluster.healthy_count = count_healthy(*cluster.endpoints, registry.workers());
  return cluster;
}

std::shared_ptr<const SnapshotService> build_service(std::shared_ptr<const ServiceConfig> config,
                                                     const ServiceFacts& facts,
                                                     const SnapshotService* before,
                                                     Registry& registry, Instant now) {
  VERIFY(facts.clusters.size() == config->clusters.size());
  auto service = std::make_shared<SnapshotService>();
  service->split = facts.split;
  service->desired = facts.split.assignment.shares(config->clusters.size());
  std::vector<std::uint32_t> healthy_counts;
  for (std::size_t i = 0; i < config->clusters.size(); ++i) {
    const ClusterName& name = config->clusters[i].name;
    service->clusters.push_back(build_cluster(config->name, name, facts.clusters[i],
                                              facts.split.revision, find_cluster(before, name),
                                              registry, now));
    healthy_counts.push_back(service->clusters.back().healthy_count);
  }
  service->effective = effective_shares(service->desired, healthy_counts);
  service->config = std::move(config);
  return service;
}

std::shared_ptr<const Router> compile_routes(const Config& config) {
  std::map<ServiceName, Router::ServiceIndex> index_of;
  for (std::size_t i = 0; i < config.services.size(); ++i) {
    index_of[config.services[i]->name] = static_cast<Router::ServiceIndex>(i);
  }
  std::vector<Router::ServiceIndex> targets;
  for (const RouteConfig& route : config.routes) {
    const auto target = index_of.find(route.service);
    VERIFY(target != index_of.end());
    targets.push_back(target->second);
  }
  return std::make_shared<const Router>(config.routes, targets);
}

// Services of another Config may stand elsewhere: these are found by name.
std::map<ServiceName, const SnapshotService*> services_by_name(const Snapshot& snapshot) {
  std::map<ServiceName, const SnapshotService*> services;
  for (const auto& service : snapshot.services) services[service->config->name] = service.get();
  return services;
}

}  // namespace

std::shared_ptr<const Snapshot> build_snapshot(std::uint64_t version,
                                               std::shared_ptr<const Config> config,
                                               std::span<const ServiceFacts> changed,
                                               const Snapshot* previous, Registry& registry,
                                               Instant now) {
  VERIFY(config && (!previous || version > previous->version));
  auto snapshot = std::make_shared<Snapshot>();
  snapshot->version = version;

  const bool same_config = previous && previous->config == config;
  std::map<ServiceName, const SnapshotService*> earlier;
  if (same_config) {
    snapshot->router = previous->router;
    snapshot->services = previous->services;
  } else {
    snapshot->router = compile_routes(*config);
    snapshot->services.resize(config->services.size());
    if (previous) earlier = services_by_name(*previous);
  }
  for (const ServiceFacts& facts : changed) {
    VERIFY(facts.index < config->services.size());
    const auto& service = config->services[facts.index];
    const auto found = earlier.find(service->name);
    const SnapshotService* before = same_config              ? previous->services[facts.index].get()
                                    : found != earlier.end() ? found->second
                                                             : nullptr;
    snapshot->services[facts.index] = build_service(service, facts, before, registry, now);
  }
  VERIFY(std::none_of(snapshot->services.begin(), snapshot->services.end(),
                      [](const auto& s) { return !s; }));
  snapshot->config = std::move(config);
  return snapshot;
}

std::uint32_t count_healthy(const SnapshotEndpoints& endpoints, std::size_t workers) {
  return static_cast<std::uint32_t>(
      std::count_if(endpoints.begin(), endpoints.end(), [&](const auto& endpoint) {
        return endpoint.healthy &&
               endpoint.cell->ejected_by.load(std::memory_order_relaxed) < workers;
      }));
}

std::vector<Share> effective_shares(std::span<const Share> desired,
                                    std::span<const std::uint32_t> healthy_counts) {
  VERIFY(desired.size() == healthy_counts.size());
  std::vector<std::uint32_t> usable;
  for (std::size_t i = 0; i < desired.size(); ++i)
    usable.push_back(healthy_counts[i] > 0 ? desired[i].ppm() : 0);
  const auto shares = shares_of_weights(usable);
  return shares ? *shares : std::vector<Share>(desired.begin(), desired.end());
}

}  // namespace crossfade
