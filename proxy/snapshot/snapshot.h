#pragma once

// One immutable, versioned picture of routes, splits and endpoints: enough to serve any request.
// Built by the control thread (build.h), published to all workers at once (publisher.h), read by
// any thread. Parts that did not change are shared with the Snapshot before.

#include <cstdint>
#include <memory>
#include <vector>

#include "config/config.h"
#include "proxy/routing/router.h"
#include "proxy/routing/splitter.h"
#include "proxy/routing/weighted_table.h"
#include "proxy/stats/counters.h"

namespace crossfade {

// Where workers keep what they know about an endpoint: slot indexes their table, generation tells
// whether the slot is still the same endpoint. Slots are reused once no Snapshot names them.
struct EndpointId {
  std::uint32_t slot = 0;
  std::uint32_t generation = 0;
  friend bool operator==(const EndpointId&, const EndpointId&) = default;
};

struct SnapshotEndpoint {
  EndpointId id;
  Address address;
  std::uint32_t weight = 100;  // relative within the set
  bool healthy = true;         // ready by its source and by the active checks
  Instant admitted_at = {};  // when it joined or became healthy again: slow start counts from here
  std::shared_ptr<EndpointCell> cell;
};

using SnapshotEndpoints = std::vector<SnapshotEndpoint>;  // sorted by address, no address twice

struct SnapshotCluster {
  ClusterName name;
  std::shared_ptr<const SnapshotEndpoints> endpoints;  // never null
  std::shared_ptr<const WeightedTable> weights;  // of the endpoints, index by index; never null
  std::uint32_t healthy_count = 0;               // healthy and not ejected by every worker
  std::shared_ptr<ClusterCounters> counters;
  std::shared_ptr<Cohort> cohort;  // of (service, cluster, split revision)
};

struct SnapshotService {
  std::shared_ptr<const ServiceConfig> config;
  Split split;
  std::vector<SnapshotCluster> clusters;  // ClusterIndex -> cluster
  std::vector<Share> desired;             // by the assignment
  std::vector<Share> effective;  // zero where nobody is healthy; the others grow in proportion
};

struct Snapshot {
  std::uint64_t version = 0;
  std::shared_ptr<const Config> config;                          // listeners, forwarding
  std::shared_ptr<const Router> router;                          // request -> index into services
  std::vector<std::shared_ptr<const SnapshotService>> services;  // index by index those of config
};

}  // namespace crossfade
