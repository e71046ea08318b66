// What a restart and a reload do to the control core: everything is prepared first, so that a
// refusal changes nothing.

#include <algorithm>
#include <utility>

#include "proxy/control/controller.h"

namespace crossfade {

namespace {

Error refused(std::string message) {
  return {ErrorCode::kConflict, Side::kClient, Retry::kNever, std::move(message)};
}

}  // namespace

void Controller::recover(std::vector<JournalRecord> records) {
  VERIFY(!config_);
  for (JournalRecord& record : records) {
    if (auto* split = std::get_if<SplitRecord>(&record)) {
      records_.insert_or_assign(split->service, std::move(*split));
    } else if (auto* migration = std::get_if<MigrationRecord>(&record)) {
      const MigrationName name = migration->migration.name();
      migrations_[name].migration = std::move(migration->migration);
    }
  }
}

Result<void> Controller::configure(std::shared_ptr<const Config> config,
                                   const std::function<void()>& ask_sources) {
  if (config_ && config_->workers != config->workers) {
    return refused("workers: cannot change while the proxy runs; restart it");
  }
  auto next = prepare(*config);
  if (!next) return next.error();
  if (auto checked = check_migrations(*next); !checked) return checked;

  const bool is_reload = config_ != nullptr;
  if (!registry_) registry_.emplace(config->workers);
  config_ = std::move(config);
  adopt(std::move(*next));
  if (is_reload) emit(ConfigReloaded{services_.size()});
  if (ask_sources) ask_sources();
  finish();
  return {};
}

Result<Controller::NextServices> Controller::prepare(const Config& config) const {
  NextServices next;
  for (const auto& service : config.services) {
    const ServiceState* present = find_service(service->name);
    auto state = present == nullptr ? begun(service) : carried_over(*present, service);
    if (!state) return state.error();
    next.places.emplace(service->name, next.services.size());
    next.services.push_back(std::move(*state));
  }
  return next;
}

// A service that the Config names for the first time, or again.
Result<ServiceState> Controller::begun(std::shared_ptr<const ServiceConfig> config) const {
  ServiceState state;
  state.clusters.resize(config->clusters.size());
  state.split = initial_split(*config);
  if (const auto record = records_.find(config->name); record != records_.end()) {
    auto split = split_from(record->second, *config);
    if (!split) return split.error();
    state.split = std::move(*split);
  }
  state.revision_last = state.split.revision;
  state.config = std::move(config);
  return state;
}

Result<ServiceState> Controller::carried_over(const ServiceState& service,
                                              std::shared_ptr<const ServiceConfig> config) const {
  ServiceState state = service;
  state.config = std::move(config);
  const auto carry_over = [&](Split& split) -> Result<void> {
    auto carried = split_from(split_record(*service.config, split), *state.config);
    if (!carried) return carried.error();
    split = std::move(*carried);
    return {};
  };
  if (auto done = carry_over(state.split); !done) return done.error();
  if (state.raise) {
    if (auto done = carry_over(state.raise->split); !done) return done.error();
  }
  state.clusters.clear();
  const bool is_checked = state.config->health_check.kind != HealthCheckConfig::Kind::kNone;
  for (const ClusterConfig& cluster : state.config->clusters) {
    const auto place = find_cluster(*service.config, cluster.name);
    ServiceState::Cluster& carried = state.clusters.emplace_back();
    if (place) carried = service.clusters[*place];
    carried.is_changed = true;
    if (is_checked) continue;
    carried.failing.clear();  // nobody would ever say that they are well again
    carried.checked.clear();
  }
  state.meter.restart();
  state.measured.reset();
  return state;
}

// A migration under way needs its service and clusters.
Result<void> Controller::check_migrations(const NextServices& next) const {
  for (const auto& [name, state] : migrations_) {
    const Migration& migration = state.migration;
    if (!migration.holds_service()) continue;
    const std::string why =
        " is needed by migration " + name.str() + "; keep it until that has ended";
    const auto place = next.places.find(migration.service());
    if (place == next.places.end()) {
      if (find_service(migration.service()) == nullptr) continue;  // it sleeps since the start
      return refused("services." + migration.service().str() + why);
    }
    const ServiceConfig& service = *next.services[place->second].config;
    for (const ClusterShare& cluster : shares_of(migration)) {
      if (find_cluster(service, cluster.cluster)) continue;
      return refused("services." + service.name.str() + ".clusters." + cluster.cluster.str() + why);
    }
  }
  return {};
}

void Controller::adopt(NextServices next) {
  for (const ServiceState& gone : services_) {
    if (!next.places.contains(gone.config->name)) {
      records_.insert_or_assign(gone.config->name, split_record(*gone.config, gone.split));
    }
  }
  const std::vector<ServiceState> before = std::exchange(services_, std::move(next.services));
  const auto places_before = std::exchange(places_, std::move(next.places));
  changed_.clear();
  for (std::size_t place = 0; place < services_.size(); ++place) changed_.insert(place);

  for (auto& [name, state] : migrations_) {
    const auto place = places_before.find(state.migration.service());
    const ServiceState* service = find_service(state.migration.service());
    if (!state.prepared || place == places_before.end() || service == nullptr) continue;
    auto carried =
        split_from(split_record(*before[place->second].config, *state.prepared), *service->config);
    VERIFY(carried.has_value());  // check_migrations has seen all its clusters
    state.prepared = std::move(*carried);
  }
  for (ServiceState& service : services_) {
    if (!places_before.contains(service.config->name)) recover_shares(service);
  }
  for (const ServiceState& gone : before) {
    if (gone.raise && !places_.contains(gone.config->name)) {
      gone.raise->done(refused("the service was removed from the configuration"));
    }
  }
}

// After a restart the lower of what the records say is in force.
void Controller::recover_shares(ServiceState& service) {
  records_.erase(service.config->name);
  for (auto& [name, state] : migrations_) {
    Migration& migration = state.migration;
    if (migration.service() != service.config->name || !migration.holds_service()) continue;
    const auto carried = named_shares(*service.config, service.split);
    // Several targets divide a share and round down, so their sum may be less than the share it was
    // made from.
    const bool is_same = ordered_shares(*service.config, shares_of(migration)) ==
                         ordered_shares(*service.config, carried);
    const Share total = is_same ? migration.share : total_of(carried, migration.spec.targets);
    migration = recovered(std::move(migration), total);
    state.looked_at = doors_.clock.now();
    state.published_in = version_ + 1;
    const auto shares = ordered_shares(*service.config, shares_of(migration));
    Split lower = service.split;
    lower.assignment = service.split.assignment.moved_to(shares);
    if (lower.assignment == service.split.assignment) continue;
    lower.revision = service.next_revision();
    service.split = std::move(lower);
    journal_split(service, {"crossfade", "a restart holds the lower of the shares on record"});
  }
}

}  // namespace crossfade
