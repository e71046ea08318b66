#pragma once

// From what the control thread knows to a Snapshot. PURE but for the registry, which only hands out
// identities. Costs what changed: services not named are shared with the Snapshot before, and so
// are endpoints not given.

#include <cstdint>
#include <memory>
#include <set>
#include <span>
#include <vector>

#include "config/base/instant.h"
#include "discovery/endpoint.h"
#include "proxy/snapshot/registry.h"
#include "proxy/snapshot/snapshot.h"

namespace crossfade {

// The facts about one cluster of a service.
struct ClusterFacts {
  // The accepted set. Null: as in the Snapshot before (or empty when that has none), including who
  // is failing.
  const EndpointSet* endpoints = nullptr;
  // Those whose active checks fail. Null: none.
  const std::set<Address>* failing = nullptr;
};

// One service to build anew.
struct ServiceFacts {
  std::uint32_t index = 0;  // place in config.services
  Split split;
  std::vector<ClusterFacts> clusters;  // in the order of the service's configuration
};

// The next Snapshot. `changed` names the services to build; all others are taken from `previous` as
// they are. Requires: version greater than that of `previous`; each service named at most once;
// every service named when there is no `previous` or it was made from another Config; splits that
// own only clusters of their service.
std::shared_ptr<const Snapshot> build_snapshot(std::uint64_t version,
                                               std::shared_ptr<const Config> config,
                                               std::span<const ServiceFacts> changed,
                                               const Snapshot* previous, Registry& registry,
                                               Instant now);

// Healthy and not ejected by every worker. Ejection changes while a Snapshot lives: when this
// differs from the healthy_count in it, the service is to be built again.
std::uint32_t count_healthy(const SnapshotEndpoints& endpoints, std::size_t workers);

// Zero where nobody is healthy, the others grown in proportion, together kWhole. Where nobody is
// left at all: desired. Requires: as many counts as shares.
std::vector<Share> effective_shares(std::span<const Share> desired,
                                    std::span<const std::uint32_t> healthy_counts);

}  // namespace crossfade
