#include "proxy/control/metrics_view.h"

#include <algorithm>

namespace crossfade {
namespace {

std::uint32_t count_ejected(const SnapshotEndpoints& endpoints) {
  const auto is_ejected = [](const SnapshotEndpoint& endpoint) {
    return endpoint.cell->ejected_by.load(std::memory_order_relaxed) > 0;
  };
  return static_cast<std::uint32_t>(std::count_if(endpoints.begin(), endpoints.end(), is_ejected));
}

ClusterStats cluster_stats(const ServiceName& service, const ClusterView& view,
                           const Catalog& catalog, Instant now) {
  ClusterStats stats;
  stats.cluster = view.cluster;
  stats.desired = view.desired;
  stats.effective = view.effective;
  stats.measured = view.measured;
  stats.endpoints = view.endpoints;
  stats.endpoints_healthy = view.healthy;
  if (const CatalogEntry* entry = catalog.find(service, view.cluster)) {
    if (entry->freshness != Freshness::kWaiting) stats.discovery_age = now - entry->reported_at;
    stats.discovery_refused = entry->freshness == Freshness::kRefused;
  }
  return stats;
}

ServiceStats service_stats(const ServiceView& view, const SnapshotService& shown,
                           const Catalog& catalog, Instant now) {
  ServiceStats stats{view.service, view.revision, {}};
  for (std::size_t i = 0; i < view.clusters.size(); ++i) {
    ClusterStats& cluster =
        stats.clusters.emplace_back(cluster_stats(view.service, view.clusters[i], catalog, now));
    if (i >= shown.clusters.size()) continue;
    cluster.counters = shown.clusters[i].counters;
    cluster.endpoints_ejected = count_ejected(*shown.clusters[i].endpoints);
  }
  return stats;
}

MigrationStats migration_stats(const Migration& migration, const ControlCounts& counts) {
  MigrationStats stats;
  stats.migration = migration.name();
  stats.service = migration.service();
  stats.stage = to_string(migration.stage);
  stats.paused = migration.paused;
  stats.share = migration.share;
  stats.healthy_time = migration.healthy_time;
  if (const auto found = counts.verdicts.find(migration.name()); found != counts.verdicts.end()) {
    stats.verdicts_proceed = found->second.proceed;
    stats.verdicts_hold = found->second.hold;
    stats.verdicts_roll_back = found->second.roll_back;
  }
  return stats;
}

}  // namespace

void ControlCounts::note(const ControlEvent& event) {
  if (const auto* changed = std::get_if<VerdictChanged>(&event.what)) {
    Verdicts& of = verdicts[changed->migration];
    switch (changed->verdict.kind) {
      case Verdict::Kind::kProceed: ++of.proceed; break;
      case Verdict::Kind::kHold: ++of.hold; break;
      case Verdict::Kind::kRollBack: ++of.roll_back; break;
    }
  }
  if (const auto* removed = std::get_if<MigrationRemoved>(&event.what))
    verdicts.erase(removed->migration);
}

StatsView metrics_view(const Controller& controller, const Catalog& catalog,
                       const Publisher& publisher, std::shared_ptr<const WorkerCounters> workers,
                       const ControlCounts& counts, Instant now) {
  StatsView view;
  view.version = CROSSFADE_VERSION;
  const auto snapshot = controller.snapshot();
  const auto services = controller.services();
  for (std::size_t i = 0; i < services.size(); ++i) {
    view.services.push_back(service_stats(services[i], *snapshot->services[i], catalog, now));
  }
  for (const Migration* migration : controller.migrations()) {
    view.migrations.push_back(migration_stats(*migration, counts));
  }
  view.workers = std::move(workers);
  const VersionView versions = controller.versions();
  view.snapshot_decided = versions.decided;
  view.snapshot_published = versions.published;
  view.snapshot_adopted = versions.adopted;
  view.snapshots_retired = publisher.retired();
  view.config_reloads = counts.reloads;
  view.config_reloads_refused = counts.reloads_refused;
  return view;
}

}  // namespace crossfade
