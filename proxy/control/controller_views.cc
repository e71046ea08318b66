#include <algorithm>

#include "proxy/control/controller.h"

namespace crossfade {

const Config& Controller::config() const {
  VERIFY(config_);
  return *config_;
}

std::vector<ServiceView> Controller::services(std::string_view part_of_name) const {
  std::vector<ServiceView> views;
  for (const ServiceState& state : services_) {
    if (state.config->name.str().find(part_of_name) == std::string::npos) continue;
    views.push_back(*service(state.config->name));
  }
  return views;
}

std::optional<ServiceView> Controller::service(const ServiceName& name) const {
  const ServiceState* state = find_service(name);
  if (state == nullptr) return std::nullopt;
  const SnapshotService& published = *snapshot_->services[place_of(*state)];
  ServiceView view{name, state->split.revision, {}, {}};
  if (const Migration* holder = holder_of(name)) view.migration = holder->name();
  for (std::size_t i = 0; i < published.clusters.size(); ++i) {
    const SnapshotCluster& cluster = published.clusters[i];
    ClusterView& shown = view.clusters.emplace_back();
    shown.cluster = cluster.name;
    shown.desired = published.desired[i];
    shown.effective = published.effective[i];
    if (state->measured) shown.measured = (*state->measured)[i];
    shown.endpoints = static_cast<std::uint32_t>(cluster.endpoints->size());
    shown.healthy = cluster.healthy_count;
  }
  return view;
}

std::vector<EndpointView> Controller::endpoints(const ServiceName& name) const {
  const ServiceState* state = find_service(name);
  if (state == nullptr) return {};
  const SnapshotService& published = *snapshot_->services[place_of(*state)];
  std::vector<EndpointView> views;
  for (std::size_t i = 0; i < published.clusters.size(); ++i) {
    const SnapshotEndpoints& served = *published.clusters[i].endpoints;
    const ServiceState::Cluster& known = state->clusters[i];
    for (const Endpoint& endpoint : known.endpoints) {
      EndpointView& view = views.emplace_back();
      view.cluster = published.clusters[i].name;
      view.address = endpoint.address;
      view.weight = endpoint.weight;
      view.labels = endpoint.labels;
      view.ready = endpoint.ready;
      if (known.checked.contains(endpoint.address))
        view.probe_ok = !known.failing.contains(endpoint.address);
      const auto found =
          std::ranges::lower_bound(served, endpoint.address, {}, &SnapshotEndpoint::address);
      if (found == served.end() || found->address != endpoint.address)
        continue;  // the next tick publishes it
      view.ejected_by = found->cell->ejected_by.load(std::memory_order_relaxed);
      view.in_use = found->healthy && view.ejected_by < registry_->workers() &&
                    published.effective[i].ppm() > 0;
    }
  }
  return views;
}

std::vector<const Migration*> Controller::migrations() const {
  std::vector<const Migration*> all;
  for (const auto& [name, state] : migrations_) all.push_back(&state.migration);
  return all;
}

const Migration* Controller::migration(const MigrationName& name) const {
  const auto found = migrations_.find(name);
  return found == migrations_.end() ? nullptr : &found->second.migration;
}

VersionView Controller::versions() const {
  return {version_ + (journal_.waiting > 0 ? 1 : 0), version_, adopted_};
}

}  // namespace crossfade
