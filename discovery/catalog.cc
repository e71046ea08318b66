#include "discovery/catalog.h"

#include "config/base/verify.h"

namespace crossfade {

struct Catalog::Watched {
  CatalogEntry entry;
  SourceConfig config;
  LossGuard guard;
  std::unique_ptr<Source> source;  // null: it could not be made
};

std::string_view to_string(Freshness freshness) {
  switch (freshness) {
    case Freshness::kWaiting: return "waiting";
    case Freshness::kFresh: return "fresh";
    case Freshness::kStale: return "stale";
    case Freshness::kRefused: return "refused";
  }
  return "unknown";
}

Catalog::Catalog(const Clock& clock, MakeSource make_source, CatalogEvents events)
    : clock_{clock}, make_source_{std::move(make_source)}, events_{std::move(events)} {
  VERIFY(events_.accepted);
}

Catalog::~Catalog() = default;

void Catalog::configure(const Config& config) {
  forget_others(config);
  for (const auto& service : config.services) {
    for (const ClusterConfig& cluster : service->clusters) {
      auto& watched = watched_[{service->name, cluster.name}];
      const bool is_new = watched == nullptr;
      if (is_new) {
        watched = std::make_unique<Watched>();
        watched->entry.service = service->name;
        watched->entry.cluster = cluster.name;
        watched->entry.since = clock_.now();
      }
      const bool is_static = std::holds_alternative<StaticSource>(cluster.source);
      watched->guard.loss_max = is_static ? 1.0 : cluster.loss_max;
      if (is_new || watched->config != cluster.source) watch(*watched, cluster);
    }
  }
}

void Catalog::forget_others(const Config& config) {
  std::set<Key> named;
  for (const auto& service : config.services) {
    for (const ClusterConfig& cluster : service->clusters) {
      named.emplace(service->name, cluster.name);
    }
  }
  const auto is_other = [&](const auto& item) { return !named.contains(item.first); };
  std::erase_if(watched_, is_other);
  std::erase_if(refused_, [&](const Key& key) { return !named.contains(key); });
}

void Catalog::watch(Watched& watched, const ClusterConfig& cluster) {
  watched.source.reset();
  watched.config = cluster.source;
  watched.entry.set.refused.reset();  // was said by the source before
  set_freshness(watched, Freshness::kWaiting, "its source has not answered yet", clock_.now());

  auto made = make_source_(cluster.source);
  if (!made) {
    SourceReport report{SourceReport::Kind::kUnreachable, {}, std::move(made.error().message)};
    return on_report(watched, std::move(report));
  }
  watched.source = *std::move(made);
  watched.entry.source = watched.source->describe();
  watched.source->start(
      [this, &watched](SourceReport report) { on_report(watched, std::move(report)); });
}

void Catalog::on_report(Watched& watched, SourceReport report) {
  const Instant now = clock_.now();
  watched.entry.reported_at = now;
  const bool is_too_large = crossfade::is_too_large(report);
  const bool is_unreachable = report.kind == SourceReport::Kind::kUnreachable;
  const std::string reason = is_too_large ? "more endpoints than one set may hold" : report.reason;
  adopt(watched, reconcile(watched.entry.set, std::move(report), watched.guard, now));

  const auto& refused = watched.entry.set.refused;
  if (is_unreachable || is_too_large) {
    set_freshness(watched, Freshness::kStale, reason, now);
  } else if (refused) {
    set_freshness(watched, Freshness::kRefused, refused->reason, now);
  } else {
    set_freshness(watched, Freshness::kFresh, reason, now);
  }
}

void Catalog::adopt(Watched& watched, Reconciled next) {
  CatalogEntry& entry = watched.entry;
  const bool is_first = next.was_accepted && !entry.set.was_accepted;
  const bool is_changed = is_first || next.accepted != entry.set.accepted;
  entry.set = std::move(next);
  entry.refused_size = entry.set.refused ? entry.set.refused->endpoints.size() : 0;
  if (!is_changed) return;
  ++entry.revision;
  events_.accepted(entry.service, entry.cluster, entry.set.accepted);
}

void Catalog::set_freshness(Watched& watched, Freshness freshness, std::string reason,
                            Instant now) {
  CatalogEntry& entry = watched.entry;
  if (freshness == Freshness::kRefused) {
    refused_.emplace(entry.service, entry.cluster);
  } else {
    refused_.erase({entry.service, entry.cluster});
  }
  entry.reason = std::move(reason);
  if (entry.freshness == freshness) return;
  entry.freshness = freshness;
  entry.since = now;
  if (events_.freshness_changed) events_.freshness_changed(entry);
}

void Catalog::tick(Instant now) {
  const std::set<Key> refused = refused_;  // changes below
  for (const Key& key : refused) {
    Watched& watched = *watched_.at(key);
    adopt(watched, settle(watched.entry.set, watched.guard, now));
    if (!watched.entry.set.refused) set_freshness(watched, Freshness::kFresh, "", now);
  }
}

Result<void> Catalog::accept(const ServiceName& service, const ClusterName& cluster) {
  const auto found = watched_.find({service, cluster});
  if (found == watched_.end()) {
    return Error{ErrorCode::kNotFound, Side::kClient, Retry::kNever,
                 "no such cluster of this service"};
  }
  Watched& watched = *found->second;
  if (!watched.entry.set.refused) {
    return Error{ErrorCode::kConflict, Side::kClient, Retry::kNever,
                 "no endpoint set waits for acceptance"};
  }
  const Instant now = clock_.now();
  adopt(watched, accept_refused(watched.entry.set));
  set_freshness(watched, Freshness::kFresh, "", now);
  return {};
}

const CatalogEntry* Catalog::find(const ServiceName& service, const ClusterName& cluster) const {
  const auto found = watched_.find({service, cluster});
  return found == watched_.end() ? nullptr : &found->second->entry;
}

std::vector<const CatalogEntry*> Catalog::entries() const {
  std::vector<const CatalogEntry*> entries;
  entries.reserve(watched_.size());
  for (const auto& [key, watched] : watched_) entries.push_back(&watched->entry);
  return entries;
}

}  // namespace crossfade
