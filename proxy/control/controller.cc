#include "proxy/control/controller.h"

#include <algorithm>
#include <utility>

#include "config/limits.h"

namespace crossfade {

namespace {

ServiceState::Cluster* find_endpoints(ServiceState& service, const ClusterName& cluster) {
  const auto place = find_cluster(*service.config, cluster);
  return place ? &service.clusters[*place] : nullptr;
}

}  // namespace

Controller::Controller(Doors doors) : doors_{std::move(doors)} {}

// ---- finding ----

ServiceState* Controller::find_service(const ServiceName& service) {
  return const_cast<ServiceState*>(std::as_const(*this).find_service(service));
}

const ServiceState* Controller::find_service(const ServiceName& service) const {
  const auto place = places_.find(service);
  return place == places_.end() ? nullptr : &services_[place->second];
}

const Migration* Controller::holder_of(const ServiceName& service) const {
  for (const auto& [name, state] : migrations_) {
    if (state.migration.service() == service && state.migration.holds_service())
      return &state.migration;
  }
  return nullptr;
}

std::size_t Controller::place_of(const ServiceState& service) const {
  return static_cast<std::size_t>(&service - services_.data());
}

// ---- what happened ----

void Controller::on_endpoints(const ServiceName& service, const ClusterName& cluster,
                              EndpointSet set) {
  ServiceState* state = find_service(service);
  ServiceState::Cluster* known = state == nullptr ? nullptr : find_endpoints(*state, cluster);
  if (known == nullptr) return;
  const auto is_gone = [&set](const Address& address) {
    return !std::ranges::binary_search(set, address, {}, &Endpoint::address);
  };
  std::erase_if(known->failing, is_gone);
  std::erase_if(known->checked, is_gone);
  known->endpoints = std::move(set);
  known->is_known = known->is_changed = true;
  changed_.insert(place_of(*state));
}

void Controller::on_probe(const ServiceName& service, const ClusterName& cluster,
                          const Address& address, bool ok) {
  ServiceState* state = find_service(service);
  ServiceState::Cluster* known = state == nullptr ? nullptr : find_endpoints(*state, cluster);
  if (known == nullptr ||
      !std::ranges::binary_search(known->endpoints, address, {}, &Endpoint::address))
    return;
  known->checked.insert(address);
  const bool is_news =
      ok ? known->failing.erase(address) > 0 : known->failing.insert(address).second;
  if (!is_news) return;
  known->is_changed = true;
  changed_.insert(place_of(*state));
}

void Controller::on_adopted(std::uint64_t version) {
  if (version <= adopted_) return;
  adopted_ = version;
  emit(VersionAdopted{version});
  note_adoptions();
  finish();
}

void Controller::tick() {
  if (!config_) return;
  const Instant now = doors_.clock.now();
  judge_migrations(now);
  note_adoptions();
  look_at_services(now);
  finish();
}

// A part of the services per tick, so that a tick's cost has a bound; migrations look at theirs
// every time.
void Controller::look_at_services(Instant now) {
  const std::size_t count = std::min(services_.size(), limits::kServicesPerTick);
  for (std::size_t i = 0; i < count; ++i) {
    next_service_ = (next_service_ + 1) % services_.size();
    ServiceState& service = services_[next_service_];
    look_at_service(service, now);
  }
  if (now < retire_at_) return;
  retire_at_ = now + limits::kRetireInterval;
  registry_->retire();
}

void Controller::look_at_service(ServiceState& service, Instant now) {
  std::vector<std::shared_ptr<ClusterCounters>> counters;
  for (const SnapshotCluster& cluster : snapshot_->services[place_of(service)]->clusters) {
    counters.push_back(cluster.counters);
    // Workers eject and admit while a Snapshot lives.
    if (count_healthy(*cluster.endpoints, registry_->workers()) == cluster.healthy_count) continue;
    changed_.insert(place_of(service));
  }
  service.measured = service.meter.look(counters, now);
  if (service.to_journal && !service.is_appending && now >= service.append_at)
    append_split(service);
}

// ---- splits ----

void Controller::change_split(ServiceState& service, Split split, const MigrationName& migration,
                              const Because& because) {
  service.split = std::move(split);
  service.meter.restart();
  service.measured.reset();
  changed_.insert(place_of(service));
  emit(WeightsChanged{service.config->name, named_shares(*service.config, service.split),
                      service.split.revision, migration, because});
}

// The split in force, until it sticks.
void Controller::journal_split(ServiceState& service, const Because& because) {
  service.to_journal = split_record(*service.config, service.split);
  service.to_journal->because = because;
  service.to_journal->at = doors_.clock.wall();
  service.append_at = {};
  if (!service.is_appending) append_split(service);
}

void Controller::append_split(ServiceState& service) {
  service.is_appending = true;
  const auto on_journaled = [this, name = service.config->name,
                             record = *service.to_journal](const Result<void>& outcome) {
    ServiceState* known = find_service(name);
    if (known == nullptr) return;
    known->is_appending = false;
    known->append_at = doors_.clock.now() + limits::kJournalRetry;  // after an error
    if (outcome && known->to_journal == record) known->to_journal.reset();
    if (outcome && known->to_journal) append_split(*known);
  };
  append({*service.to_journal}, on_journaled);
}

// ---- effects ----

// Waits until finish() has published: of two effects of one decision the cut comes first.
void Controller::append(std::vector<JournalRecord> records, Journal::Completion completion) {
  appends_.push_back(
      {std::move(records), [this, alive = std::weak_ptr(alive_),
                            completion = std::move(completion)](const Result<void>& outcome) {
         if (alive.expired()) return;
         journal_.waiting -= 1;
         note_journal(outcome);
         completion(outcome);
         finish();
       }});
}

void Controller::note_journal(const Result<void>& outcome) {
  const std::string error = outcome ? "" : outcome.error().message;
  if (!outcome) journal_.failures += 1;
  if (error.empty() != journal_.last_error.empty()) emit(JournalChanged{error});
  journal_.last_error = error;
}

void Controller::finish() {
  publish_changes();
  for (Append& append : std::exchange(appends_, {})) {
    journal_.waiting += 1;
    doors_.journal.append(std::move(append.records), std::move(append.completion));
  }
  for (const ControlEvent& event : std::exchange(events_, {})) {
    if (listener_) listener_(event);
  }
}

// Everything that changed, in one Snapshot.
void Controller::publish_changes() {
  if (changed_.empty() && (!snapshot_ || snapshot_->config == config_)) return;
  const std::vector<ServiceFacts> changed = changed_facts();
  auto next = build_snapshot(version_ + 1, config_, changed, snapshot_.get(), *registry_,
                             doors_.clock.now());
  const auto before = std::exchange(snapshot_, std::move(next));
  version_ = snapshot_->version;
  watch_cohorts();
  changed_.clear();
  doors_.publish(snapshot_);
  if (before && before->config == config_) note_endpoints(*before, changed);
}

std::vector<ServiceFacts> Controller::changed_facts() {
  std::vector<ServiceFacts> changed;
  for (const std::size_t place : changed_) {
    ServiceState& service = services_[place];
    ServiceFacts& facts =
        changed.emplace_back(ServiceFacts{static_cast<std::uint32_t>(place), service.split, {}});
    for (ServiceState::Cluster& cluster : service.clusters) {
      const bool is_changed = std::exchange(cluster.is_changed, false);
      facts.clusters.push_back(is_changed ? ClusterFacts{&cluster.endpoints, &cluster.failing}
                                          : ClusterFacts{});
    }
  }
  return changed;
}

// Before a worker can count in them.
void Controller::watch_cohorts() {
  for (auto& [name, state] : migrations_) {
    const ServiceState* service = find_service(state.migration.service());
    if (service == nullptr || !state.migration.holds_service() ||
        !changed_.contains(place_of(*service)))
      continue;
    for (const SnapshotCluster& cluster : snapshot_->services[place_of(*service)]->clusters) {
      state.window.watch(cluster.name, cluster.cohort);
    }
  }
}

void Controller::note_endpoints(const Snapshot& before, std::span<const ServiceFacts> changed) {
  for (const ServiceFacts& facts : changed) {
    const auto& old_clusters = before.services[facts.index]->clusters;
    const auto& new_clusters = snapshot_->services[facts.index]->clusters;
    for (std::size_t i = 0; i < new_clusters.size(); ++i) {
      const auto size = [](const SnapshotCluster& cluster) { return cluster.endpoints->size(); };
      if (old_clusters[i].healthy_count == new_clusters[i].healthy_count &&
          size(old_clusters[i]) == size(new_clusters[i])) {
        continue;
      }
      emit(EndpointsChanged{services_[facts.index].config->name, new_clusters[i].name,
                            static_cast<std::uint32_t>(size(new_clusters[i])),
                            new_clusters[i].healthy_count});
    }
  }
}

void Controller::emit(decltype(ControlEvent::what) what) {
  events_.push_back({doors_.clock.wall(), std::move(what)});
}

}  // namespace crossfade
