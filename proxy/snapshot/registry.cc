#include "proxy/snapshot/registry.h"

#include "config/base/verify.h"

namespace crossfade {

std::size_t Registry::EndpointKeyHash::operator()(const EndpointKey& key) const {
  return std::hash<Address>{}(key.address) ^ (key.cluster * 0x9e3779b97f4a7c15ULL);
}

Registry::Registry(std::size_t workers) : workers_{workers} {
  VERIFY(workers > 0);
}

Registry::KnownCluster& Registry::cluster_of(const ServiceName& service,
                                             const ClusterName& cluster) {
  const auto [known, added] = clusters_.try_emplace({service, cluster});
  if (added) {
    known->second.number = static_cast<std::uint32_t>(clusters_.size());
    known->second.counters = std::make_shared<ClusterCounters>(workers_);
  }
  return known->second;
}

EndpointId Registry::take_slot() {
  if (free_slots_.empty()) {
    generations_.push_back(0);
    return {slots() - 1, 0};
  }
  const std::uint32_t slot = free_slots_.back();
  free_slots_.pop_back();
  return {slot, ++generations_[slot]};
}

Registry::KnownEndpoint Registry::endpoint(const ServiceName& service, const ClusterName& cluster,
                                           const Address& address) {
  const auto [known, added] =
      endpoints_.try_emplace({cluster_of(service, cluster).number, address});
  if (added) known->second = {take_slot(), std::make_shared<EndpointCell>()};
  return known->second;
}

std::shared_ptr<ClusterCounters> Registry::counters(const ServiceName& service,
                                                    const ClusterName& cluster) {
  return cluster_of(service, cluster).counters;
}

std::shared_ptr<Cohort> Registry::cohort(const ServiceName& service, const ClusterName& cluster,
                                         std::uint64_t revision) {
  KnownCluster& known = cluster_of(service, cluster);
  if (!known.cohort || known.revision != revision) {
    known.cohort = std::make_shared<Cohort>(workers_);
    known.revision = revision;
  }
  return known.cohort;
}

std::size_t Registry::retire() {
  return std::erase_if(endpoints_, [this](const auto& entry) {
    const KnownEndpoint& endpoint = entry.second;
    if (endpoint.cell.use_count() != 1) return false;
    free_slots_.push_back(endpoint.id.slot);
    return true;
  });
}

}  // namespace crossfade
