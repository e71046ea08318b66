#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <unordered_map>
#include <utility>
#include <vector>

#include "config/base/address.h"
#include "config/base/names.h"
#include "proxy/snapshot/snapshot.h"

namespace crossfade {

// What outlives Snapshots: the ids and cells of endpoints, the counters of clusters, the cohorts of
// splits. Control thread only.
class Registry {
 public:
  struct KnownEndpoint {
    EndpointId id;
    std::shared_ptr<EndpointCell> cell;
  };

  // Requires: workers > 0.
  explicit Registry(std::size_t workers);

  std::size_t workers() const { return workers_; }

  // The endpoint with this identity, made when it is new.
  KnownEndpoint endpoint(const ServiceName& service, const ClusterName& cluster,
                         const Address& address);

  // The counters of a (service, cluster); never reset while the registry lives.
  std::shared_ptr<ClusterCounters> counters(const ServiceName& service, const ClusterName& cluster);

  // The cohort of a (service, cluster, split revision). Only the newest revision asked for is
  // remembered here; older ones live in the Snapshots and windows that hold them.
  std::shared_ptr<Cohort> cohort(const ServiceName& service, const ClusterName& cluster,
                                 std::uint64_t revision);

  // Gives back the slots of endpoints whose cell nobody else holds: no Snapshot names them and no
  // worker has a connection counted on them. Returns how many. Costs one look at every endpoint;
  // call it after Publisher::tick() freed something.
  std::size_t retire();

  std::size_t endpoints() const { return endpoints_.size(); }
  std::uint32_t slots() const { return static_cast<std::uint32_t>(generations_.size()); }

 private:
  using ClusterKey = std::pair<ServiceName, ClusterName>;
  struct EndpointKey {
    std::uint32_t cluster;
    Address address;
    friend bool operator==(const EndpointKey&, const EndpointKey&) = default;
  };
  struct EndpointKeyHash {
    std::size_t operator()(const EndpointKey& key) const;
  };
  struct KnownCluster {
    std::uint32_t number;
    std::shared_ptr<ClusterCounters> counters;
    std::uint64_t revision = 0;
    std::shared_ptr<Cohort> cohort;
  };

  KnownCluster& cluster_of(const ServiceName& service, const ClusterName& cluster);
  EndpointId take_slot();

  std::size_t workers_;
  std::map<ClusterKey, KnownCluster> clusters_;
  std::unordered_map<EndpointKey, KnownEndpoint, EndpointKeyHash> endpoints_;
  std::vector<std::uint32_t> generations_;  // by slot: of its present or last holder
  std::vector<std::uint32_t> free_slots_;
};

}  // namespace crossfade
